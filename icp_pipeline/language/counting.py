"""Phrases -> rows that may leave: phrases by comparison and by segment, and reasons of lost deals, as counts.

Every row is about at least `MIN_ACCOUNTS` accounts, or is a number without words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from icp_pipeline.language.contrast import MIN_SIDE, Sides, compare_each, strata_of
from icp_pipeline.language.corpus import MIN_ACCOUNTS
from icp_pipeline.language.phrase_table import PhraseTable
from icp_pipeline.language.text_phrases import Reasons
from icp_pipeline.settings.language import COMPARED_SOURCES, TEXT_FIELDS

COMPARISONS = ("best_vs_worst", "won_vs_lost", "tier_1_vs_rest")
ONE_SIDED = "won_vs_lost"
FAMILY_P = 0.05
# How many phrases of a one-sided source are counted by segment: the most used ones.
_COUNTED_PHRASES = 60


@dataclass(frozen=True)
class Counts:
    """Rows of the `history.language_*` tables of one ICP, without its id."""

    phrases: pd.DataFrame
    segments: pd.DataFrame
    sources: pd.DataFrame
    objections: pd.DataFrame


def count_phrases(
    table: PhraseTable,
    accounts: pd.DataFrame,
    levels: pd.DataFrame,
    reasons: Mapping[str, Reasons],
    seed: Sequence[int],
) -> Counts:
    """Everything that leaves about one ICP.

    `accounts`: its members by `account_id`, with `industry`, `parent_id` and, for each comparison, `a` or `b` or None.
    `levels`: `account_id`, `attribute`, `segment` to count by.
    """
    sources: list[dict[str, object]] = []

    def prepared() -> Iterator[tuple[list[Sides], Sequence[int]]]:
        for number, comparison in enumerate(COMPARISONS):
            compared, about = _sides(table, accounts, comparison)
            sources.extend({"comparison": comparison, **source} for source in about)
            yield compared, (*seed, number)

    compared = zip(COMPARISONS, compare_each(prepared()), strict=True)
    phrases = [found.assign(comparison=comparison) for comparison, found in compared]
    counted, one_sided = _one_sided(table, accounts)
    every = pd.concat([*phrases, counted], ignore_index=True)
    every["verdict"] = _verdicts(every)
    return Counts(
        every,
        _segments(table, accounts, every, levels),
        pd.concat([pd.DataFrame(sources), one_sided], ignore_index=True),
        _objections(accounts, levels, reasons),
    )


def _sides(table: PhraseTable, accounts: pd.DataFrame, comparison: str) -> tuple[list[Sides], list[dict[str, object]]]:
    """Both sides of a comparison in each source, and how many accounts each has, and lacks, there."""
    industries = dict(zip(accounts["account_id"], accounts["industry"], strict=True))
    parents = dict(zip(accounts["account_id"], accounts["parent_id"], strict=True))
    sides = dict(zip(accounts["account_id"], accounts[comparison], strict=True))
    chosen = {name: side for name, side in sides.items() if side in ("a", "b")}
    ended = {name: "won" if side == "a" else "lost" for name, side in chosen.items()}
    compared, about = [], []
    for source in table.sources:
        if source not in COMPARED_SOURCES:
            continue
        found, presence, words = table.of_accounts(source, chosen, ended if comparison == ONE_SIDED else None)
        is_a = np.array([chosen[name] == "a" for name in found], dtype=bool)
        n_a, n_b = int(is_a.sum()), int((~is_a).sum())
        missing = {"missing_a": max(MIN_SIDE - n_a, 0), "missing_b": max(MIN_SIDE - n_b, 0)}
        about.append({"source": source, "n_a": n_a, "n_b": n_b, **missing})
        strata = strata_of([industries[name] for name in found], words)
        compared.append(
            Sides(source, presence, table.phrases.tolist(), is_a, strata, [str(parents[name]) for name in found])
        )
    return compared, about


def _verdicts(phrases: pd.DataFrame) -> npt.NDArray[np.object_]:
    """What a row is about; the columns of figures are missing if nothing was compared."""
    one_sided = (phrases["n_a"] == 0) | (phrases["n_b"] == 0)
    is_told = phrases["p_family"] <= FAMILY_P
    direction = np.where(phrases["log_odds"] > 0, "more_a", "more_b")
    return np.where(one_sided, "counted", np.where(is_told, direction, "undecided")).astype(object)


def _one_sided(table: PhraseTable, accounts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Phrases of sources that only one side has: counted, with nothing to compare them with."""
    rows, sources = [], []
    members = dict.fromkeys(accounts["account_id"])
    for source in table.sources:
        side = TEXT_FIELDS[source].side
        if side is None:
            continue
        names, presence, _ = table.of_accounts(source, members)
        used = np.asarray(presence.sum(axis=0)).ravel()
        place, other = ("a", "b") if side == "won" else ("b", "a")
        of = {f"n_{place}": len(names), f"n_{other}": 0, "source": source, "comparison": ONE_SIDED}
        sources.append(of)
        rows += [
            {**of, "phrase": table.phrases[column], f"accounts_{place}": int(used[column]), f"accounts_{other}": 0}
            for column in np.flatnonzero(used >= MIN_ACCOUNTS)
        ]
    return pd.DataFrame(rows), pd.DataFrame(sources)


def _segments(table: PhraseTable, accounts: pd.DataFrame, phrases: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """For distinctive phrases, and the most used reasons: who uses them, by segment."""
    members = dict.fromkeys(accounts["account_id"])
    if phrases.empty:
        return pd.DataFrame()
    told = phrases[phrases["verdict"].isin(["more_a", "more_b"])]
    users = phrases["accounts_a"] + phrases["accounts_b"]
    most = phrases.assign(users=users)[phrases["verdict"] == "counted"]
    most = (
        most.sort_values(["users", "phrase"], ascending=[False, True], kind="stable")
        .groupby("source")
        .head(_COUNTED_PHRASES)
    )
    wanted = pd.concat([told, most])[["source", "phrase"]].drop_duplicates()
    columns = {phrase: place for place, phrase in enumerate(table.phrases)}
    parts = []
    for source, of_source in wanted.groupby("source", sort=True):
        names, presence, _ = table.of_accounts(str(source), members)
        mine = levels[levels["account_id"].isin(set(names))]
        keys = pd.MultiIndex.from_frame(mine[["attribute", "segment"]])
        codes, found = pd.factorize(keys, sort=True)
        segments = list(found)
        rows = pd.Index(names).get_indexer(pd.Index(mine["account_id"]))
        belongs = sparse.csr_matrix((np.ones(len(mine), dtype=np.int64), (codes, rows)), (len(segments), len(names)))
        chosen = [columns[phrase] for phrase in of_source["phrase"]]
        using = np.asarray((belongs @ presence[:, chosen]).todense())
        have = np.asarray(belongs.sum(axis=1)).ravel()
        at, which = np.nonzero(using >= MIN_ACCOUNTS)
        parts.append(
            pd.DataFrame(
                {
                    "source": source,
                    "phrase": of_source["phrase"].to_numpy()[which],
                    "attribute": [segments[place][0] for place in at],
                    "segment": [segments[place][1] for place in at],
                    "accounts": using[at, which],
                    "n": have[at],
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _objections(accounts: pd.DataFrame, levels: pd.DataFrame, reasons: Mapping[str, Reasons]) -> pd.DataFrame:
    """Reasons of lost deals, as the CRM spells them, by segment; without reasons that few accounts have."""
    parts = []
    members = set(accounts["account_id"])
    everybody = pd.DataFrame({"account_id": sorted(members), "attribute": "all", "segment": "all"})
    wide = pd.concat([everybody, levels[levels["account_id"].isin(members)]], ignore_index=True)
    for source, given in sorted(reasons.items()):
        deals = pd.DataFrame([reason for reason in given if reason[0] in members], columns=["account_id", "category"])
        if deals.empty:
            continue
        users = deals.groupby("category")["account_id"].nunique()
        deals["category"] = deals["category"].where(deals["category"].isin(users.index[users >= MIN_ACCOUNTS]))
        by_segment = deals.merge(wide, on="account_id")
        of_segment = by_segment.groupby(["attribute", "segment"], sort=True).size().rename("deals_in_segment")
        known = by_segment[by_segment["category"].notna()]
        counts = known.groupby(["category", "attribute", "segment"], sort=True).agg(
            deals=("account_id", "size"), accounts=("account_id", "nunique")
        )
        parts.append(
            counts.reset_index().merge(of_segment.reset_index(), on=["attribute", "segment"]).assign(source=source)
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
