"""The competition, on the same customers and levels: two models of scikit-learn and the prototype's rule."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from bench.method.prototype import prototype_evidence
from bench.method.world import Flags, Floats, World
from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.matrix import Facts, Traits, read_traits
from icp_pipeline.learning.observed import read_observations

# Boosting takes dense columns; beyond this many only the most frequent levels.
_MAX_DENSE_LEVELS = 255


def rival_scores(world: World) -> dict[str, Floats]:
    """Scores of the prospects: probabilities to be among the best from the models, log-odds from the prototype."""
    traits = read_traits(world.tables["attributes"])
    customers = read_observations(world.tables["observations"], "quality", traits)
    prospects = prospects_of(world, traits)
    known, best = customers.facts.has_level, customers.success
    points = prototype_evidence(customers, LearnSettings.from_row(world.settings))
    return {
        "logistic": _logistic(known, best, prospects),
        "boosting": _boosting(known, best, prospects),
        "prototype": prospects.has_level @ points,
    }


def prospects_of(world: World, traits: Traits) -> Facts:
    """The prospects' levels, in the order of the truth."""
    return traits.facts(world.truth.prospects.index.to_series())


def _logistic(known, best: Flags, prospects: Facts) -> Floats:  # type: ignore[no-untyped-def]
    from sklearn.linear_model import LogisticRegressionCV

    model = LogisticRegressionCV(
        Cs=6, cv=5, scoring="neg_log_loss", max_iter=500, l1_ratios=(0,), use_legacy_attributes=False
    )
    return _fitted(model, known, best, prospects.has_level)


def _boosting(known, best: Flags, prospects: Facts) -> Floats:  # type: ignore[no-untyped-def]
    from sklearn.ensemble import HistGradientBoostingClassifier

    counts = np.asarray(known.sum(axis=0)).ravel()
    frequent = np.sort(np.lexsort((np.arange(len(counts)), -counts))[:_MAX_DENSE_LEVELS])
    model = HistGradientBoostingClassifier(random_state=0, max_iter=100, learning_rate=0.05, early_stopping=False)
    return _fitted(model, known[:, frequent].toarray(), best, prospects.has_level[:, frequent].toarray())


def _fitted(model, known, best: Flags, prospects) -> Floats:  # type: ignore[no-untyped-def]
    if min(best.sum(), (~best).sum()) < 10:
        return np.full(prospects.shape[0], best.mean() if len(best) else 0.5)
    with threadpool_limits(limits=1):
        return np.asarray(model.fit(known, best).predict_proba(prospects)[:, 1], dtype=np.float64)
