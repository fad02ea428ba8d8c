"""Criteria as terms of the score: neutral on average, blind to the fold they are evaluated on, surer with more data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from learned_worlds import SETTINGS
from worlds import make_world

from icp_pipeline.learning.backtest import auc
from icp_pipeline.learning.criteria import choose_criteria
from icp_pipeline.learning.evidence import fit_evidence
from icp_pipeline.learning.lift import segment_lift
from icp_pipeline.learning.matrix import Segments, read_segments, read_traits
from icp_pipeline.learning.observed import Observations, read_observations
from icp_pipeline.learning.terms import criterion_weights, terms_by_fit


@pytest.fixture(scope="module")
def company() -> tuple[Segments, Observations]:
    world = make_world(1000, 0)
    traits = read_traits(world.attributes)
    return read_segments(traits, world.definitions), read_observations(world.observations, "quality", traits)


def test_whoever_is_known_averages_nothing_and_a_criterion_counts_in_part(
    company: tuple[Segments, Observations],
) -> None:
    segments, customers = company
    choice = choose_criteria(segments, customers, segment_lift(segments, customers, SETTINGS), SETTINGS)
    weights = criterion_weights(segments, customers, choice)
    share = len(customers) / (len(customers) + 300)
    assert len(choice.segments) >= 3
    for segment in choice.segments:
        own = segments.attribute_of == segments.attribute_of[segment]
        chosen = choice.segments[segments.attribute_of[choice.segments] == segments.attribute_of[segment]]
        levels = customers.facts.attribute_of == segments.attribute_of[segment]
        assert own.any() and abs((customers.facts.has_level[:, levels] @ weights[levels]).sum()) < 1e-6
        if len(chosen) == 1:
            inside = segments.covers[:, [int(segment)]].toarray().ravel() > 0
            gap = weights[levels & inside].mean() - weights[levels & ~inside].mean()
            assert gap == pytest.approx(share * choice.effects[choice.segments == segment][0])


def test_a_fold_s_terms_have_not_seen_its_customers(company: tuple[Segments, Observations]) -> None:
    segments, customers = company
    before = terms_by_fit(segments, customers, SETTINGS)
    other = np.where(customers.folds == 0, -customers.y, customers.y)
    after = terms_by_fit(segments, replace(customers, y=other, success=other > 1.8), SETTINGS)
    np.testing.assert_array_equal(before[1], after[1])
    assert not np.array_equal(before[2], after[2])


def test_unseen_prospects_are_ranked_better_with_them() -> None:
    """Without terms, proxies share the same effect, and each adds its own noise."""
    gains = []
    for seed in range(8):
        world = make_world(700, seed + 50)
        traits = read_traits(world.attributes)
        segments = read_segments(traits, world.definitions)
        seen = read_observations(world.observations, "quality", traits)
        kept = seen.where(seen.folds != 0)
        left = seen.where(seen.folds == 0)
        best = left.y > np.quantile(left.y, 0.8)
        areas = [
            auc(left.facts.has_level @ fit_evidence(kept, SETTINGS, terms).full, best)[0]
            for terms in (terms_by_fit(segments, kept, SETTINGS), None)
        ]
        gains.append(areas[0] - areas[1])
    assert np.mean(gains) > 0
