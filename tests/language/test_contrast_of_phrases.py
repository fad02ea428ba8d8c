"""Phrases of two sides are compared as in the method: equal to a plain second implementation, silent by chance, found
where planted."""

from __future__ import annotations

import math
import random
import threading
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from icp_pipeline.language import contrast
from icp_pipeline.language.contrast import Sides, compare, compare_each, shuffled, strata_of

INDUSTRIES = ("Software", "Banking", "Retail")


def sides(
    accounts: int,
    shares: dict[str, tuple[float, float]],
    seed: int = 1,
    relatives: float = 0.1,
    source: str = "next_step",
) -> Sides:
    """Half of the accounts on each side; `shares` are the shares of side a and of side b that use a phrase."""
    rng = np.random.default_rng(seed)
    is_a = np.arange(accounts) % 2 == 0
    rng.shuffle(is_a)
    chance = np.array([np.where(is_a, a, b) for a, b in shares.values()]).T
    presence = sparse.csr_matrix((rng.random((accounts, len(shares))) < chance).astype(np.int8))
    own = np.arange(accounts)
    parents = np.where(rng.random(accounts) < relatives, rng.integers(0, max(accounts // 10, 1), accounts), own)
    industries = [INDUSTRIES[place] for place in rng.integers(0, 3, accounts)]
    strata = strata_of(industries, rng.integers(5, 500, accounts))
    return Sides(source, presence, list(shares), is_a, strata, [f"p{parent:05d}" for parent in parents])


def background(count: int, low: float = 0.03, high: float = 0.3, seed: int = 9) -> dict[str, tuple[float, float]]:
    rng = random.Random(seed)
    return {f"phrase {place}": (share, share) for place in range(count) if (share := rng.uniform(low, high))}


def plain_z(side: Sides, labels: list[bool], phrase: int) -> tuple[float, float]:
    """Log-odds and z of one phrase, computed again without arrays: prior of ten accounts at the pooled share."""
    used = side.presence.toarray()[:, phrase]
    cells: dict[int, dict[bool, list[int]]] = defaultdict(lambda: {True: [], False: []})
    for stratum, is_a, uses in zip(side.strata.tolist(), labels, used.tolist(), strict=True):
        cells[stratum][is_a].append(int(uses))
    over, under = 0.0, 0.0
    for cell in cells.values():
        a, b = cell[True], cell[False]
        if not a or not b or sum(a) + sum(b) in (0, len(a) + len(b)):
            continue
        share = (sum(a) + sum(b)) / (len(a) + len(b))
        prior, rest = 10 * share, 10 * (1 - share)
        with_a, without_a = sum(a) + prior, len(a) - sum(a) + rest
        with_b, without_b = sum(b) + prior, len(b) - sum(b) + rest
        difference = math.log(with_a) - math.log(without_a) - math.log(with_b) + math.log(without_b)
        variance = 1 / with_a + 1 / without_a + 1 / with_b + 1 / without_b
        over, under = over + difference / variance, under + 1 / variance
    return over / under, over / under / math.sqrt(1 / under)


def test_equals_a_second_writing_of_the_method() -> None:
    world = [
        sides(160, {**background(12), "flying blind": (0.5, 0.1)}, source="call"),
        sides(90, {**background(9, seed=4), "by hand": (0.1, 0.4)}, seed=5, source="next_step"),
    ]
    found = compare(world, seed=(3,), shuffles=99)
    largest = []
    for number, side in enumerate(world):
        labels = shuffled(side, 99, np.random.default_rng([3, number]))
        used = [place for place in range(len(side.phrases)) if side.presence[:, [place]].sum() >= 5]
        largest.append([max(abs(plain_z(side, (labels[:, k] > 0).tolist(), w)[1]) for w in used) for k in range(99)])
    highest = [max(pair) for pair in zip(*largest, strict=True)]
    assert len(found) == sum(int((side.presence.sum(axis=0) >= 5).sum()) for side in world)
    for row in found.itertuples():
        side = next(side for side in world if side.source == row.source)
        log_odds, z = plain_z(side, side.is_a.tolist(), list(side.phrases).index(row.phrase))
        assert row.log_odds == pytest.approx(log_odds, abs=1e-9)
        assert row.z == pytest.approx(z, abs=1e-9)
        assert row.p_family == (1 + sum(top >= abs(z) - 1e-9 for top in highest)) / 100


def test_a_parent_moves_as_a_whole_and_within_its_strata() -> None:
    side = sides(200, background(3), relatives=0.5)
    labels = shuffled(side, 50, np.random.default_rng(1))
    for stratum in np.unique(side.strata):
        inside = side.strata == stratum
        assert (labels[inside].sum(axis=0) == side.is_a[inside].sum()).all()
    pairs = {tuple(sorted((bool(x), bool(y)))) for x, y in _pairs(side, side.is_a)}
    for draw in range(50):
        assert {tuple(sorted((bool(x), bool(y)))) for x, y in _pairs(side, labels[:, draw] > 0)} <= pairs
    assert (labels != side.is_a[:, None]).mean() > 0.2


def _pairs(side: Sides, labels: np.ndarray) -> list[tuple[bool, bool]]:
    """The sides of parents that have exactly two accounts in one stratum."""
    members = defaultdict(list)
    for row, parent in enumerate(side.parents):
        members[parent].append(row)
    return [
        (bool(labels[rows[0]]), bool(labels[rows[1]]))
        for rows in members.values()
        if len(rows) == 2 and side.strata[rows[0]] == side.strata[rows[1]]
    ]


def test_rare_phrases_and_small_sides_are_silent() -> None:
    few = sides(58, {"flying blind": (0.9, 0.1)})
    assert compare([few]).empty
    rare = sides(80, {"flying blind": (0.1, 0.0), "by hand": (0.2, 0.2)}, seed=2)
    assert rare.presence[:, [0]].sum() < 5
    assert compare([rare], shuffles=19)["phrase"].tolist() == ["by hand"]


def test_a_phrase_that_everybody_uses_says_nothing() -> None:
    found = compare([sides(80, {"demo": (1.0, 1.0), "by hand": (0.2, 0.2)})], shuffles=19).set_index("phrase")
    assert math.isnan(found.loc["demo", "z"]) and math.isnan(found.loc["demo", "p_family"])


def test_an_industry_that_differs_is_no_difference_of_words() -> None:
    """Side a is mostly banks, and banks say "audit": among banks, both sides say it equally often."""
    rng = np.random.default_rng(3)
    is_bank = rng.random(600) < 0.5
    is_a = rng.random(600) < np.where(is_bank, 0.85, 0.15)
    says = rng.random(600) < np.where(is_bank, 0.5, 0.02)
    industries = ["Banking" if bank else "Retail" for bank in is_bank]
    parents = [str(place) for place in range(600)]
    presence = sparse.csr_matrix(says[:, None].astype(np.int8))
    apart = Sides("call", presence, ["audit"], is_a, strata_of(industries, np.ones(600)), parents)
    together = Sides("call", presence, ["audit"], is_a, np.zeros(600, dtype=np.int64), parents)
    assert compare([apart], shuffles=199)["p_family"].item() > 0.05
    assert compare([together], shuffles=199)["p_family"].item() == 1 / 200


def test_who_writes_more_is_compared_with_who_writes_as_much() -> None:
    words = [10, 10, 10, 200, 200, 200, 4000, 4000, 4000]
    assert strata_of(["Software"] * 9, words).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    many = strata_of(["Software"] * 30 + ["Retail"] * 30 + ["Fishing"] * 3, [5] * 63)
    assert len(set(many[:30])) == len(set(many[30:60])) == len(set(many[60:])) == 1
    assert len({*many}) == 3


def test_rows_come_in_the_same_order_every_time() -> None:
    world = [sides(120, background(40))]
    assert compare(world, shuffles=99).equals(compare(world, shuffles=99))


@pytest.mark.slow
def test_by_chance_alone_at_most_one_run_in_thirteen_finds_anything() -> None:
    """200 companies without any difference, a tenth of their accounts under common parents with the same phrases."""
    called = 0
    for seed in range(200):
        world = [
            _alike(sides(260, background(60, 0.02, 0.2, seed=seed), seed=1000 + seed), seed),
            _alike(sides(120, background(30, 0.05, 0.3, seed=seed + 500), seed=3000 + seed, source="call"), seed),
        ]
        called += bool((compare(world, seed=(seed,), shuffles=399)["p_family"] <= 0.05).any())
    print(f"{called} of 200 draws with a finding")
    assert called <= 15


def _alike(side: Sides, seed: int) -> Sides:
    """Accounts of one parent use the same phrases and are on the same side."""
    first: dict[str, int] = {}
    rows = [first.setdefault(parent, row) for row, parent in enumerate(side.parents)]
    return Sides(side.source, side.presence[rows], side.phrases, side.is_a[rows], side.strata, side.parents)


@pytest.mark.slow
def test_phrases_of_25_percent_against_5_percent_are_found_at_300_accounts_a_side() -> None:
    found = 0
    for seed in range(30):
        world = sides(600, {**background(300, 0.01, 0.3, seed=seed), "flying blind": (0.25, 0.05)}, seed=seed)
        rows = compare([world], seed=(seed,), shuffles=399)
        found += "flying blind" in set(rows.loc[rows["p_family"] <= 0.05, "phrase"])
    print(f"{found} of 30 found")
    assert found >= 27


def test_comparisons_side_by_side_are_each_what_they_are_alone() -> None:
    first = [sides(160, background(12), source="call"), sides(90, background(9, seed=4), seed=5)]
    second = [sides(120, background(10, seed=2), seed=6)]
    found = compare_each(((world, (seed,)) for seed, world in enumerate([first, second, first])), shuffles=99)
    assert all(
        rows.equals(compare(world, seed=(seed,), shuffles=99))
        for seed, (rows, world) in enumerate(zip(found, [first, second, first], strict=True))
    )
    assert not found[0].equals(found[2]), "each has its own shuffles"


def test_a_comparison_that_cannot_be_prepared_stops_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = [], threading.Event()

    def slowly(side: Sides, *_: object) -> tuple[pd.DataFrame, np.ndarray]:
        begun.append(side.source)
        may_end.wait(60)
        return pd.DataFrame(), np.zeros(1)

    def prepared() -> Iterator[tuple[list[Sides], tuple[int, ...]]]:
        yield [sides(80, background(1), source=f"source {number}") for number in range(9)], (1,)
        threading.Timer(0.5, may_end.set).start()
        raise ValueError("no such side")

    monkeypatch.setattr(contrast, "_of_source", slowly)
    with pytest.raises(ValueError, match="no such side"):
        compare_each(prepared())
    assert len(begun) <= contrast._THREADS
