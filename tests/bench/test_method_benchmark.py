"""The method benchmark measures against the truth, not against what was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from bench.method.cache import Cache
from bench.method.judge import judge
from bench.method.prototype import boosted
from bench.method.table import markdown
from bench.method.world import Recipe

_RECIPE = Recipe("memory", "pair", 500, 1)


def test_figures_follow_the_truth_and_kept_companies_are_the_same(tmp_path: Path) -> None:
    world = Cache(tmp_path).world(_RECIPE)
    figures = judge(world)
    assert figures["leak_caught"] and not figures["false_blocks"]
    assert figures["lift_saas"] and figures["lift_agency"]
    assert 0.6 < figures["auc"] < figures["oracle_auc"] < 0.85
    # an oracle that knows the planted probabilities ranks the later deals' tiers better, with the same cuts
    assert figures["oracle_not_icp_lift"] < 1 < figures["oracle_tier_2_lift"]
    assert figures["oracle_icp_capture"] > figures["oracle_icp_share"]
    assert figures == pytest.approx(judge(Cache(tmp_path).world(_RECIPE)), nan_ok=True)
    # with another truth, the same findings are inventions
    other = replace(world, truth=replace(world.truth, good={}, bad={}, carriers=frozenset(), leak=None))
    blind = judge(other)
    assert blind["false_blocks"] == 1
    assert blind["null_discoveries"] == figures["discoveries"] > figures["null_discoveries"]
    text = markdown(pd.DataFrame([{**vars(_RECIPE), **figures, "kind": "signal"}]))
    assert "| leak caught | 1.00 | >= .95 |" in text


def test_the_prototypes_rule_shrinks_by_the_variance_between_levels() -> None:
    # one attribute of two levels with 60 customers each, 1 and -1 around 0.5 and -0.5: noise 150/119, variance between
    # levels (own and pooled alike) (60 x 0.5 / noise - 1) / (60 / noise), so a round leaves 1 - factor / 5 of 0.5
    y = np.concatenate([np.tile([1.5, -0.5], 30), np.tile([0.5, -1.5], 30)])
    levels = np.repeat([0, 1], 60)
    has_level = sparse.csr_matrix((np.ones(120), (np.arange(120), levels)), shape=(120, 2))
    left, rounds = 0.5, 2
    for _ in range(rounds):
        noise = 120 * (1 + left**2) / 119
        variance = (120 * left**2 / noise - 1) * noise / 60
        left -= left * 0.2 * variance / (variance + noise / 60)
    assert boosted(has_level, np.array([0, 0]), y) == pytest.approx([0.5 - left, left - 0.5])
    # an attribute with one level has no effect
    assert boosted(sparse.csr_matrix(np.ones((120, 1))), np.array([0]), y) == pytest.approx([0.0])
