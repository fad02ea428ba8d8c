"""Which rows are one observation: accounts of one parent made one decision, so together they weigh 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from icp_pipeline.learning.contract import Floats, Ints


@dataclass(frozen=True)
class Clusters:
    """Rows by cluster, each weighing 1 / (rows of its cluster)."""

    cluster: Ints
    weight: Floats

    @classmethod
    def of(cls, cluster: Ints) -> Clusters:
        """Rows whose clusters have these numbers, in any order and with gaps."""
        _, place, rows = np.unique(cluster, return_inverse=True, return_counts=True)
        return cls(place.astype(np.int64), 1 / rows[place])

    @classmethod
    def apart(cls, rows: int) -> Clusters:
        """Every row is an observation by itself."""
        return cls.of(np.arange(rows, dtype=np.int64))

    @property
    def n(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max(initial=-1)) + 1

    @property
    def has_groups(self) -> bool:
        """Whether any cluster has several rows."""
        return self.n < len(self.cluster)

    @cached_property
    def _by_cluster(self) -> sparse.csr_matrix:
        """Clusters x rows: the weight of each row."""
        shape = (self.n, len(self.cluster))
        return sparse.csr_matrix((self.weight, (self.cluster, np.arange(len(self.cluster)))), shape=shape)

    def weights(self, columns: sparse.csr_matrix) -> Floats:
        """The weight of each column of a 0/1 matrix with these rows."""
        return np.asarray(columns.T @ self.weight, dtype=np.float64)

    def counts(self, columns: sparse.csr_matrix) -> Floats:
        """How many clusters have a row in each column."""
        return np.asarray((self._by_cluster @ columns > 0).sum(axis=0), dtype=np.float64).ravel()

    def means(self, values: Floats) -> Floats:
        """One value per cluster, the mean of its rows."""
        return np.asarray(np.bincount(self.cluster, weights=self.weight * values, minlength=self.n), dtype=np.float64)

    def effective(self, columns: sparse.csr_matrix) -> Floats:
        """Effective number of observations per column: (sum w)^2 / sum over clusters of w^2."""
        weights = self.weights(columns)
        if not self.has_groups:
            return weights
        squares = np.asarray((self._by_cluster @ columns).power(2).sum(axis=0), dtype=np.float64).ravel()
        return np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0)
