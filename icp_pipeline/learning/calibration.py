"""From evidence to a probability: logistic recalibration on scores of deals that the evidence has not seen.

The ideal outcome is won *and* best. Evidence of winning and of turning out well have a slope each: there are many more
deals than ranked customers, so the evidence of winning is shrunken less, and with one slope for both a segment that
wins easily and turns out badly would look neutral.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icp_pipeline.learning.contract import Bools, Floats

# A slope should be 1 where the evidence is right; the data may say otherwise, within reason and never backwards.
_SLOPE_MEAN, _SLOPE_SD, _MIN_SLOPE = 1.0, 0.5, 0.05
# Half a success and half a failure beside the data keep the intercept finite when nobody, or everybody, is ideal.
_PSEUDO = 0.5


@dataclass(frozen=True)
class Calibration:
    """`probability = sigmoid(intercept + slopes . index)`; one slope per column of the index."""

    intercept: float
    slopes: tuple[float, ...]

    def probability(self, index: Floats) -> Floats:
        """Chance of the ideal outcome for evidence indices, one row each."""
        return sigmoid(self.intercept + index @ np.asarray(self.slopes))


def sigmoid(points: Floats) -> Floats:
    """Log-odds to probability."""
    return 1 / (1 + np.exp(-np.clip(points, -700, 700)))


def logit(probability: float) -> float:
    """Probability to log-odds, kept finite at the ends."""
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return float(np.log(clipped / (1 - clipped)))


def calibrate(
    index: Floats,
    ideal: Bools,
    weight: Floats,
    slope_means: Sequence[float] | Floats = (_SLOPE_MEAN,),
    least: float = _MIN_SLOPE,
) -> Calibration:
    """Newton steps on the penalised likelihood; with no data at all the base rate is a half and the slopes their prior.

    `index` has one row per deal and one column per slope; `slope_means` are the slopes' prior means (sd .5), and none
    becomes smaller than `least`.
    """
    prior = np.asarray(slope_means, dtype=np.float64)
    rows = np.asarray(index, dtype=np.float64).reshape(-1, len(prior))
    centre = np.average(rows, axis=0, weights=weight) if len(rows) else np.zeros(len(prior))
    x = np.column_stack([np.ones(len(rows) + 2), np.vstack([rows, centre, centre])])
    target = np.concatenate([ideal.astype(float), [1.0, 0.0]])
    weights = np.concatenate([weight, [_PSEUDO, _PSEUDO]])
    precision = np.diag([0.0, *np.full(len(prior), _SLOPE_SD**-2)])
    start = np.concatenate([[logit(float(np.average(target, weights=weights)))], prior])
    found, goal = start.copy(), np.concatenate([[0.0], prior])
    for _ in range(25):
        p = sigmoid(x @ found)
        curve = np.maximum(weights * p * (1 - p), 1e-12)
        gradient = x.T @ (weights * (target - p)) - precision @ (found - goal)
        move = np.clip(np.linalg.solve(x.T @ (curve[:, None] * x) + precision, gradient), -1, 1)
        found = found + move
        found[1:] = np.maximum(found[1:], least)
        if np.abs(move).max() < 1e-10:
            break
    return Calibration(float(found[0]), tuple(float(slope) for slope in found[1:]))
