"""One fit of the whole method on given observations; learning and the backtest both use it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from icp_pipeline.learning.calibration import Calibration, calibrate, sigmoid
from icp_pipeline.learning.contract import PLACES, Floats, LearnSettings
from icp_pipeline.learning.criteria import Choice, choose_criteria
from icp_pipeline.learning.criterion_kinds import criterion_kinds, kinds_by_points
from icp_pipeline.learning.evidence import Evidence, fit_evidence, signal
from icp_pipeline.learning.lift import segment_lift
from icp_pipeline.learning.matrix import Facts, Segments
from icp_pipeline.learning.misfit import misfit
from icp_pipeline.learning.observed import Judged, Observations, matured
from icp_pipeline.learning.terms import terms_by_fit

# Evidence is shrunken twice, which ranks better and is somewhat too little: with 1.2 for the slope that is expected
# before any deal was seen, the promised chances are as near to the planted ones as before, with 1 a tenth further off.
_SLOPE = 1.2


@dataclass(frozen=True)
class Fit:
    """Everything learned from one set of observations."""

    quality: Evidence
    win: Evidence
    calibration: Calibration
    signal_z: float
    lift: pd.DataFrame
    choice: Choice
    kinds: list[str]

    def has_signal(self, segments: Segments, settings: LearnSettings) -> bool:
        """Whether there is a signal: unseen accounts are ranked better than chance, and a criterion was found.

        BH lets one world in ten without any signal have a criterion, and what it found by chance helps the ranking
        too. The ICP as a whole is a heavier claim: where the ranking passes only just, the clearest criterion must
        survive the count of all hypotheses.
        """
        if not len(self.choice.segments) or self.signal_z < settings.signal_z:
            return False
        if self.signal_z >= settings.sure_signal_z:
            return True
        names = segments.names[self.choice.segments].to_frame(index=False, name=["attribute", "segment"])
        clearest = names.merge(self.lift, on=["attribute", "segment"])["p_value"].min()
        hypotheses = self.lift["is_counted"].astype("boolean").fillna(False).sum()
        return bool(clearest * hypotheses <= settings.family_error)

    @property
    def level_points(self) -> Floats:
        """Points per level as they are stored and added up."""
        best, win = self.calibration.slopes
        return np.round(best * self.quality.full + win * self.win.full, PLACES)

    def unexplained(self, deals: Observations, settings: LearnSettings) -> Floats:
        """What the evidence of winning leaves unexplained of each closed deal."""
        winning = self.quality if settings.basis == "wins" else self.win
        return misfit(deals, deals.facts.has_level @ winning.full).by_row if len(deals) else np.zeros(0)

    def fit_points(self, facts: Facts) -> Floats:
        """Prior and evidence of accounts, in log-odds."""
        return np.asarray(self.calibration.intercept + facts.has_level @ self.level_points, dtype=np.float64)

    def market_average(self, market: Facts) -> float:
        """Mean fit probability of the market; the prior if the market is empty."""
        points = self.fit_points(market) if len(market) else np.array([self.calibration.intercept])
        return float(sigmoid(points).mean())


def fit_icp(
    segments: Segments,
    quality: Observations,
    deals: Observations,
    lift: pd.DataFrame | None,
    settings: LearnSettings,
) -> Fit:
    """Fit evidence of both outcomes, calibration and criteria; `lift` is computed if not given."""
    if lift is None:
        lift = segment_lift(segments, quality, settings)
    choice = choose_criteria(segments, quality, lift, settings)
    best = fit_evidence(quality, settings, terms_by_fit(segments, quality, settings))
    win = fit_evidence(deals, settings)
    judged = matured(quality, deals, settings)
    index = np.column_stack([best.held_out(judged.observations), win.held_out(judged.observations)])
    fit = Fit(
        best,
        win,
        calibrate(index, judged.ideal, judged.weight, (_SLOPE, _SLOPE * _win_slope(judged))),
        signal(best.held_out(quality), quality.y, quality.clusters),
        lift,
        choice,
        criterion_kinds(segments, quality, choice, settings),
    )
    return replace(fit, kinds=kinds_by_points(segments, choice, fit.kinds, fit.level_points))


def _win_slope(judged: Judged) -> float:
    """Prior of the slope of winning, where that of turning out well is 1.

    log P(won and best) = log P(won) + log P(best | won), and d log p = (1 - p) d logit p: a step in the odds of winning
    counts (1 - P(won)) / (1 - P(best | won)) of a step in the odds of being best.
    """
    won, total = float(judged.weight[judged.observations.success].sum()), float(judged.weight.sum())
    best = float(judged.weight[judged.ideal].sum())
    if not 0 < won < total or best >= won:
        return 1.0
    return min(1.0, (1 - won / total) / (1 - best / won))
