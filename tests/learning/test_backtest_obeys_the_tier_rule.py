"""The backtest gives later deals the tiers that sql/icp/tier_cases.sql would give: it runs that SQL on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from learned_worlds import TIER_CASES, tier_rule

from icp_pipeline.models.parse import parse_model

# Half of the market's deals are won, so a band's edge is the logarithm of its multiple.
EDGES = {"band_a": math.exp(-0.5), "band_b": math.exp(-1.0), "band_d": math.exp(-2.0)}


def deals(
    fit: Sequence[float],
    trigger: Sequence[float],
    process: Sequence[float] | float = 0.0,
    *,
    disqualified: Sequence[bool] | bool = False,
    negative: Sequence[bool] | bool = False,
) -> pd.DataFrame:
    rows = pd.DataFrame({"fit_points": fit, "trigger_score": trigger})
    rows = rows.assign(process_points=process, has_negative_process=negative, is_out=disqualified)
    return rows.assign(disqualified_by=rows.pop("is_out").map({True: "country XX", False: None}).astype(object))


def test_tier_1_needs_an_active_trigger_and_nobody_passes_a_disqualifier() -> None:
    later = deals(
        [0.0, 0.0, -1.5, -3.0, 1.0, -0.8],
        [0.3, 0.2, 0.0, 0.0, 0.8, 0.25],
        disqualified=[False, False, False, False, True, False],
    )
    found = tier_rule(**EDGES)(later, 0.5, "wins")
    assert found.tolist() == ["tier_1", "tier_2", "tier_3", "not_icp", "not_icp", "tier_2"]


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        ("a", ["tier_1", "tier_2", "tier_3", "not_icp"]),
        ("b", ["tier_1", "tier_1", "tier_3", "not_icp"]),
        ("c", ["tier_1", "tier_1", "tier_1", "not_icp"]),
    ],
)
def test_a_trigger_lifts_a_fit_of_the_least_band_and_never_makes_one(least: str, expected: list[str]) -> None:
    """Bands A, B, C and D for different fits, each with a trigger that lifts it beyond band A."""
    later = deals([-0.4, -0.9, -1.5, -2.5], [3.0] * 4)
    found = tier_rule(**EDGES, tier_1_min_fit=least)(later, 0.5, "wins")
    assert found.tolist() == expected


def test_an_objection_turns_tier_1_into_tier_2_and_leaves_the_others() -> None:
    later = deals(
        [0.0, 0.0, 0.0, -0.8, -3.0, 0.0],
        [0.5, 0.5, 0.5, 0.0, 0.0, 0.5],
        [-0.24, -0.26, 0.0, -1.0, -1.0, -1.0],
        negative=[False, False, True, True, True, True],
        disqualified=[False, False, False, False, False, True],
    )
    found = tier_rule(**EDGES)(later, 0.5, "wins")
    assert found.tolist() == ["tier_1", "tier_2", "tier_2", "tier_2", "not_icp", "not_icp"]


def test_bands_are_multiples_of_a_small_chance_and_of_the_odds_of_deals_won() -> None:
    """Band B starts at 1.2 times a chance of 10 %, which is 12 %; or at 1.2 times its odds, which is 11.8 %."""
    later = deals([math.log(chance / (1 - chance)) for chance in (0.125, 0.119, 0.115)], [0.0] * 3)
    assert tier_rule()(later, 0.1, "outcomes").tolist() == ["tier_2", "tier_3", "tier_3"]
    assert tier_rule()(later, 0.1, "wins").tolist() == ["tier_2", "tier_2", "tier_3"]


def test_a_rule_changed_in_sql_is_changed_in_the_backtest(tmp_path: Path) -> None:
    path = tmp_path / TIER_CASES.path.name
    path.write_text(TIER_CASES.sql.replace("and is_unopposed then 1", "then 1"), encoding="utf-8")
    later = deals([0.0], [0.5], negative=True)
    rule = tier_rule(**EDGES)
    changed = replace(rule, tier_cases=parse_model(TIER_CASES.name, path))
    assert (rule(later, 0.5, "wins").tolist(), changed(later, 0.5, "wins").tolist()) == (["tier_2"], ["tier_1"])
