"""The backtest's tiers obey the same rule as the live ones: a buying process that speaks against it is no tier 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from learned_worlds import learn
from worlds import make_world

from icp_pipeline.learning.backtest import speaks_against, split_in_time, tiers_of
from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.fit import Edges
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations
from icp_pipeline.learning.world import World

SETTINGS = LearnSettings(as_of=pd.Timestamp("2026-11-21"))


def test_an_objection_turns_tier_1_into_tier_2_and_leaves_the_others() -> None:
    fit, trigger = np.array([0.0, 0.0, -0.8, -3.0, 0.0]), np.array([0.5, 0.5, 0.0, 0.0, 0.5])
    out = np.array([False, False, False, False, True])
    objects = np.array([False, True, True, True, True])
    found = tiers_of(fit, trigger, out, Edges(a=-0.5, b=-1.0, d=-2.0), SETTINGS, objects)
    assert found.tolist() == ["tier_1", "tier_2", "tier_2", "not_icp", "not_icp"]


def test_only_organizational_evidence_below_the_margin_objects() -> None:
    made = make_world(600, 3)
    traits = read_traits(made.attributes)
    quality, deals = (read_observations(made.observations, outcome, traits) for outcome in ("quality", "win"))
    world = World.of(traits, read_segments(traits, made.definitions), quality, deals, made.market, None, None)
    split = split_in_time(world, SETTINGS)
    assert split is not None
    later = split.after.observations.facts
    assert not speaks_against(world, split.fit, later, SETTINGS).any(), "no attribute is organizational"
    about = replace(SETTINGS, organizational=("business_model",))
    agency = later.has_level[:, traits.levels.get_loc(("business_model", "agency"))].toarray().ravel() > 0
    assert speaks_against(world, split.fit, later, about)[agency].all()
    assert speaks_against(world, split.fit, later, about).mean() < 0.6


def test_the_backtest_of_a_version_obeys_it() -> None:
    made = make_world(1500, 4)

    def tier_1(*organizational: str) -> int:
        learned = learn(made, settings=replace(SETTINGS, organizational=organizational))
        rows = learned.backtest.set_index("tier")["accounts"]
        return int(rows["tier_1"])

    assert tier_1("crm", "employees") < tier_1()
