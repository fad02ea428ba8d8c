"""Criteria in companies of a few hundred customers: the real traits, and hardly anything else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from learned_worlds import SETTINGS, ranked
from worlds import definitions

from icp_pipeline.learning.criteria import choose_criteria
from icp_pipeline.learning.lift import segment_lift
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations

Listed = list[tuple[str, str]]
_SOFTWARE, _AGENCY = ("industry", "software"), ("industry", "agency")


@cache
def listed(seed: int, customers: int = 250, copies: int = 0, scale: float = 1.0) -> Listed:
    """Criteria of a company whose agencies are bad and software firms good; fourteen other attributes are noise."""
    rng = np.random.default_rng(seed)
    names = np.array(["software", "agency", "retail", "health", "finance", "machines"], dtype=object)
    industry = rng.choice(names, customers, p=[0.24, 0.16, 0.15, 0.15, 0.15, 0.15])
    columns = {"industry": industry, **_noise(rng, customers)}
    for copy in range(copies):
        # a proxy: the same with three values in ten drawn again
        columns[f"sector_{copy}"] = np.where(rng.random(customers) < 0.3, rng.choice(names, customers), industry)
    quality = scale * (0.95 * (industry == "software") - 1.3 * (industry == "agency")) + rng.logistic(size=customers)
    percentile = (pd.Series(quality).rank().to_numpy() - 0.5) / customers
    return _chosen(rng, columns, percentile)


def _noise(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    counts = [2, 3, 4, 5, 6, 7, 8] * 2
    return {f"null_{i}": np.array([f"l{v}" for v in rng.integers(0, k, n)]) for i, k in enumerate(counts)}


def _chosen(
    rng: np.random.Generator, columns: dict[str, np.ndarray], percentile: np.ndarray, most: int = SETTINGS.max_criteria
) -> Listed:
    accounts = np.array([f"a{number:05d}" for number in range(len(percentile))], dtype=object)
    parts = []
    for name, levels in columns.items():
        known = rng.random(len(accounts)) >= 0.1
        parts.append(pd.DataFrame({"account_id": accounts[known], "attribute": name, "level": levels[known]}))
    rows = pd.concat(parts, ignore_index=True)
    traits = read_traits(rows)
    customers = read_observations(ranked(accounts, percentile, "2024-01-01"), "quality", traits)
    segments = read_segments(traits, definitions(rows))
    asked = replace(SETTINGS, max_criteria=most)
    choice = choose_criteria(segments, customers, segment_lift(segments, customers, asked), asked)
    return [(str(attribute), str(segment)) for attribute, segment in segments.names[choice.segments]]


def test_software_is_listed_beside_the_even_clearer_agencies() -> None:
    """When it was corrected for all hypotheses on what it adds to agencies alone, it was listed in under two thirds."""
    found = [listed(seed) for seed in range(60)]
    assert np.mean([_AGENCY in criteria for criteria in found]) >= 0.82
    assert np.mean([_SOFTWARE in criteria for criteria in found]) >= 0.75


def test_of_what_is_listed_about_a_tenth_is_chance() -> None:
    """The promised rate is the mean over companies of the share of chance criteria."""
    shares = []
    for seed in range(60):
        found = Counter(attribute.startswith("null") for attribute, _ in listed(seed))
        shares.append(found[True] / max(found.total(), 1))
    # with sixty companies, the mean has an error of about 0.02
    assert np.mean(shares) <= 0.10


def test_proxies_do_not_fill_the_list() -> None:
    """Four more attributes with the same information: they hardly lengthen the list."""
    plain, crowded = ([listed(seed, copies=copies) for seed in range(30)] for copies in (0, 4))
    proxies = sum(attribute.startswith("sector") for criteria in crowded for attribute, _ in criteria)
    assert proxies <= 0.35 * sum(len(criteria) for criteria in crowded)
    assert np.mean([len(c) for c in crowded]) <= np.mean([len(c) for c in plain]) + 0.6


@pytest.mark.slow
@pytest.mark.parametrize("customers", [100, 1000])
def test_noise_has_a_criterion_in_at_most_a_tenth_of_companies(customers: int) -> None:
    """The promise of Benjamini-Hochberg at 10 %; the gate for an ICP as a whole comes on top."""
    found = [bool(listed(seed, customers, scale=0.0)) for seed in range(500, 700)]
    # of 200 companies at 10 %, one in forty such counts is above 14 %
    assert np.mean(found) <= 0.14


def test_a_hundred_customers_invent_nothing() -> None:
    """One list in twenty may have an invented criterion: that is four of eighty, and hardly ever seven."""
    invented = [any(attribute.startswith("null") for attribute, _ in listed(seed, 100)) for seed in range(80)]
    assert sum(invented) <= 6


def test_the_clearest_comes_first_whatever_its_name() -> None:
    """If only one criterion may be listed, it is the trait itself, not its weaker neighbour with an earlier name."""
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        trade = rng.choice(np.array(["saas", "other"], dtype=object), 600, p=[0.3, 0.7])
        alike = np.where(rng.random(600) < 0.3, rng.permutation(trade), trade)
        quality = 1.5 * (trade == "saas") + rng.logistic(size=600)
        percentile = (pd.Series(quality).rank().to_numpy() - 0.5) / 600
        found += _chosen(rng, {"alike": alike, "trade": trade}, percentile, most=1)
    assert Counter(attribute for attribute, _ in found)["trade"] >= 9
