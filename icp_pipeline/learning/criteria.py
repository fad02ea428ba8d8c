"""The ICP in words: few criteria, chosen so that none merely repeats another (method, section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from icp_pipeline.learning.frames import Bools, Floats, Ints, LearnSettings
from icp_pipeline.learning.lift import two_sided_p
from icp_pipeline.learning.matrix import Segments, column_sums
from icp_pipeline.learning.observed import Observations

POSITIVE_KINDS = ("must_have", "positive")
NEGATIVE_KINDS = ("negative", "disqualifier")


@dataclass(frozen=True)
class Choice:
    """Positions in `segments.names` of the chosen criteria and their joint effects in log-odds, strongest first."""

    segments: Ints
    effects: Floats


@dataclass(frozen=True)
class _Board:
    """What a step of the selection looks at: memberships, counts, and the marginal evidence of each segment."""

    members: sparse.csc_matrix
    known: sparse.csc_matrix
    at: Ints
    n: Floats
    n_known: Floats
    overlaps: sparse.csr_matrix
    marginal: pd.DataFrame
    hypotheses: int
    centred: Floats

    def contrast(self, segment: int) -> Floats:
        """1 inside, 0 outside, less the share inside; unknown is exactly neutral."""
        inside = self.members[:, [segment]].toarray().ravel()
        known = self.known[:, [int(self.at[segment])]].toarray().ravel()
        return np.asarray(inside - known * self.n[segment] / self.n_known[segment], dtype=np.float64)


def choose_criteria(segments: Segments, customers: Observations, lift: pd.DataFrame, settings: LearnSettings) -> Choice:
    """Forward selection on the residual, jointly refitted, then each criterion on trial given the others."""
    board = _board(segments, customers, lift)
    allowed = _allowed(board.marginal, settings)
    chosen: list[int] = []
    while len(chosen) < settings.max_criteria:
        best = _next(board, allowed, chosen, settings)
        if best is None:
            break
        chosen.append(best)
        allowed = allowed & ~_excluded(board, segments, best)
    return _on_trial(board, chosen, settings)


def _board(segments: Segments, customers: Observations, lift: pd.DataFrame) -> _Board:
    members, known = customers.facts.has_segment(segments).tocsc(), customers.facts.known.tocsc()
    marginal = segments.names.to_frame(index=False, name=["attribute", "segment"]).merge(
        lift, on=["attribute", "segment"], how="left", validate="one_to_one"
    )
    counted = int(marginal["is_counted"].fillna(False).astype(bool).sum())
    at = segments.attribute_of
    overlaps = (segments.covers.T @ segments.covers).tocsr()
    return _Board(
        members,
        known,
        at,
        column_sums(members),
        column_sums(known)[at],
        overlaps,
        marginal,
        counted,
        customers.y - customers.y.mean(),
    )


def _allowed(marginal: pd.DataFrame, settings: LearnSettings) -> Bools:
    """Segments whose own evidence is good enough to be listed at all."""
    lift, effect = marginal["lift"], marginal["effect"]
    wide = ((effect > 0) & (lift >= settings.min_lift)) | ((effect < 0) & (lift <= 1 / settings.min_lift))
    return (wide & (marginal["q_value"] <= settings.fdr)).to_numpy(dtype=bool)


def _next(board: _Board, allowed: Bools, chosen: list[int], settings: LearnSettings) -> int | None:
    """The segment that explains most of what the chosen ones leave, if that is more than chance."""
    effect, z = _conditional(board, _residual(board, chosen))
    level = settings.fdr * (len(chosen) + 1) / max(board.hypotheses, 1)
    fits = (
        allowed
        & (two_sided_p(z) <= level)
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
    """Effect and z of every segment on the residual; NaN where nobody is outside."""
    sum_in = board.members.T @ residual
    sum_known = (board.known.T @ residual)[board.at]
    variance = float(residual @ residual) / max(len(residual) - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        outside = board.n_known - board.n
        effect = sum_in / board.n - (sum_known - sum_in) / outside
        return effect, effect / np.sqrt(variance * (1 / board.n + 1 / outside))


def _joint_fit(board: _Board, chosen: list[int]) -> tuple[Floats, Floats]:
    """Least squares of all chosen contrasts together: design and coefficients."""
    design = np.column_stack([board.contrast(segment) for segment in chosen])
    return design, np.linalg.lstsq(design, board.centred, rcond=None)[0]


def _residual(board: _Board, chosen: list[int]) -> Floats:
    if not chosen:
        return board.centred
    design, effects = _joint_fit(board, chosen)
    return np.asarray(board.centred - design @ effects, dtype=np.float64)


def _excluded(board: _Board, segments: Segments, chosen: int) -> Bools:
    """Segments that share a level with the chosen one, and the other half of a yes/no."""
    shared = board.overlaps[[chosen]].toarray().ravel() > 0
    same = segments.attribute_of == segments.attribute_of[chosen]
    levels = np.unique(segments.covers[:, same].nonzero()[0])
    return np.asarray(shared | (same & (len(levels) <= 2)), dtype=bool)


def _on_trial(board: _Board, chosen: list[int], settings: LearnSettings) -> Choice:
    """Drop the weakest criterion until each still says something given all the others."""
    while chosen:
        design, effects = _joint_fit(board, chosen)
        residual = board.centred - design @ effects
        noise = float(residual @ residual) / max(len(residual) - 1, 1)
        z = effects / np.sqrt(np.maximum(np.diag(np.linalg.pinv(design.T @ design)) * noise, 1e-12))
        p_value = two_sided_p(z)
        wrong_sign = effects * board.marginal["effect"].to_numpy(dtype=float)[chosen] <= 0
        fails = wrong_sign | (p_value > settings.fdr * len(chosen) / max(board.hypotheses, 1))
        if not fails.any():
            order = np.lexsort((np.array(chosen), -np.round(np.abs(z), 6)))
            return Choice(np.array(chosen, dtype=np.int64)[order], effects[order])
        worst = int(np.argmax(np.where(fails, p_value + wrong_sign, -1.0)))
        chosen = [segment for position, segment in enumerate(chosen) if position != worst]
    return no_choice()


def no_choice() -> Choice:
    """Nothing stands out."""
    return Choice(np.zeros(0, dtype=np.int64), np.zeros(0))
