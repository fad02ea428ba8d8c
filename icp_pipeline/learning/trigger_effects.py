"""Points of recent triggers: a prior from their declared strength, updated by won and lost deals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.contract import PLACES, TRIGGER_EFFECTS, Floats, LearnSettings, frame

_PRIOR_SD = 0.4
DEFAULT_POINTS = {"strong": 0.8, "medium": 0.4, "weak": 0.1}
# A fresh strong trigger is worth a little more than any one soft criterion.
_FLOOR_MARGIN = 1.05


def trigger_effects(
    deals: pd.DataFrame,
    residual: Floats,
    events: pd.DataFrame,
    strengths: pd.DataFrame,
    largest_gap: float,
    settings: LearnSettings,
    clusters: Clusters | None = None,
) -> pd.DataFrame:
    """Points per trigger, and per strength (`*strong` ...) for triggers without deals so far.

    `deals` are rows of (account_id, observed_at) with what fit leaves unexplained of their outcome in `residual`, and
    `clusters` says which of them are one observation.
    """
    priors = _priors(strengths)
    floor = round(_FLOOR_MARGIN * largest_gap, PLACES)
    rows = [
        {
            "trigger": "*" + strength,
            "points": priors["*" + strength],
            "floor_points": floor if strength == "strong" else 0.0,
        }
        for strength in DEFAULT_POINTS
    ]
    declared = _declared_strength(events)
    recency = deal_recency(deals, events, settings)
    for trigger in sorted({*declared, *(name for name in priors if not name.startswith("*"))}):
        prior = priors.get(trigger, priors["*" + declared.get(trigger, "medium")])
        mean, sd = _posterior(prior, recency.get(trigger), residual, clusters or Clusters.apart(len(residual)))
        # The floor is a policy, not a licence: it ends where deals say that the trigger is not even a medium one.
        refuted = mean + settings.interval_z * sd < priors["*medium"]
        rows.append(
            {"trigger": trigger, "points": round(max(mean, 0.0), PLACES), "floor_points": 0.0 if refuted else floor}
        )
    return frame(rows, TRIGGER_EFFECTS)


def deal_recency(deals: pd.DataFrame, events: pd.DataFrame, settings: LearnSettings) -> dict[str, Floats]:
    """Per trigger, one value per deal: 1 while it was fresh at the deal's date, then halving; 0 without it."""
    if not len(deals) or not len(events):
        return {}
    left = pd.DataFrame(
        {
            "account_id": deals["account_id"].to_numpy(),
            "deal": np.arange(len(deals)),
            "observed_at": pd.to_datetime(deals["observed_at"]).to_numpy(),
        }
    )
    pairs = left.merge(events[["account_id", "trigger", "happened_at"]], on="account_id")
    age = (pairs["observed_at"].dt.normalize() - pd.to_datetime(pairs["happened_at"]).dt.normalize()).dt.days
    pairs = pairs.assign(value=decay(age.to_numpy(dtype=float), settings))
    pairs = pairs[(age >= 0) & (age <= settings.trigger_window_days)]
    result: dict[str, Floats] = {}
    for trigger, rows in pairs.groupby("trigger"):
        values = np.zeros(len(deals))
        np.maximum.at(values, rows["deal"].to_numpy(), rows["value"].to_numpy())
        result[str(trigger)] = values
    return result


def decay(age_days: Floats, settings: LearnSettings) -> Floats:
    """1 through the fresh period, then half for every half-life."""
    stale = np.maximum(age_days - settings.trigger_fresh_days, 0)
    return np.asarray(0.5 ** (stale / settings.trigger_half_life_days), dtype=np.float64)


def stacked(points: Floats) -> Floats:
    """Several triggers of one account (columns): the strongest in full, the next half, then a quarter ..."""
    ordered = -np.sort(-points, axis=1)
    return np.asarray(ordered @ (0.5 ** np.arange(points.shape[1])), dtype=np.float64)


def _priors(strengths: pd.DataFrame) -> dict[str, float]:
    """Declared points by trigger and by `*strength`."""
    priors = {"*" + strength: points for strength, points in DEFAULT_POINTS.items()}
    columns = (strengths[name] for name in ("trigger", "strength", "points"))
    for trigger, strength, points in zip(*columns, strict=True):
        known = DEFAULT_POINTS.get(str(strength), DEFAULT_POINTS["medium"])
        priors[str(trigger)] = known if points is None or np.isnan(points) else float(points)
    return priors


def _declared_strength(events: pd.DataFrame) -> dict[str, str]:
    """Each trigger's most frequent strength; ties go to the alphabetically first."""
    if not len(events):
        return {}
    counts = events.assign(strength=events["strength"].fillna("medium")).groupby(["trigger", "strength"]).size()
    ordered = counts.reset_index(name="n").sort_values(["trigger", "n", "strength"], ascending=[True, False, True])
    first = ordered.drop_duplicates("trigger")
    return {
        str(trigger): str(strength) if strength in DEFAULT_POINTS else "medium"
        for trigger, strength in zip(first["trigger"], first["strength"], strict=True)
    }


def _posterior(prior: float, recency: Floats | None, residual: Floats, clusters: Clusters) -> tuple[float, float]:
    """Normal prior, least-squares slope: posterior mean and standard deviation of the trigger's effect."""
    if recency is None or clusters.n < 3:
        return prior, _PRIOR_SD
    weight = clusters.weight
    centred = recency - np.average(recency, weights=weight)
    weighted, away = weight * centred, residual - np.average(residual, weights=weight)
    squares, noise = float(weighted @ centred), float((weight * away**2).sum() / (clusters.n - 1))
    if squares <= 1e-9 or noise <= 0:
        return prior, _PRIOR_SD
    precision, prior_precision = squares / noise, 1 / _PRIOR_SD**2
    slope = float(weighted @ residual) / squares
    return (prior * prior_precision + slope * precision) / (prior_precision + precision), float(
        (prior_precision + precision) ** -0.5
    )
