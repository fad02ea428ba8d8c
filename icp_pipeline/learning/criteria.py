"""Chooses the few criteria that put the ICP in words, so that none merely repeats another (method, section 5).

Candidates have passed Benjamini-Hochberg over all hypotheses. Many of them tell the same story (ranges, proxies), so of
a short list made from them a larger share would be chance than the tenth that was promised for all of them. Hence the
k-th criterion pays for all hypotheses once more, at rank k, by its own evidence or by what it adds to the others,
whichever is clearer: beside an even stronger level of the same attribute (agencies are bad) a level (software is good)
adds less than it shows alone. That it adds anything at all is asked of the candidates only, and pays for these only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import Bools, Floats, Ints, LearnSettings
from icp_pipeline.learning.lift import Counts, two_sided_p
from icp_pipeline.learning.matrix import Segments
from icp_pipeline.learning.observed import Observations

POSITIVE_KINDS = ("must_have", "positive")
NEGATIVE_KINDS = ("negative", "disqualifier")

# The clearer of two p-values is smaller than either; they are of nearly the same thing, so less than double is paid.
# Without this, one in seven criteria is chance in companies with two real ones; with it one in ten.
_TWO_LOOKS = 0.7
# Below this many customers a list is short, and one chance criterion spoils it: then no more than one list in twenty
# may hold any at all.
_FEW_CUSTOMERS = 150


@dataclass(frozen=True)
class Choice:
    """Positions in `segments.names` of the chosen criteria and their joint effects in log-odds, strongest first."""

    segments: Ints
    effects: Floats


@dataclass(frozen=True)
class _Board:
    """What a step of the selection looks at: memberships, counts, and the marginal evidence of each candidate.

    `hypotheses` counts what was tested in all, candidates or not.
    """

    members: sparse.csc_matrix
    known: sparse.csc_matrix
    at: Ints
    counts: Counts
    clusters: Clusters
    overlaps: sparse.csr_matrix
    is_yes_no: Bools
    marginal: pd.DataFrame
    hypotheses: int
    centred: Floats

    def contrast(self, segment: int) -> Floats:
        """1 inside, 0 outside, less the share inside; unknown is exactly neutral."""
        inside = self.members[:, [segment]].toarray().ravel()
        known = self.known[:, [int(self.at[segment])]].toarray().ravel()
        weight_known = self.counts.weight[segment] + self.counts.weight_outside[segment]
        return np.asarray(inside - known * self.counts.weight[segment] / weight_known, dtype=np.float64)

    def pays(self, p_value: Floats, rank: int, settings: LearnSettings) -> Bools:
        """Which segments may be the criterion of that rank, by the p-values of their effect given the others."""
        asked = max(_counted(self.marginal), 1)
        clearer = np.fmin(p_value, self.marginal["p_value"].to_numpy(dtype=float))
        few = self.clusters.n < _FEW_CUSTOMERS
        level = settings.family_error if few else settings.fdr * rank
        by_all = clearer <= _TWO_LOOKS * level / max(self.hypotheses, 1)
        return np.asarray(by_all & (p_value <= level / asked), dtype=bool)


def choose_criteria(segments: Segments, customers: Observations, lift: pd.DataFrame, settings: LearnSettings) -> Choice:
    """Forward selection on the residual with joint refits, then backward elimination.

    None with fewer customers than claims are made about.
    """
    if customers.n < settings.min_customers:
        return no_choice()
    marginal = segments.names.to_frame(index=False, name=["attribute", "segment"]).merge(
        lift, on=["attribute", "segment"], how="left", validate="one_to_one"
    )
    is_candidate = _candidates(marginal, settings)
    candidates = segments.where(is_candidate)
    yes_no = _yes_no(segments)[is_candidate]
    board = _board(candidates, customers, yes_no, marginal[is_candidate], _counted(marginal))
    allowed = np.ones(len(candidates.names), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < settings.max_criteria:
        best = _next(board, allowed, chosen, settings)
        if best is None:
            break
        chosen.append(best)
        allowed = allowed & ~_excluded(board, best)
    kept = _on_trial(board, chosen, settings)
    return Choice(np.flatnonzero(is_candidate)[kept.segments], kept.effects)


def _board(
    candidates: Segments, customers: Observations, yes_no: Bools, marginal: pd.DataFrame, hypotheses: int
) -> _Board:
    members, known = customers.facts.has_segment(candidates).tocsc(), customers.facts.known.tocsc()
    at = candidates.attribute_of
    return _Board(
        members,
        known,
        at,
        Counts.of(members, known, at, customers.clusters),
        customers.clusters,
        (candidates.covers.T @ candidates.covers).tocsr(),
        yes_no,
        marginal.reset_index(drop=True),
        hypotheses,
        customers.y - np.average(customers.y, weights=customers.weight),
    )


def _counted(marginal: pd.DataFrame) -> int:
    """Number of hypotheses among these segments; two complements count as one."""
    return int(marginal["is_counted"].fillna(False).astype(bool).sum())


def _candidates(marginal: pd.DataFrame, settings: LearnSettings) -> Bools:
    """Segments whose own evidence is good enough to be considered."""
    lift, effect = marginal["lift"], marginal["effect"]
    wide = ((effect > 0) & (lift >= settings.min_lift)) | ((effect < 0) & (lift <= 1 / settings.min_lift))
    return (wide & (marginal["q_value"] <= settings.fdr)).to_numpy(dtype=bool)


def _next(board: _Board, allowed: Bools, chosen: list[int], settings: LearnSettings) -> int | None:
    """The segment that explains most of the residual of the chosen ones, if that is more than chance."""
    effect, z = _conditional(board, _residual(board, chosen))
    fits = (
        allowed
        & board.pays(two_sided_p(z), len(chosen) + 1, settings)
        & (np.abs(effect) >= settings.min_effect)
        & (effect * board.marginal["effect"].to_numpy(dtype=float) > 0)
    )
    candidates = np.flatnonzero(fits)
    if not len(candidates):
        return None
    # names are sorted, so the position breaks exact ties by name
    order = np.lexsort((candidates, -np.round(effect[candidates], 6), -np.round(np.abs(z[candidates]), 6)))
    return int(candidates[order[0]])


def _conditional(board: _Board, residual: Floats) -> tuple[Floats, Floats]:
    """Effect and z of every segment on the residual; NaN if nobody is outside."""
    weighted = board.clusters.weight * residual
    sum_in = board.members.T @ weighted
    sum_known = (board.known.T @ weighted)[board.at]
    variance = float(weighted @ residual) / max(board.clusters.n - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = sum_in / board.counts.weight - (sum_known - sum_in) / board.counts.weight_outside
        return effect, effect / board.counts.error_of(variance)


def _joint_fit(board: _Board, chosen: list[int]) -> tuple[Floats, Floats]:
    """Weighted least squares of all chosen contrasts together: design and coefficients."""
    design = np.column_stack([board.contrast(segment) for segment in chosen])
    root = np.sqrt(board.clusters.weight)
    return design, np.linalg.lstsq(root[:, None] * design, root * board.centred, rcond=None)[0]


def _residual(board: _Board, chosen: list[int]) -> Floats:
    if not chosen:
        return board.centred
    design, effects = _joint_fit(board, chosen)
    return np.asarray(board.centred - design @ effects, dtype=np.float64)


def _excluded(board: _Board, chosen: int) -> Bools:
    """Segments that share a level with the chosen one, and the other half of a yes/no."""
    shared = board.overlaps[[chosen]].toarray().ravel() > 0
    return np.asarray(shared | ((board.at == board.at[chosen]) & board.is_yes_no), dtype=bool)


def _yes_no(segments: Segments) -> Bools:
    """Which segments are of an attribute with two levels at most."""
    level, segment = segments.covers.nonzero()
    pairs = pd.DataFrame({"attribute": segments.attribute_of[segment], "level": level}).drop_duplicates()
    few = pairs.groupby("attribute").size() <= 2
    return np.isin(segments.attribute_of, few.index[few])


def _on_trial(board: _Board, chosen: list[int], settings: LearnSettings) -> Choice:
    """Drop the weakest criterion until each is significant given all the others."""
    while chosen:
        design, effects = _joint_fit(board, chosen)
        residual = board.centred - design @ effects
        noise = float((board.clusters.weight * residual) @ residual) / max(board.clusters.n - 1, 1)
        weighed = board.clusters.weight[:, None] * design
        z = effects / np.sqrt(np.maximum(np.diag(np.linalg.pinv(weighed.T @ design)) * noise, 1e-12))
        p_value = np.ones(len(board.at))
        p_value[chosen] = two_sided_p(z)
        wrong_sign = effects * board.marginal["effect"].to_numpy(dtype=float)[chosen] <= 0
        fails = wrong_sign | ~board.pays(p_value, len(chosen), settings)[chosen]
        if not fails.any():
            order = np.lexsort((np.array(chosen), -np.round(np.abs(z), 6)))
            return Choice(np.array(chosen, dtype=np.int64)[order], effects[order])
        worst = int(np.argmax(np.where(fails, p_value[chosen] + wrong_sign, -1.0)))
        chosen = [segment for position, segment in enumerate(chosen) if position != worst]
    return no_choice()


def no_choice() -> Choice:
    """The empty choice."""
    return Choice(np.zeros(0, dtype=np.int64), np.zeros(0))
