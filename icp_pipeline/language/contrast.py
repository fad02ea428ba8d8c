"""Which phrases one group of accounts uses more than another: log-odds with a prior, and the level of chance.

The unit is an account that used a phrase or did not; how often it used it does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

# Weight of the prior, in accounts: a phrase starts at the share of both sides together.
PRIOR_ACCOUNTS = 10.0
SHUFFLES = 1_999
SEED = 17
MIN_ACCOUNTS = 5
MIN_SIDE = 30
# Industries with fewer accounts in a source share a stratum: alone, few would have accounts on both sides.
_SMALL_INDUSTRY = 20
_AT_ONCE = 250
_THREADS = 2
_Z_95 = 1.959963984540054

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Sides:
    """The accounts of both sides that have text in a source, one row each, ordered by id.

    `presence` says which phrase (column) an account (row) used, as 0 and 1; `parents` are clusters of accounts that
    count as one buyer.
    """

    source: str
    presence: sparse.csr_matrix
    phrases: Sequence[str]
    is_a: Flags
    strata: Ints
    parents: Sequence[str]

    @property
    def is_enough(self) -> bool:
        """Whether both sides have enough accounts to compare."""
        return min(int(self.is_a.sum()), int((~self.is_a).sum())) >= MIN_SIDE

    @cached_property
    def alike(self) -> list[Ints]:
        """Parents of the same strata together, each with the rows of its accounts."""
        members: dict[str, list[int]] = defaultdict(list)
        for row in np.lexsort((np.arange(len(self.strata)), self.strata)):
            members[self.parents[row]].append(int(row))
        alike: dict[tuple[int, ...], list[list[int]]] = defaultdict(list)
        for parent in sorted(members):
            alike[tuple(int(self.strata[row]) for row in members[parent])].append(members[parent])
        return [np.array(alike[key]) for key in sorted(alike)]


def strata_of(industries: Sequence[str | None], words: npt.ArrayLike) -> Ints:
    """The stratum of each account: its industry, and its tercile by amount of text."""
    volume = np.asarray(words, dtype=np.float64)
    ranks = np.argsort(np.argsort(volume, kind="stable"), kind="stable")
    # Accounts with the same number of words are in the same tercile, whatever their ids.
    first_of_equal = pd.Series(ranks).groupby(volume).transform("min").to_numpy()
    thirds = (3 * first_of_equal) // max(len(volume), 1)
    names = pd.Series([name or "" for name in industries], dtype=object)
    is_small = names.map(names.value_counts()) < _SMALL_INDUSTRY
    codes = pd.factorize(names.mask(is_small, ""), sort=True)[0]
    return (codes * 3 + thirds).astype(np.int64)


def compare(sources: Sequence[Sides], seed: Sequence[int] = (SEED,), shuffles: int = SHUFFLES) -> pd.DataFrame:
    """All phrases of one comparison, over all its sources: one row each, most distinctive first.

    `log_odds` is how much more side a uses the phrase, with its 95 % interval; `z` is in standard errors, and
    `p_family` the chance that any phrase of the comparison has so large a |z| if the sides were drawn at random: the
    share of shuffles, the observed one included. Sources with too few accounts on a side are left out.
    """
    (found,) = compare_each([(sources, seed)], shuffles)
    return found


def compare_each(
    comparisons: Iterable[tuple[Sequence[Sides], Sequence[int]]], shuffles: int = SHUFFLES
) -> list[pd.DataFrame]:
    """`compare` for sources and seed of each comparison; all share the processors while the next is prepared."""
    # What takes longest, numpy does without holding Python.
    workers = ThreadPoolExecutor(_THREADS)
    try:
        begun = [
            [
                workers.submit(_of_source, side, (*seed, number), shuffles)
                for number, side in enumerate(side for side in sources if side.is_enough)
            ]
            for sources, seed in comparisons
        ]
        return [_together([source.result() for source in sources], shuffles) for sources in begun]
    finally:
        workers.shutdown(cancel_futures=True)


def _together(found: Sequence[tuple[pd.DataFrame, Floats]], shuffles: int) -> pd.DataFrame:
    """The rows of all sources of a comparison, with the chance of each in the whole of it."""
    parts = [rows for rows, _ in found if len(rows)]
    if not parts:
        return pd.DataFrame(columns=[*_COLUMNS])
    rows, highest = pd.concat(parts, ignore_index=True), np.max([highest for _, highest in found], axis=0)
    size = rows["z"].abs().to_numpy()
    beaten = shuffles - np.searchsorted(np.sort(highest), size - 1e-9, side="left")
    rows["p_family"] = np.where(np.isnan(size), np.nan, (1 + beaten) / (1 + shuffles))
    order = rows.assign(size=-size).sort_values(["size", "source", "phrase"], kind="stable").index
    return rows.loc[order, [*_COLUMNS]].reset_index(drop=True)


def _of_source(sides: Sides, seed: Sequence[int], shuffles: int) -> tuple[pd.DataFrame, Floats]:
    """The phrases of one source, and the largest |z| of any of them in each shuffle."""
    used = np.asarray(sides.presence.sum(axis=0)).ravel() >= MIN_ACCOUNTS
    presence = sparse.csr_matrix(sides.presence[:, used], dtype=np.float32)
    highest = np.zeros(shuffles)
    if presence.shape[1] == 0:
        return pd.DataFrame(), highest
    strata = _Strata(presence, sides)
    a = np.asarray(presence[sides.is_a].sum(axis=0)).ravel().astype(np.int64)
    total = np.asarray(presence.sum(axis=0)).ravel().astype(np.int64)
    weighted, weight = strata.effects(sides.is_a[:, None].astype(np.float32))
    known = weight[:, 0] > 0
    log_odds = np.divide(weighted[:, 0], weight[:, 0], out=np.full(len(known), np.nan), where=known)
    error = np.divide(1.0, np.sqrt(weight[:, 0]), out=np.full(len(known), np.nan), where=known)
    rows = pd.DataFrame(
        {
            "source": sides.source,
            "phrase": [phrase for phrase, is_used in zip(sides.phrases, used, strict=True) if is_used],
            "accounts_a": a,
            "accounts_b": total - a,
            "n_a": int(sides.is_a.sum()),
            "n_b": int((~sides.is_a).sum()),
            "log_odds": log_odds,
            "ci_low": log_odds - _Z_95 * error,
            "ci_high": log_odds + _Z_95 * error,
            "z": log_odds / error,
        }
    )
    rng = np.random.default_rng(seed)
    for start in range(0, shuffles, _AT_ONCE):
        count = min(_AT_ONCE, shuffles - start)
        highest[start : start + count] = strata.highest(shuffled(sides, count, rng))
    return rows, highest


_COLUMNS = (
    "source",
    "phrase",
    "accounts_a",
    "accounts_b",
    "n_a",
    "n_b",
    "log_odds",
    "ci_low",
    "ci_high",
    "z",
    "p_family",
)


def shuffled(sides: Sides, count: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Sides reassigned at random `count` times (accounts x draws): parents swap sides with parents of the same strata.

    A parent moves as a whole, so that what its accounts have in common stays together. A parent unlike any other
    keeps its side.
    """
    labels = np.empty((len(sides.strata), count), dtype=np.float32)
    for rows in sides.alike:
        order = rng.permuted(np.tile(np.arange(len(rows)), (count, 1)), axis=1)
        drawn = sides.is_a[rows][order]
        labels[rows.ravel()] = drawn.reshape(count, -1).T
    return labels


class _Strata:
    """Each stratum's result for each phrase, by how many of side a used it: a lookup, because few values are possible.

    In a stratum with n_a and n_b accounts, of which y_a and y_b used a phrase, the prior of the phrase is
    `PRIOR_ACCOUNTS` times the share (y_a + y_b) / (n_a + n_b). With alpha of it for use and beta for the rest, the
    log-odds are log((y_a + alpha) / (n_a - y_a + beta)) - log((y_b + alpha) / (n_b - y_b + beta)), their variance the
    sum of the four inverses (Monroe, Colaresi and Quinn 2008, before the approximation: there are too few accounts
    without a phrase for their terms to vanish). A stratum with one side only, or in which all or none used the phrase,
    adds nothing.
    """

    def __init__(self, presence: sparse.csr_matrix, sides: Sides) -> None:
        self._size = presence.shape[1]
        self._parts = []
        for stratum in np.unique(sides.strata):
            rows = np.flatnonzero(sides.strata == stratum)
            n, n_a = len(rows), int(sides.is_a[rows].sum())
            inside = presence[rows]
            total = np.asarray(inside.sum(axis=0)).ravel().astype(np.int64)
            phrases = np.flatnonzero((total > 0) & (total < n))
            if 0 < n_a < n and len(phrases):
                used = sparse.csr_matrix(inside[:, phrases].T)
                self._parts.append((rows, phrases, used, *_looked_up(total[phrases], n_a, n - n_a)))

    def effects(self, labels: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
        """Sums over strata (phrases x draws): of log-odds over their variance, and of one over the variance."""
        weighted = np.zeros((self._size, labels.shape[1]))
        weight = np.zeros_like(weighted)
        for rows, phrases, used, starts, effects, weights in self._parts:
            of_a = np.rint(used @ labels[rows]).astype(np.int64) + starts[:, None]
            weighted[phrases] += effects[of_a]
            weight[phrases] += weights[of_a]
        return weighted, weight

    def highest(self, labels: npt.NDArray[np.float32]) -> Floats:
        """The largest |z| of any phrase in each draw."""
        weighted, weight = self.effects(labels)
        return np.abs(np.divide(weighted, np.sqrt(weight), out=np.zeros_like(weight), where=weight > 0)).max(axis=0)


def _looked_up(totals: Ints, n_a: int, n_b: int) -> tuple[Ints, Floats, Floats]:
    """Where each phrase's table starts, by number of accounts of side a: log-odds over variance, one over variance."""
    starts, effects, weights, begin = {}, [], [], 0
    for total in np.unique(totals):
        y_a = np.arange(0, total + 1, dtype=np.float64)
        y_b = total - y_a
        alpha = PRIOR_ACCOUNTS * total / (n_a + n_b)
        beta = PRIOR_ACCOUNTS - alpha
        # Impossible values, such as more users than accounts, are never looked up.
        rest_a, rest_b = np.maximum(n_a - y_a, 0), np.maximum(n_b - y_b, 0)
        log_odds = np.log((y_a + alpha) / (rest_a + beta)) - np.log((y_b + alpha) / (rest_b + beta))
        inverse = 1 / (1 / (y_a + alpha) + 1 / (rest_a + beta) + 1 / (y_b + alpha) + 1 / (rest_b + beta))
        starts[int(total)] = begin
        begin += len(y_a)
        effects.append(log_odds * inverse)
        weights.append(inverse)
    return np.array([starts[int(total)] for total in totals]), np.concatenate(effects), np.concatenate(weights)
