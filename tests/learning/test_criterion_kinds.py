"""What each kind of criterion means for an account."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from learned_worlds import SETTINGS, ranked

from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.criteria import Choice
from icp_pipeline.learning.criterion_kinds import criterion_kinds, kinds_by_points
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations


def kind(n: int, has: np.ndarray, percentile: np.ndarray, effect: float, settings: LearnSettings = SETTINGS) -> str:
    """The kind of the one criterion `trait = yes` for customers with these percentiles."""
    accounts = np.array([f"a{number}" for number in range(n)], dtype=object)
    traits = pd.DataFrame({"account_id": accounts, "attribute": "trait", "level": np.where(has, "yes", "no")})
    levels = pd.DataFrame({"attribute": "trait", "segment": ["yes"], "level": ["yes"], "is_complement": False})
    known = read_traits(traits)
    customers = read_observations(ranked(accounts, percentile, "2025-01-01"), "quality", known)
    choice = Choice(np.array([0]), np.array([effect]))
    return criterion_kinds(read_segments(known, levels), customers, choice, settings)[0]


def test_a_disqualifier_never_carries_points_for_an_account() -> None:
    """If a segment turns out badly but is won so often that it counts for an account, it excludes nobody."""
    traits = read_traits(
        pd.DataFrame({"account_id": ["a", "b", "c"], "attribute": "size", "level": ["big", "mid", "small"]})
    )
    rows = [("large", "big"), ("large", "mid"), ("small", "small")]
    segments = read_segments(
        traits, pd.DataFrame([{"attribute": "size", "segment": s, "level": v, "is_complement": False} for s, v in rows])
    )
    choice = Choice(np.array([0, 1]), np.array([-1.0, -1.0]))
    both = ["disqualifier", "disqualifier"]
    assert kinds_by_points(segments, choice, both, np.array([-0.2, -0.1, -0.3])) == both
    assert kinds_by_points(segments, choice, both, np.array([-0.2, 0.1, -0.3])) == ["negative", "disqualifier"]
    assert kinds_by_points(segments, choice, ["positive", "must_have"], np.array([0.2, 0.1, 0.3])) == [
        "positive", "must_have"
    ]  # fmt: skip


def percentiles(n: int) -> np.ndarray:
    return (np.arange(n) + 0.5) / n


@pytest.mark.parametrize(
    ("n", "worst_quarter", "expected"), [(300, 1.0, "disqualifier"), (300, 0.4, "negative"), (80, 1.0, "negative")]
)
def test_a_disqualifier_is_bad_beyond_doubt(n: int, worst_quarter: float, expected: str) -> None:
    """Never best and mostly worst disqualifies; merely worse, or seen on few customers, is a negative."""
    rng = np.random.default_rng(0)
    has = np.where(percentiles(n) < 0.25, rng.random(n) < worst_quarter, rng.random(n) < (1 - worst_quarter) * 0.35)
    assert kind(n, has, percentiles(n), -1.0) == expected


def test_without_a_must_have_hardly_anybody_is_best() -> None:
    share = percentiles(400)
    assert kind(400, share > 0.4, share, 1.0) == "must_have"
    assert kind(400, (np.arange(400) % 3 > 0) | (share > 0.95), share, 1.0) == "positive"


def test_what_may_be_written_from_the_outcome_is_asked_of_nobody_and_shuts_nobody_out() -> None:
    share = percentiles(400)
    doubted, another = (replace(SETTINGS, doubtful=(name,)) for name in ("trait", "health"))
    assert [kind(400, share > 0.4, share, 1.0, each) for each in (another, doubted)] == ["must_have", "positive"]
    assert [kind(400, share < 0.25, share, -1.0, each) for each in (another, doubted)] == ["disqualifier", "negative"]
