"""Kinds of criteria (must_have, positive, negative, disqualifier), and how much of the market they keep."""

from __future__ import annotations

import numpy as np

from icp_pipeline.learning.contract import Bools, Floats, LearnSettings
from icp_pipeline.learning.criteria import Choice
from icp_pipeline.learning.matrix import Facts, Segments, column_sums
from icp_pipeline.learning.observed import Observations

_MUST_HAVE_SHARE_OF_BEST = 0.9
_MUST_HAVE_RATE_WITHOUT = 0.5
_DISQUALIFIER_BEST, _DISQUALIFIER_WORST = 0.6, 1.5
# Fewest and most pseudo-customers that pull a segment's rate to the base rate.
_PRIOR_RANGE = (5.0, 200.0)
_MIN_KNOWN_MARKET = 30


def criterion_kinds(segments: Segments, customers: Observations, choice: Choice, settings: LearnSettings) -> list[str]:
    """One kind per chosen criterion: must_have, positive, negative or disqualifier.

    What may be written from the outcome is no must-have and no disqualifier until somebody says that it is not.
    """
    is_best, is_worst = customers.success * customers.weight, customers.failure * customers.weight
    members = customers.facts.has_segment(segments)[:, choice.segments].toarray() > 0
    at = segments.attribute_of[choice.segments]
    known = customers.facts.known[:, at].toarray() > 0
    strength = prior_strength(customers)
    doubtful = segments.names.get_level_values(0)[choice.segments].isin(settings.doubtful)
    kinds = []
    for position, effect in enumerate(choice.effects):
        if doubtful[position]:
            kinds.append("positive" if effect > 0 else "negative")
            continue
        is_known = known[:, position]
        if effect > 0:
            same = (at == at[position]) & (choice.effects > 0)
            inside = members[:, same].any(axis=1)
            kinds.append("must_have" if _is_must_have(inside, is_known, is_best, customers.weight) else "positive")
        else:
            certain = customers.n >= settings.directional_customers
            out = certain and _disqualifies(
                members[:, position], is_known, is_best, is_worst, customers.weight, strength
            )
            kinds.append("disqualifier" if out else "negative")
    return kinds


def kinds_by_points(segments: Segments, choice: Choice, kinds: list[str], level_points: Floats) -> list[str]:
    """Kinds, corrected by points: nobody is disqualified by a trait that adds points.

    Kinds follow how customers turn out, points also who is won: where a segment turns out badly but is won so much more
    often that its points are positive, it is a negative criterion, not a disqualifier.
    """
    covers = segments.covers[:, choice.segments].toarray() > 0
    return [
        "negative" if kind == "disqualifier" and (level_points[covers[:, position]] > 0).any() else kind
        for position, kind in enumerate(kinds)
    ]


def _is_must_have(inside: Bools, known: Bools, best_weight: Floats, weight: Floats) -> bool:
    """Whether nearly all of the best have it, and hardly anybody without it is best."""
    best, n = best_weight[known].sum(), weight[known].sum()
    best_in, n_in = best_weight[inside].sum(), weight[inside].sum()
    without = (best - best_in + 1) / (n - n_in + 2)
    return bool(best_in >= _MUST_HAVE_SHARE_OF_BEST * best and without <= _MUST_HAVE_RATE_WITHOUT * best / max(n, 1))


def _disqualifies(
    inside: Bools, known: Bools, best_weight: Floats, worst_weight: Floats, weight: Floats, strength: float
) -> bool:
    """Whether its shrunken rates disqualify: a handful of bad customers must not exclude a whole segment."""

    def ratio(outcome: Floats) -> float:
        base = outcome[known].sum() / max(weight[known].sum(), 1)
        shrunken = (outcome[inside].sum() + strength * base) / (weight[inside].sum() + strength)
        return float(shrunken / base) if base > 0 else 1.0

    return ratio(best_weight) <= _DISQUALIFIER_BEST and ratio(worst_weight) >= _DISQUALIFIER_WORST


def prior_strength(customers: Observations) -> float:
    """Pseudo-customers of the beta-binomial prior, by moments pooled over all attributes."""
    facts, best_weight = customers.facts, customers.success * customers.weight
    n, best = customers.clusters.weights(facts.has_level), facts.has_level.T @ best_weight
    n_known, best_known = customers.clusters.weights(facts.known), facts.known.T @ best_weight
    base = (best_known / np.maximum(n_known, 1))[facts.attribute_of]
    share = n / np.maximum(n_known[facts.attribute_of], 1)
    variance = base * (1 - base)
    noise = float((variance * (1 - share)).sum())
    spread = float((n * (best / np.maximum(n, 1) - base) ** 2).sum())
    degrees, scale = float((1 - share).sum()), float((n * (1 - share)).sum())
    if spread <= noise or degrees <= 0:
        return _PRIOR_RANGE[1]
    return float(np.clip(noise / (spread - noise) * scale / degrees, *_PRIOR_RANGE))


def market_shares(segments: Segments, market: Facts, choice: Choice) -> Floats:
    """Per criterion, the share of the market that has it, among those whose attribute is known; else NaN."""
    n = column_sums(market.has_segment(segments))[choice.segments]
    known = column_sums(market.known)[segments.attribute_of[choice.segments]]
    return np.divide(n, known, out=np.full(len(n), np.nan), where=known > 0)


def market_coverage(segments: Segments, market: Facts, choice: Choice) -> float | None:
    """Share of the market that meets the whole ICP: every attribute with a good segment, none of the bad ones."""
    if not len(choice.segments) or not len(market):
        return None
    members = market.has_segment(segments)[:, choice.segments].toarray() > 0
    at = segments.attribute_of[choice.segments]
    known = market.known.toarray()[:, np.unique(at)] > 0
    meets = ~members[:, choice.effects < 0].any(axis=1)
    for attribute in np.unique(at[choice.effects > 0]):
        meets &= members[:, (at == attribute) & (choice.effects > 0)].any(axis=1)
    # judged on accounts of which all is known, or a market full of blanks would look narrow
    judged = known.all(axis=1)
    if judged.sum() < _MIN_KNOWN_MARKET:
        return None
    return float(meets[judged].mean())
