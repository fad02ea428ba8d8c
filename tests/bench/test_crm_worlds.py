"""CRMs with situations mixed at random: planted traits are found as in clean CRMs, and hardly anything is invented."""

from __future__ import annotations

import pytest

from bench.method.crm import SITUATIONS, make_crm, situations_of
from bench.method.judge import judge
from bench.method.world import Recipe


def test_every_situation_comes_alone_and_with_each_other() -> None:
    drawn = [situations_of(Recipe("crm", "signal", 500, seed)) for seed in range(200)]
    assert all(60 < sum(name in found for found in drawn) < 140 for name in SITUATIONS)
    assert {(one in found, other in found) for found in drawn for one, other in [SITUATIONS[:2]]} == {
        (True, True), (True, False), (False, True), (False, False),
    }  # fmt: skip
    assert situations_of(Recipe("crm", "noise", 500, 1)) == set(SITUATIONS)


@pytest.mark.slow
def test_planted_traits_are_found_and_few_invented() -> None:
    """Six companies of 1,000 customers: nearly everything is found, and at most one criterion in ten means nothing."""
    figures = [judge(make_crm(Recipe("crm", "signal", 1000, seed))) for seed in range(7000, 7006)]
    for name in ("saas", "agency"):
        assert sum(each[f"criterion_{name}"] for each in figures) >= 5, name
    listed, null = (sum(each[name] for each in figures) for name in ("criteria", "null_criteria"))
    assert null <= 0.1 * listed
