"""What the tests of learning share: one as-of day, one set of settings, one way to learn.

Not in `conftest.py`: every folder has one, and an import by that name would find whichever was loaded first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from worlds import MadeUp

from icp_pipeline.learning.contract import LearnedIcp, LearnSettings
from icp_pipeline.learning.learn import learn_icp
from icp_pipeline.models.model import Model
from icp_pipeline.models.parse import parse_model
from icp_pipeline.names import TableName
from icp_pipeline.run.tier_rule import SqlTierRule
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables

AS_OF = pd.Timestamp("2026-06-01")


def settings_at(day: pd.Timestamp, **changed: str) -> LearnSettings:
    """What learning is told on a day where icp.yaml says nothing, but for what is given."""
    row = settings_tables(Settings(), day.date(), "test")["run"].to_pylist()[0]
    return LearnSettings.from_row(row | changed)


SETTINGS = settings_at(AS_OF)


def _model(table: str) -> Model:
    return parse_model(TableName("icp", table), Path(__file__).parents[2] / "sql" / "icp" / f"{table}.sql")


LIVE_VERSIONS, TIER_CASES = _model("live_versions"), _model("tier_cases")


def tier_rule(**changed: float | str) -> SqlTierRule:
    """The models' tier rule with the settings' defaults, except for these columns of settings.run."""
    run = settings_tables(Settings(), AS_OF.date(), "test")["run"].to_pandas()
    return SqlTierRule(LIVE_VERSIONS, TIER_CASES, run.assign(**changed))


def learn(world: MadeUp, *, settings: LearnSettings = SETTINGS, compare: bool = False) -> LearnedIcp:
    """Learn from a simulated company, with the settings of these tests unless others are given."""
    return learn_icp(
        world.observations,
        world.attributes,
        world.definitions,
        market=world.market,
        triggers=world.triggers,
        tier_rule=tier_rule(),
        settings=settings,
        compare=compare,
    )


def ranked(accounts: np.ndarray, percentile: np.ndarray, day: str) -> pd.DataFrame:
    """Customers with these outcomes, all known on one day; the best and the worst fifth are the cohorts."""
    observed = pd.DataFrame({"outcome": "quality", "observation_id": accounts, "account_id": accounts})
    return observed.assign(
        observed_at=pd.Timestamp(day),
        y=6 * (percentile - 0.5),
        is_best=percentile >= 0.8,
        is_worst=percentile <= 0.2,
    )


Scorer = Callable[..., duckdb.DuckDBPyConnection]
