"""The backtest's tiers follow the same rule as the live ones: signals of risk in the buying process exclude tier 1."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from learned_worlds import learn, settings_at
from worlds import make_world

from icp_pipeline.learning.backtest import buying_process, split_in_time
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations
from icp_pipeline.learning.world import World

SETTINGS = settings_at(pd.Timestamp("2026-11-21"))


def test_only_organizational_evidence_below_the_margin_objects() -> None:
    made = make_world(600, 3)
    traits = read_traits(made.attributes)
    quality, deals = (read_observations(made.observations, outcome, traits) for outcome in ("quality", "win"))
    world = World.of(traits, read_segments(traits, made.definitions), quality, deals, made.market, None, None)
    split = split_in_time(world, SETTINGS)
    assert split is not None
    later = split.after.observations.facts
    points, is_met = buying_process(world, split.fit, later, SETTINGS)
    assert not points.any() and not is_met.any(), "no attribute is organizational"
    about = replace(SETTINGS, organizational=("business_model",))
    agency = later.has_level[:, traits.levels.get_loc(("business_model", "agency"))].toarray().ravel() > 0
    points, _ = buying_process(world, split.fit, later, about)
    assert (points[agency] < -0.25).all()
    assert (points < -0.25).mean() < 0.6


def test_the_backtest_of_a_version_obeys_it() -> None:
    made = make_world(1500, 4)

    def tier_1(*organizational: str) -> int:
        learned = learn(made, settings=replace(SETTINGS, organizational=organizational))
        rows = learned.backtest.set_index("tier")["accounts"]
        return int(rows["tier_1"])

    assert tier_1("crm", "employees") < tier_1()
