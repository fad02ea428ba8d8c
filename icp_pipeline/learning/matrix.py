"""Accounts and what is known of them, as sparse 0/1 matrices. Unknown is no column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from icp_pipeline.learning.frames import Floats, Ints


@dataclass(frozen=True)
class Traits:
    """Accounts x levels. The last row is empty and stands for any account of which nothing is known."""

    accounts: pd.Index
    levels: pd.MultiIndex  # (attribute, level), sorted
    has_level: sparse.csr_matrix

    @cached_property
    def attributes(self) -> pd.Index:
        return pd.Index(self.levels.get_level_values(0).unique())

    @cached_property
    def attribute_of(self) -> Ints:
        """For each level, the position of its attribute."""
        return self.attributes.get_indexer(self.levels.get_level_values(0)).astype(np.int64)

    @cached_property
    def known(self) -> sparse.csr_matrix:
        """Accounts x attributes: 1 where any level is known."""
        return attribute_known(self.has_level, self.attribute_of, len(self.attributes))

    def rows(self, account_ids: pd.Series) -> Ints:
        """Row numbers of accounts; unknown accounts get the empty last row."""
        return self.accounts.get_indexer(pd.Index(account_ids)).astype(np.int64)


@dataclass(frozen=True)
class Segments:
    """Accounts x segments, where a segment is a set of levels of one attribute."""

    names: pd.MultiIndex  # (attribute, segment), sorted
    is_complement: Floats
    covers: sparse.csr_matrix  # levels x segments
    has_segment: sparse.csr_matrix
    attribute_of: Ints


def read_traits(attributes: pd.DataFrame) -> Traits:
    """Build the matrix from rows of (account_id, attribute, level); doubles and row order do not matter."""
    rows = attributes[["account_id", "attribute", "level"]].dropna().drop_duplicates()
    accounts = pd.Index(np.sort(rows["account_id"].unique()))
    pairs = pd.MultiIndex.from_frame(rows[["attribute", "level"]])
    levels = pairs.unique().sort_values()
    at = (accounts.get_indexer(pd.Index(rows["account_id"])), levels.get_indexer(pairs))
    shape = (len(accounts) + 1, len(levels))
    return Traits(accounts, levels, sparse.csr_matrix((np.ones(len(rows)), at), shape=shape))


def attribute_known(has_level: sparse.csr_matrix, attribute_of: Ints, count: int) -> sparse.csr_matrix:
    """Rows x attributes, 1 where the row has at least one of the attribute's levels."""
    groups = sparse.csr_matrix(
        (np.ones(len(attribute_of)), (np.arange(len(attribute_of)), attribute_of)), shape=(len(attribute_of), count)
    )
    return _flags(has_level @ groups)


def read_segments(traits: Traits, definitions: pd.DataFrame) -> Segments:
    """Segments from rows of (attribute, segment, level, is_complement); levels that nobody has are left out."""
    rows = definitions.drop_duplicates(["attribute", "segment", "level"])
    level_at = traits.levels.get_indexer(pd.MultiIndex.from_frame(rows[["attribute", "level"]]))
    rows, level_at = rows[level_at >= 0], level_at[level_at >= 0]
    pairs = pd.MultiIndex.from_frame(rows[["attribute", "segment"]])
    names = pairs.unique().sort_values()
    segment_at = names.get_indexer(pairs)
    covers = sparse.csr_matrix((np.ones(len(rows)), (level_at, segment_at)), shape=(len(traits.levels), len(names)))
    complement = np.zeros(len(names))
    np.maximum.at(complement, segment_at, rows["is_complement"].fillna(False).to_numpy(dtype=float))
    attribute_of = traits.attributes.get_indexer(names.get_level_values(0)).astype(np.int64)
    return Segments(names, complement, covers, _flags(traits.has_level @ covers), attribute_of)


def column_sums(matrix: sparse.csr_matrix) -> Floats:
    """How many rows have each column."""
    return np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel()


def _flags(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Counts to 0/1."""
    result = matrix.tocsr()
    result.data[:] = 1.0
    return result
