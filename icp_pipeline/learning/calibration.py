"""From evidence to a probability: logistic recalibration on scores of deals that the evidence has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_pipeline.learning.frames import Bools, Floats

# The slope should be 1 where the evidence is right; the data may say otherwise, within reason and never backwards.
_SLOPE_MEAN, _SLOPE_SD, _MIN_SLOPE = 1.0, 0.5, 0.05
# Half a success and half a failure beside the data keep the intercept finite when nobody, or everybody, is ideal.
_PSEUDO = 0.5


@dataclass(frozen=True)
class Calibration:
    """`probability = sigmoid(intercept + slope x index)`."""

    intercept: float
    slope: float

    def probability(self, index: Floats) -> Floats:
        """Chance of the ideal outcome for an evidence index."""
        return sigmoid(self.intercept + self.slope * index)


def sigmoid(points: Floats) -> Floats:
    """Log-odds to probability."""
    return 1 / (1 + np.exp(-np.clip(points, -700, 700)))


def logit(probability: float) -> float:
    """Probability to log-odds, kept finite at the ends."""
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return float(np.log(clipped / (1 - clipped)))


def calibrate(index: Floats, ideal: Bools, weight: Floats) -> Calibration:
    """Newton steps on the penalised likelihood; with no data at all the base rate is a half and the slope 1."""
    centre = float(np.average(index, weights=weight)) if len(index) else 0.0
    x = np.concatenate([index, [centre, centre]])
    target = np.concatenate([ideal.astype(float), [1.0, 0.0]])
    weights = np.concatenate([weight, [_PSEUDO, _PSEUDO]])
    intercept, slope = logit(float(np.average(target, weights=weights))), _SLOPE_MEAN
    for _ in range(25):
        p = sigmoid(intercept + slope * x)
        error, curve = weights * (target - p), np.maximum(weights * p * (1 - p), 1e-12)
        gradient = np.array([error.sum(), (error * x).sum() - (slope - _SLOPE_MEAN) / _SLOPE_SD**2])
        cross = (curve * x).sum()
        hessian = np.array([[curve.sum(), cross], [cross, (curve * x * x).sum() + 1 / _SLOPE_SD**2]])
        move = np.clip(np.linalg.solve(hessian, gradient), -1, 1)
        intercept, slope = intercept + move[0], max(_MIN_SLOPE, slope + move[1])
        if np.abs(move).max() < 1e-10:
            break
    return Calibration(float(intercept), float(slope))
