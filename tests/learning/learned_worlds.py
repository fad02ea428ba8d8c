"""What the tests of learning share beside the worlds: one as-of day, one set of settings, one way to learn.

Not in `conftest.py`: there is one in every folder, and by its name a test would get whichever was loaded first.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pandas as pd
from worlds import MadeUp

from icp_pipeline.learning.contract import LearnedIcp, LearnSettings
from icp_pipeline.learning.learn import learn_icp

AS_OF = pd.Timestamp("2026-06-01")
SETTINGS = LearnSettings(as_of=AS_OF)


def learn(world: MadeUp, *, settings: LearnSettings = SETTINGS, compare: bool = False) -> LearnedIcp:
    """Learn from a made-up company, with the settings of these tests unless a test has its own."""
    return learn_icp(
        world.observations,
        world.attributes,
        world.definitions,
        market=world.market,
        triggers=world.triggers,
        settings=settings,
        compare=compare,
    )


Scorer = Callable[..., duckdb.DuckDBPyConnection]
