"""One thread gives the same last digits whatever the number of processors, in half of the time that two take."""

from __future__ import annotations

import pandas as pd
import pytest
from learned_worlds import AS_OF, SETTINGS, learn
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]
from worlds import make_world

from icp_pipeline.learning import backtest
from icp_pipeline.learning import learn as learning
from icp_pipeline.learning.compare_versions import compare_versions, read_world
from icp_pipeline.learning.fit import Fit, fit_icp


def _threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """The threads of linear algebra in each fit."""
    found: list[set[int]] = []

    def fit(*given: object, **named: object) -> Fit:
        found.append(_threads())
        return fit_icp(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(learning, "fit_icp", fit)
    monkeypatch.setattr(backtest, "fit_icp", fit)
    return found


def test_versions_are_learned_and_compared_in_one_thread_and_others_keep_theirs(seen: list[set[int]]) -> None:
    world = make_world(300, 0)
    with threadpool_limits(limits=2):
        before = _threads()
        learned = learn(world)
        of_learning, seen[:] = list(seen), []
        evidence = learned.evidence[["attribute", "level", "points"]]
        data = read_world(world.observations, world.attributes, world.definitions)
        contest = compare_versions(data, evidence, evidence, AS_OF - pd.Timedelta(days=200), SETTINGS)
        assert contest is not None
        assert _threads() == before
    # the version itself, and the earlier part of its backtest
    assert of_learning == [{1}, {1}]
    assert seen and set().union(*seen) == {1}
