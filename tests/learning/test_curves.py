"""The backtest's curves: what they promise to a reader of the chart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from worlds import MadeUp

from icp_pipeline.learning.backtest import auc
from icp_pipeline.learning.calibration import sigmoid
from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.learning.curves import backtest_curves

Planted = Callable[[int], tuple[MadeUp, LearnedIcp]]


def line(curves: pd.DataFrame, name: str) -> pd.DataFrame:
    return curves[curves["curve"] == name].reset_index(drop=True)


def test_gains_of_a_perfect_list_are_caught_first() -> None:
    scores, ideal = np.arange(100.0), np.arange(100) >= 80
    gains = line(backtest_curves(scores, ideal, np.ones(100)), "gains")
    assert gains["position"].tolist() == list(range(11))
    np.testing.assert_allclose(gains["x"], np.arange(11) / 10)
    np.testing.assert_allclose(gains["y"], [0, 0.5, *[1.0] * 9])
    assert gains["n"].tolist() == [0] + [10] * 10


def test_deals_that_score_alike_are_caught_alike_in_any_order() -> None:
    ideal = np.arange(40) < 8
    for order in (ideal, ideal[::-1]):
        gains = line(backtest_curves(np.zeros(40), order, np.ones(40)), "gains")
        np.testing.assert_allclose(gains["x"], gains["y"], atol=1e-12)


def test_the_area_under_the_gains_is_that_of_the_ranking() -> None:
    """Gains and ROC are the same curve on another axis: area = share good
    2 + (1 - share good) AUC."""
    rng = np.random.default_rng(0)
    ideal = rng.random(20_000) < 0.2
    scores = rng.normal(size=20_000) + ideal
    gains = line(backtest_curves(scores, ideal, np.ones(20_000)), "gains")
    area = float(np.trapezoid(gains["y"], gains["x"]))
    assert area == pytest.approx(ideal.mean() / 2 + (1 - ideal.mean()) * auc(scores, ideal)[0], abs=0.01)


def test_true_chances_lie_on_the_diagonal_and_bold_ones_do_not() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(-1.5, 1, 40_000)
    ideal = rng.random(40_000) < sigmoid(points)
    seen = line(backtest_curves(points, ideal, np.ones(40_000)), "calibration")
    assert seen["position"].tolist() == list(range(1, 11))
    assert seen["n"].sum() == 40_000
    np.testing.assert_allclose(seen["x"], seen["y"], atol=0.02)
    bold = line(backtest_curves(2 * points, ideal, np.ones(40_000)), "calibration")
    assert (seen["x"] - seen["y"]).abs().mean() < 0.01
    assert (bold["x"] - bold["y"]).abs().mean() > 0.05


def test_weights_count_in_the_seen_rate() -> None:
    ideal = np.arange(20) < 5
    seen = line(backtest_curves(np.zeros(20), ideal, np.where(ideal, 2.0, 1.0)), "calibration")
    assert seen["y"].tolist() == [10 / 25]


def test_few_deals_make_few_bins_and_none_make_none() -> None:
    rng = np.random.default_rng(2)
    seen = line(backtest_curves(rng.normal(size=50), rng.random(50) < 0.5, np.ones(50)), "calibration")
    assert seen["n"].tolist() == [25, 25]
    assert backtest_curves(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0)).empty


def test_a_version_carries_its_lines_and_its_rivals(planted: Planted) -> None:
    _, learned = planted(0)
    gains, seen = line(learned.backtest_curve, "gains"), line(learned.backtest_curve, "calibration")
    assert gains["n"].sum() == seen["n"].sum() == learned.backtest["accounts"].sum()
    assert (gains["y"].diff().dropna() >= 0).all() and gains["y"].iloc[-1] == pytest.approx(1)
    assert gains["y"].iloc[3] > gains["x"].iloc[3] + 0.1
    assert learned.comparison["model"].tolist() == ["icp", "base_rate", "size_only"]
    np.testing.assert_allclose(learned.comparison["auc"].iloc[0], learned.backtest["auc"])
