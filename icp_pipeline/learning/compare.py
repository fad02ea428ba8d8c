"""What simpler and stronger models reach on the same time split, for comparison."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from icp_pipeline.learning.backtest import Split, auc
from icp_pipeline.learning.calibration import sigmoid
from icp_pipeline.learning.contract import COMPARISON, Floats, frame

_SIZE_ATTRIBUTE = "employees"
# Boosting takes dense columns; beyond this many only the most frequent levels.
_MAX_DENSE_LEVELS = 255

Model = Callable[[pd.MultiIndex, Split], Floats]


def compare_models(levels: pd.MultiIndex, split: Split, *, with_strong_models: bool = True) -> pd.DataFrame:
    """AUC and Brier of the method, the base rate, size alone and, where wanted, logistic regression and boosting."""
    models: dict[str, Model] = {
        "icp": lambda _, split: sigmoid(split.fit.fit_points(split.after.observations.facts)),
        "base_rate": lambda _, split: np.full(len(split.after.ideal), _base_rate(split)),
        "size_only": _size_only,
    }
    if with_strong_models:
        models |= {"logistic_regression": _logistic_regression, "gradient_boosting": _gradient_boosting}
    ideal, clusters = split.after.ideal, split.after.observations.clusters
    rows = []
    for name, model in models.items():
        probability = model(levels, split)
        area, error = auc(probability, ideal, clusters)
        brier = float(np.average((probability - ideal) ** 2, weights=clusters.weight))
        rows.append({"model": name, "auc": area, "auc_se": error, "brier": brier})
    return frame(rows, COMPARISON)


def _base_rate(split: Split) -> float:
    return float(np.average(split.before.ideal, weights=split.before.observations.weight))


def _size_only(levels: pd.MultiIndex, split: Split) -> Floats:
    """Rate of the account's size band before the split, shrunk to the base rate by ten pseudo-accounts."""
    is_size = levels.get_level_values(0) == _SIZE_ATTRIBUTE
    seen, base = split.before.observations, _base_rate(split)
    before, after = (part.observations.facts.has_level[:, is_size] for part in (split.before, split.after))
    rate = (before.T @ (split.before.ideal * seen.weight) + 10 * base) / (seen.clusters.weights(before) + 10)
    return np.asarray(base + after @ (rate - base), dtype=np.float64)


def _logistic_regression(levels: pd.MultiIndex, split: Split) -> Floats:
    from sklearn.linear_model import LogisticRegressionCV  # importing scikit-learn costs a second

    model = LogisticRegressionCV(
        Cs=6, cv=5, scoring="neg_log_loss", max_iter=500, l1_ratios=(0,), use_legacy_attributes=False
    )
    return _fitted(model, split, np.arange(len(levels)), dense=False)


def _gradient_boosting(levels: pd.MultiIndex, split: Split) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier

    counts = np.asarray(split.before.observations.facts.has_level.sum(axis=0)).ravel()
    frequent = np.sort(np.lexsort((np.arange(len(counts)), -counts))[:_MAX_DENSE_LEVELS])
    model = HistGradientBoostingClassifier(random_state=0, max_iter=100, learning_rate=0.05, early_stopping=False)
    return _fitted(model, split, frequent, dense=True)


def _fitted(model: object, split: Split, columns: np.ndarray, *, dense: bool) -> Floats:
    """Fit before, predict after; the base rate if the earlier part is too one-sided to fit."""
    ideal, seen = split.before.ideal, split.before.observations
    if min(seen.where(ideal).n, seen.where(~ideal).n) < 10:
        return np.full(len(split.after.ideal), _base_rate(split))
    before, after = (part.observations.facts.has_level[:, columns] for part in (split.before, split.after))
    if dense:
        before, after = before.toarray(), after.toarray()
    # one thread: on a busy machine OpenMP's threads wait for each other, and minutes go by for seconds of work
    with threadpool_limits(limits=1):
        model.fit(before, ideal, sample_weight=seen.weight if seen.clusters.has_groups else None)  # type: ignore[attr-defined]
        return np.asarray(model.predict_proba(after)[:, 1], dtype=np.float64)  # type: ignore[attr-defined]
