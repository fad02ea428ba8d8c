"""What a score leaves unexplained of an outcome, in log-odds.

A rank's y is in log-odds as it is. Of two results, won or lost, y = (won - p) / (p (1 - p)) is only the first step
towards them: right for small effects, and several times too much for a level that decides nearly everything. Scaled
down with that level, all others would mean too little. So results are compared with the chance that the score gives
them. AUC of the later part, by y and so (bench.method.public): loanapp .943 -> .955, Default .932 -> .941, wa_churn
.846 -> .852, credit_data .826 -> .831; of the ten others none differs by more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import brentq

from icp_pipeline.learning.calibration import logit, sigmoid
from icp_pipeline.learning.contract import Floats
from icp_pipeline.learning.observed import Observations

# Added to the numbers of either result, seen and expected, so that the odds of a few are finite.
_HALF = 0.5


@dataclass(frozen=True)
class Misfit:
    """An outcome beside what a score expects of it, at the same mean; ranks in log-odds, or results as 0 and 1.

    `slope` is how much of the outcome one unit of the score is: 1 of ranks, p (1 - p) of chances.
    """

    seen: Floats
    expected: Floats
    slope: Floats
    weight: Floats
    has_chances: bool

    @property
    def by_row(self) -> Floats:
        """What is left of each row, in log-odds on average."""
        return np.asarray((self.seen - self.expected) / np.average(self.slope, weights=self.weight), dtype=np.float64)

    def reach(self, change: Floats) -> float:
        """How many times a change of the score explains most."""
        weighted = self.weight * change
        return float(weighted @ (self.seen - self.expected)) / max(float((weighted * self.slope) @ change), 1e-12)

    def of_groups(self, groups: sparse.csr_matrix) -> tuple[Floats, Floats]:
        """What is left of each group in log-odds, and the variance of one row's part in it; `groups` x rows."""
        columns = np.column_stack([np.ones(len(self.seen)), self.seen, self.expected, self.slope])
        n, seen, expected, slope = (groups @ (self.weight[:, None] * columns)).T
        rows = np.where(n > 0, n, 1.0)
        if not self.has_chances:
            left = self.seen - self.expected
            noise = float((self.weight * left) @ left) / (self.weight.sum() - 1)
            return (seen - expected) / rows, np.full(len(n), max(noise, 1e-12))
        odds = np.log((seen + _HALF) / (n - seen + _HALF)) - np.log((expected + _HALF) / (n - expected + _HALF))
        # Where chances differ within a group, its odds move less than theirs do.
        alike = 1 / (1 / (expected + _HALF) + 1 / (n - expected + _HALF))
        known = np.minimum(slope + _HALF**2, alike)
        return odds * alike / known, rows / known


def misfit(observations: Observations, score: Floats) -> Misfit:
    """What a score in log-odds leaves of each observation; it may be off by a constant."""
    weight = observations.weight
    if not observations.has_two_results:
        expected = score + np.average(observations.y - score, weights=weight)
        return Misfit(observations.y, expected, np.ones(len(score)), weight, has_chances=False)
    seen = observations.success.astype(np.float64)
    share = float(np.average(seen, weights=weight))
    lowest, highest = logit(share) - score.max() - 1, logit(share) - score.min() + 1
    start = brentq(lambda start: np.average(sigmoid(start + score), weights=weight) - share, lowest, highest)
    chance = sigmoid(start + score)
    return Misfit(seen, chance, chance * (1 - chance), weight, has_chances=True)
