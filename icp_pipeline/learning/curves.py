"""The backtest's curves: cumulative gains, and predicted against observed chances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.learning.calibration import sigmoid
from icp_pipeline.learning.contract import BACKTEST_CURVE, Bools, Floats, frame

_BINS = 10
# A rate seen on fewer deals than this says nothing.
_MIN_PER_BIN = 20


def backtest_curves(fit_points: Floats, ideal: Bools, weight: Floats, share: Floats | None = None) -> pd.DataFrame:
    """Rows of both lines, for later deals with their scores in log-odds and whether they were won and best.

    `gains`: x is the share of deals, best scores first, y the share of all good results among them, from (0, 0).
    `calibration`: x is the mean predicted chance in a bin of like chances, y the share of good results seen in it, with
    each deal at its `weight` (ranked customers stand for those that could not be ranked); n counts deals in both.
    `share`: what each weighs where several are one observation.
    """
    share = np.ones(len(ideal)) if share is None else share
    return frame(_gains(fit_points, ideal, share) + _calibration(sigmoid(fit_points), ideal, weight), BACKTEST_CURVE)


def _gains(scores: Floats, ideal: Bools, share: Floats) -> list[dict[str, Any]]:
    """Points at every tenth of the deals; deals with equal scores share their gains."""
    n, good = len(scores), float(share[ideal].sum())
    if not n or not good:
        return []
    _, place = np.unique(scores, return_inverse=True)
    alike = (np.bincount(place, share * ideal) / np.bincount(place, share))[place]
    order = np.argsort(-scores, kind="stable")
    caught = np.concatenate([[0.0], np.cumsum((share * alike)[order])]) / good
    across = np.concatenate([[0.0], np.cumsum(share[order])]) / share.sum()
    cuts = np.round(np.linspace(0, n, min(_BINS, n) + 1)).astype(int)
    taken = np.diff(cuts, prepend=0)
    return [
        {
            "curve": "gains",
            "position": position,
            "x": float(across[cut]),
            "y": min(1.0, float(caught[cut])),
            "n": int(taken[position]),
        }
        for position, cut in enumerate(cuts)
    ]


def _calibration(probability: Floats, ideal: Bools, weight: Floats) -> list[dict[str, Any]]:
    """Bins of equal numbers, lowest chances first; equal chances stay in one bin."""
    n = len(probability)
    if not n:
        return []
    bins = max(1, min(_BINS, n // _MIN_PER_BIN))
    place = np.minimum(((pd.Series(probability).rank().to_numpy() - 0.5) / n * bins).astype(int), bins - 1)
    rows: list[dict[str, Any]] = []
    for bin_ in np.unique(place):
        inside = place == bin_
        rows.append(
            {
                "curve": "calibration",
                "position": len(rows) + 1,
                "x": float(np.average(probability[inside], weights=weight[inside])),
                "y": float(np.average(ideal[inside], weights=weight[inside])),
                "n": int(inside.sum()),
            }
        )
    return rows
