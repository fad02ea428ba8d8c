"""A refit's comparison: the same deals, no advantage for either version, and no promotion of a worse one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learned_worlds import settings_at
from moving_worlds import NOW, SAME, THEN, TURNED, company, learn_then

from icp_pipeline.learning.compare_versions import Contest, compare_versions, paired_auc, read_world
from icp_pipeline.run.promotion import Rivals, _disordered, _worse

RIVALS = Rivals("primary", "v2", "v1")


def _contest(seed: int, changes: dict[tuple[str, str], float], new: pd.DataFrame) -> Contest | None:
    """A live version learned THEN against a new one learned NOW, from the customers of then and of since."""
    of_then, since = company(800, seed, THEN, 36, SAME), company(800, seed + 10_000, NOW, 18, changes)
    observations, attributes, definitions = (pd.concat(pair) for pair in zip(of_then, since, strict=True))
    # one company, one set of segments
    world = read_world(observations, attributes, definitions.drop_duplicates())
    return compare_versions(world, learn_then(800, seed).evidence, new, THEN, settings_at(NOW))


def test_deals_that_the_live_version_never_saw_are_the_test_where_there_are_enough() -> None:
    contest = _contest(1, SAME, learn_then(800, 1).evidence)
    assert contest is not None and contest.is_unseen
    assert pd.Timestamp(contest.split_at) == THEN - pd.Timedelta(days=183)
    assert not contest.is_worse


def test_a_market_that_turned_lets_the_live_version_lose() -> None:
    """Both are evaluated on a time after the turn; the fit before the split has not seen it either."""
    contest = _contest(1, TURNED, learn_then(800, 1).evidence)
    assert contest is not None
    assert contest.auc_live < 0.55


def test_the_same_evidence_is_never_worse_than_itself() -> None:
    """A refit on the same data, the day after: both have seen everything, and neither has an advantage."""
    of_then = company(800, 2, THEN, 36, SAME)
    evidence = learn_then(800, 2).evidence
    contest = compare_versions(read_world(*of_then), evidence, evidence, THEN, settings_at(THEN))
    assert contest is not None and not contest.is_unseen
    assert contest.auc_new == contest.auc_live and contest.auc_error == 0
    assert not contest.is_worse and _worse(contest, RIVALS) == []


def test_shuffled_evidence_is_worse_and_said_to_be() -> None:
    of_then = company(800, 2, THEN, 36, SAME)
    evidence = learn_then(800, 2).evidence
    shuffled = evidence.assign(points=evidence["points"].sample(frac=1, random_state=1).to_numpy())
    contest = compare_versions(read_world(*of_then), evidence, shuffled, THEN, settings_at(THEN))
    assert contest is not None and contest.is_worse
    assert "worse than v1" in _worse(contest, RIVALS)[0]


def test_too_few_later_deals_are_no_proof() -> None:
    of_then = company(15, 3, THEN, 36, SAME)
    evidence = learn_then(800, 2).evidence
    contest = compare_versions(read_world(*of_then), evidence, evidence, THEN, settings_at(THEN))
    assert contest is None
    assert "too few later deals" in _worse(contest, RIVALS)[0]


def test_delong_error_of_the_difference_agrees_with_the_bootstrap() -> None:
    rng = np.random.default_rng(5)
    good = rng.random(400) < 0.3
    one = good + rng.normal(size=400) * 1.5
    other = one * 0.6 + good * 0.1 + rng.normal(size=400)
    (first, second), error = paired_auc(one, other, good)
    differences = []
    for _ in range(400):
        drawn = rng.integers(0, 400, 400)
        (a, b), _ = paired_auc(one[drawn], other[drawn], good[drawn])
        differences.append(a - b)
    assert first > second
    assert error == pytest.approx(np.std(differences), rel=0.15)


def test_tiers_out_of_order_are_a_reason_only_beyond_chance() -> None:
    z = settings_at(NOW).interval_z
    tiers = ["tier_3", "tier_1", "tier_2", "not_icp"]

    def table(accounts: list[int], rates: list[float]) -> pd.DataFrame:
        return pd.DataFrame({"tier": tiers, "accounts": accounts, "outcome_rate": rates})

    assert _disordered(table([100, 50, 80, 60], [0.1, 0.4, 0.2, 0.05]), z) == []
    assert _disordered(table([100, 50, 80, 60], [0.1, 0.2, 0.22, 0.05]), z) == []
    assert _disordered(table([100, 9, 80, 60], [0.1, 0.0, 0.4, 0.05]), z) == []
    assert _disordered(table([100, 50, 80, 60], [0.1, 0.05, 0.4, 0.05]), z) == [
        "in its backtest tier_2 did better than tier_1 (40% against 5%)"
    ]
