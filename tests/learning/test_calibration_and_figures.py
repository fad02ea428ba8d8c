"""Single figures compared with an independent source: scikit-learn, scipy, or arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learned_worlds import SETTINGS
from scipy import stats
from sklearn.metrics import roc_auc_score

from icp_pipeline.learning.backtest import auc
from icp_pipeline.learning.calibration import calibrate, sigmoid
from icp_pipeline.learning.lift import benjamini_hochberg
from icp_pipeline.learning.trigger_effects import decay, stacked, trigger_effects

NO_STRENGTHS = pd.DataFrame({"trigger": [], "strength": [], "points": []})


def test_calibration_finds_intercept_and_slope() -> None:
    rng = np.random.default_rng(0)
    index = rng.normal(size=30_000)
    ideal = rng.random(30_000) < sigmoid(-2 + 1.4 * index)
    found = calibrate(index, ideal, np.ones(30_000))
    assert found.intercept == pytest.approx(-2, abs=0.07)
    assert found.slopes[0] == pytest.approx(1.4, abs=0.07)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_calibration_stays_finite_when_all_are_alike(share: float) -> None:
    found = calibrate(np.linspace(-1, 1, 50), np.full(50, bool(share)), np.ones(50))
    assert np.isfinite([found.intercept, found.slopes[0]]).all()
    assert sigmoid(np.array([found.intercept]))[0] == pytest.approx(share, abs=0.03)


def test_calibration_without_data_believes_the_evidence() -> None:
    found = calibrate(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0))
    assert (found.intercept, found.slopes[0]) == (0, 1)


def test_calibration_never_turns_the_evidence_round() -> None:
    index = np.linspace(-2, 2, 2000)
    assert calibrate(index, index < 0, np.ones(2000)).slopes[0] > 0


def test_a_few_deals_hardly_move_the_slope() -> None:
    index = np.linspace(-0.5, 0.5, 12)
    found = calibrate(index, index < 0.2, np.ones(12))
    assert 0.4 < found.slopes[0] < 1


def test_winning_and_turning_out_well_get_a_slope_each() -> None:
    rng = np.random.default_rng(4)
    index = rng.normal(size=(30_000, 2))
    ideal = rng.random(30_000) < sigmoid(-2 + 1.3 * index[:, 0] + 0.4 * index[:, 1])
    assert calibrate(index, ideal, np.ones(30_000), (1.0, 0.7)).slopes == pytest.approx([1.3, 0.4], abs=0.07)


def test_few_deals_leave_each_slope_near_its_own_prior() -> None:
    found = calibrate(np.zeros((6, 2)), np.array([True] + [False] * 5), np.ones(6), (1.0, 0.7))
    assert found.slopes == pytest.approx([1.0, 0.7])


def test_weights_stand_for_deals_left_out() -> None:
    index, ideal = np.zeros(100), np.arange(100) < 20
    plain = calibrate(index, ideal, np.ones(100))
    doubled = calibrate(index, ideal, np.where(ideal, 2.0, 1.0))
    assert sigmoid(np.array([plain.intercept]))[0] == pytest.approx(20.5 / 101, abs=1e-6)
    assert sigmoid(np.array([doubled.intercept]))[0] == pytest.approx(40.5 / 121, abs=1e-6)


def test_auc_agrees_with_scikit_learn_and_its_error_with_the_bootstrap() -> None:
    rng = np.random.default_rng(1)
    ideal = rng.random(400) < 0.3
    scores = np.round(rng.normal(size=400) + ideal, 1)
    area, error = auc(scores, ideal)
    assert area == pytest.approx(roc_auc_score(ideal, scores))
    draws = [rng.integers(0, 400, 400) for _ in range(400)]
    spread = np.std([auc(scores[draw], ideal[draw])[0] for draw in draws])
    assert error == pytest.approx(spread, rel=0.2)


def test_q_values_agree_with_scipy_where_every_test_counts() -> None:
    p_value = np.random.default_rng(2).random(50) ** 2
    found = benjamini_hochberg(p_value, np.ones(50, dtype=bool))
    np.testing.assert_allclose(found, stats.false_discovery_control(p_value))


def test_a_complement_gets_a_q_value_without_counting() -> None:
    p_value = np.array([0.01, 0.01, 0.5, np.nan])
    found = benjamini_hochberg(p_value, np.array([True, False, True, False]))
    np.testing.assert_allclose(found, [0.02, 0.02, 0.5, np.nan])


def test_a_trigger_without_deals_has_its_declared_points() -> None:
    events = pd.DataFrame(
        {
            "account_id": ["a", "a", "b"],
            "trigger": ["news", "news", "hire"],
            "strength": ["strong", "strong", None],
            "happened_at": pd.Timestamp("2026-01-01"),
        }
    )
    deals = pd.DataFrame({"account_id": [], "observed_at": []})
    found = trigger_effects(deals, np.zeros(0), events, NO_STRENGTHS, 0.5, SETTINGS).set_index("trigger")
    assert found["points"].to_dict() == {"*strong": 0.8, "*medium": 0.4, "*weak": 0.1, "news": 0.8, "hire": 0.4}
    assert found.loc["*strong", "floor_points"] == pytest.approx(0.525)


def test_settings_overrule_the_declared_points() -> None:
    strengths = pd.DataFrame({"trigger": ["*strong", "news"], "strength": ["strong", "weak"], "points": [1.1, 0.3]})
    nothing = pd.DataFrame({"account_id": [], "trigger": [], "strength": [], "happened_at": []})
    found = trigger_effects(
        nothing[["account_id"]].assign(observed_at=[]), np.zeros(0), nothing, strengths, 0.0, SETTINGS
    )
    assert found.set_index("trigger")["points"].to_dict() == {"*strong": 1.1, "*medium": 0.4, "*weak": 0.1, "news": 0.3}


def test_events_after_the_deal_teach_nothing() -> None:
    """Otherwise, a press release about the signed deal would be the best trigger of all."""
    rng = np.random.default_rng(3)
    won = rng.random(2000) < 0.3
    deals = pd.DataFrame(
        {"account_id": [f"a{number}" for number in range(2000)], "observed_at": pd.Timestamp("2025-06-01")}
    )
    events = deals[won][["account_id"]].assign(
        trigger="press", strength="medium", happened_at=pd.Timestamp("2025-06-02")
    )
    found = trigger_effects(deals, (won - 0.3) / 0.21, events, NO_STRENGTHS, 0.0, SETTINGS).set_index("trigger")
    assert found.loc["press", "points"] == pytest.approx(0.4)
    earlier = events.assign(happened_at=pd.Timestamp("2025-05-20"))
    found = trigger_effects(deals, (won - 0.3) / 0.21, earlier, NO_STRENGTHS, 0.0, SETTINGS).set_index("trigger")
    assert found.loc["press", "points"] > 2


def test_decay_and_stacking() -> None:
    np.testing.assert_allclose(decay(np.array([0.0, 30.0, 90.0, 150.0]), SETTINGS), [1, 1, 0.5, 0.25])
    np.testing.assert_allclose(stacked(np.array([[0.2, 0.8, 0.4], [0.0, 0.0, 0.0]])), [0.8 + 0.2 + 0.05, 0])
