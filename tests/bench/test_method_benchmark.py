"""The benchmark of the method judges by the truth, not by what was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bench.method.cache import Cache
from bench.method.judge import judge
from bench.method.table import markdown
from bench.method.world import Recipe

_RECIPE = Recipe("memory", "pair", 500, 1)


def test_figures_follow_the_truth_and_kept_companies_are_the_same(tmp_path: Path) -> None:
    world = Cache(tmp_path).world(_RECIPE)
    figures = judge(world)
    assert figures["leak_caught"] and not figures["false_blocks"]
    assert figures["lift_saas"] and figures["lift_agency"]
    assert 0.6 < figures["auc"] < figures["oracle_auc"] < 0.85
    assert figures == pytest.approx(judge(Cache(tmp_path).world(_RECIPE)), nan_ok=True)
    # with another truth the same findings are inventions
    other = replace(world, truth=replace(world.truth, good={}, bad={}, carriers=frozenset(), leak=None))
    blind = judge(other)
    assert blind["false_blocks"] == 1
    assert blind["null_discoveries"] == figures["discoveries"] > figures["null_discoveries"]
    text = markdown(pd.DataFrame([{**vars(_RECIPE), **figures, "kind": "signal"}]))
    assert "| leak caught | 1.00 | >= .95 |" in text
