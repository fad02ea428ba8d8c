"""Accounts and their known levels, as sparse 0/1 matrices. Unknown has no column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from icp_pipeline.learning.contract import Bools, Floats, Ints

_UNDATED = -1e9


@dataclass(frozen=True)
class Facts:
    """Known levels of some accounts: rows x levels, 1 where the row has the level."""

    has_level: sparse.csr_matrix
    attribute_of: Ints

    def __len__(self) -> int:
        return int(self.has_level.shape[0])

    @cached_property
    def known(self) -> sparse.csr_matrix:
        """Rows x attributes: 1 where any level is known."""
        return attribute_known(self.has_level, self.attribute_of)

    def has_segment(self, segments: Segments) -> sparse.csr_matrix:
        """Rows x segments."""
        return _flags(self.has_level @ segments.covers)

    def where(self, keep: Bools) -> Facts:
        """Only the chosen rows."""
        return Facts(self.has_level[keep], self.attribute_of)


@dataclass(frozen=True)
class Traits:
    """All accounts x levels, in sorted order. The last row is empty: an account of which nothing is known."""

    accounts: pd.Index
    levels: pd.MultiIndex  # (attribute, level)
    has_level: sparse.csr_matrix
    # the day, since 1970, on which a level became known; no entry for undated values, which never count as late
    known_day: sparse.csr_matrix

    @cached_property
    def attribute_of(self) -> Ints:
        """For each level, the position of its attribute."""
        attributes = self.levels.get_level_values(0)
        return pd.Index(attributes.unique()).get_indexer(attributes).astype(np.int64)

    def facts(self, account_ids: pd.Series, at: pd.Series | None = None) -> Facts:
        """What is known about accounts today, or was known about each by its own date."""
        rows = self.accounts.get_indexer(pd.Index(account_ids)).astype(np.int64)
        has_level = self.has_level[rows]
        if at is not None and self.known_day.nnz:
            days = self.known_day[rows].tocoo()
            late = days.data > _days(at)[days.row]
            gone = sparse.csr_matrix((np.ones(late.sum()), (days.row[late], days.col[late])), shape=has_level.shape)
            has_level = has_level - gone
            has_level.eliminate_zeros()
        return Facts(has_level, self.attribute_of)


@dataclass(frozen=True)
class Segments:
    """Sets of levels of one attribute, in sorted order."""

    names: pd.MultiIndex  # (attribute, segment)
    is_complement: Floats
    covers: sparse.csr_matrix  # levels x segments
    attribute_of: Ints

    def where(self, keep: Bools) -> Segments:
        """Only the chosen ones, in the same order."""
        return Segments(self.names[keep], self.is_complement[keep], self.covers[:, keep], self.attribute_of[keep])


def read_traits(attributes: pd.DataFrame) -> Traits:
    """Build the matrix from rows of (account_id, attribute, level) and, where there is one, known_at.

    Doubles and row order do not matter; of several dates the earliest counts, and an undated row beats them all. Texts
    may be categories: of rows nothing but numbers is held here.
    """
    row, accounts = _numbered(attributes["account_id"])
    attribute, attributes_found = _numbered(attributes["attribute"])
    level, levels_found = _numbered(attributes["level"])
    # Numbers are in the order of the texts, so that those of pairs are too.
    pair = attribute.astype(np.int64) * max(1, len(levels_found)) + level
    is_whole = (row >= 0) & (attribute >= 0) & (level >= 0)
    pairs = np.unique(pair[is_whole])
    key = row[is_whole].astype(np.int64) * max(1, len(pairs)) + np.searchsorted(pairs, pair[is_whole])
    del row, attribute, level, pair
    day = _days(attributes["known_at"])[is_whole] if "known_at" in attributes else np.full(len(key), _UNDATED)
    key, day = _earliest(key, day)
    row, column = np.divmod(key, max(1, len(pairs)))
    seen = np.unique(row)
    row, accounts = np.searchsorted(seen, row), accounts[seen]
    levels = pd.MultiIndex.from_arrays(
        [
            attributes_found[pairs // max(1, len(levels_found))],
            levels_found[pairs % max(1, len(levels_found))],
        ],
        names=["attribute", "level"],
    )
    dated, shape = day > _UNDATED, (len(accounts) + 1, len(levels))
    has_level = sparse.csr_matrix((np.ones(len(key)), (row, column)), shape=shape)
    known_day = sparse.csr_matrix((day[dated], (row[dated], column[dated])), shape=shape)
    return Traits(pd.Index(accounts), levels, has_level, known_day)


def _numbered(texts: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """Each row's place among the distinct texts in their order, -1 where it has none; and these texts."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        codes, found = texts.cat.codes.to_numpy(), texts.cat.categories
    else:
        codes, found = pd.factorize(texts)
    known = pd.Index(np.asarray(found, dtype=object)).astype("str")
    order = np.argsort(known.to_numpy(dtype=object), kind="stable")
    places = np.empty(len(order) + 1, dtype=np.intp)
    places[order], places[-1] = np.arange(len(order)), -1
    return places[codes], known[order]


def _earliest(key: Ints, day: Floats) -> tuple[Ints, Floats]:
    """Each key once, in order, with its earliest day."""
    if not (day > _UNDATED).any():
        key = np.unique(key)
        return key, np.full(len(key), _UNDATED)
    order = np.lexsort((day, key))
    key, day = key[order], day[order]
    is_first = np.diff(key, prepend=-1) > 0
    return key[is_first], day[is_first]


def _days(dates: pd.Series) -> Floats:
    """Days since 1970; the earliest thinkable for no date."""
    stamps = pd.to_datetime(dates).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(stamps), _UNDATED, stamps.astype(np.float64))


def attribute_known(has_level: sparse.csr_matrix, attribute_of: Ints) -> sparse.csr_matrix:
    """Rows x attributes, 1 where the row has at least one of the attribute's levels."""
    shape = (len(attribute_of), int(attribute_of.max(initial=-1)) + 1)
    groups = sparse.csr_matrix((np.ones(len(attribute_of)), (np.arange(len(attribute_of)), attribute_of)), shape=shape)
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
    attributes = pd.Index(traits.levels.get_level_values(0).unique())
    attribute_of = attributes.get_indexer(names.get_level_values(0)).astype(np.int64)
    return Segments(names, complement, covers, attribute_of)


def column_sums(matrix: sparse.csr_matrix) -> Floats:
    """How many rows have each column."""
    return np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel()


def _flags(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Counts to 0/1."""
    result = matrix.tocsr()
    result.data[:] = 1.0
    return result
