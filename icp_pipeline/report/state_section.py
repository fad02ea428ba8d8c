"""Section 1: which run this is, where its accounts are, what to act on, and what it could not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from icp_pipeline.report.figures import Frames, Row, count, rows
from icp_pipeline.report.words import TIERS, WITHOUT_ICP, clean, plural, title
from icp_pipeline.tiers import RELATIONSHIPS, action_words

# Relationships of accounts in tiers, as the columns of the table.
ASKED = tuple(name for name in RELATIONSHIPS if name != "not_prospect")
_SHOWN = 3
# As in segments.pair_counts.
_PAIRS_FROM = 300
# What decides whether the tiers can be used at all comes before problems of single records.
_GRAVEST = (
    "NO_SIGNAL",
    "ICP_UNCONFIRMED",
    "TOO_FEW_CUSTOMERS",
    "ICP_DRIFTED",
    "ICP_STALE",
    "ICP_TOO_BROAD",
    "LEAKY_ATTRIBUTE",
    "HELD_FILE",
)


@dataclass(frozen=True)
class StateView:
    """Headline figures, findings to act on, findings to know, gaps, and what was read."""

    summary: Row
    tiers: list[Row]
    act: list[Row]
    know: list[Row]
    gaps: list[str]
    sources: list[Row]
    source_totals: Row
    rejected: list[Row]


def view(frames: Frames, icp_id: str) -> StateView:
    """The first ICP's tiers head the page; the others have their own part below."""
    findings = _findings(rows(frames, "warnings"))
    summary = (rows(frames, "run_summary") or [{}])[0]
    sources = sorted(
        rows(frames, "source_files"),
        key=lambda row: (row["status"] == "loaded", str(row["source"]), str(row["table_name"]), str(row["first_path"])),
    )
    totals = {
        key: sum(int(row[key] or 0) for row in sources)
        for key in ("files", "rows_read", "rows_loaded", "rows_rejected")
    }
    return StateView(
        summary,
        tier_rows(frames, icp_id),
        [finding for finding in findings if not finding["is_note"]],
        [finding for finding in findings if finding["is_note"]],
        _gaps(frames, summary, icp_id),
        sources,
        totals,
        rows(frames, "rejected"),
    )


def tier_rows(frames: Frames, icp_id: str) -> list[Row]:
    """Each tier with its accounts, their share, and the number in each relationship, with what to do.

    Accounts that are not prospects are in no tier.
    """
    found = [row for row in rows(frames, "tiers", icp_id=icp_id) if row["relationship"] != "not_prospect"]
    total = sum(int(row["accounts"]) for row in found)
    made = []
    for key, (name, meaning) in TIERS.items():
        mine = {row["relationship"]: row for row in found if row["tier"] == key}
        accounts = sum(int(row["accounts"]) for row in mine.values())
        made.append(
            {
                "key": key,
                "label": name,
                "meaning": meaning if key != "unscored" or _is_live(frames, icp_id) else WITHOUT_ICP,
                "accounts": accounts,
                "share": accounts / total if total else 0.0,
                "to_do": [_to_do(mine.get(relationship)) for relationship in ASKED],
                "actions": {row["action"]: int(row["accounts"]) for row in mine.values()},
            }
        )
    return made


def _to_do(row: Row | None) -> Row | None:
    """The number of accounts of one tier and relationship, and what to do with them; None if there are none."""
    return {"accounts": int(row["accounts"]), "action": action_words(row["action"])} if row else None


def accounts_to(tiers: list[Row], action: str) -> int:
    """How many accounts have this action, over all tiers."""
    return sum(tier["actions"].get(action, 0) for tier in tiers)


def _is_live(frames: Frames, icp_id: str) -> bool:
    return any(row.get("icp_version") is not None for row in rows(frames, "versions", icp_id=icp_id))


def _findings(warnings: list[Row]) -> list[Row]:
    """One entry per code, most severe first; a thousand duplicate domains are one entry with three examples."""
    by_code: dict[str, list[Row]] = {}
    for row in sorted(warnings, key=lambda row: (str(row["code"]), str(row.get("subject") or ""), str(row["message"]))):
        by_code.setdefault(str(row["code"]), []).append(row)
    entries: list[dict[str, Any]] = [
        {
            "code": code,
            "title": title(code),
            "is_note": all(row["severity"] == "info" for row in same),
            "shown": [clean(row["message"]) for row in same[:_SHOWN]],
            "more": len(same[_SHOWN:]),
        }
        for code, same in by_code.items()
    ]
    return sorted(entries, key=lambda entry: _gravity(str(entry["code"])))


def _gravity(code: str) -> tuple[int, str]:
    return (_GRAVEST.index(code) if code in _GRAVEST else len(_GRAVEST), code)


def _gaps(frames: Frames, summary: Row, icp_id: str) -> list[str]:
    """What this run cannot say, and what would change that, each in one sentence."""
    gaps = [
        _customers_gap(summary),
        _unscored_gap(frames, icp_id),
        _untested_gap(frames),
        None
        if rows(frames, "backtest", icp_id=icp_id) or not _is_live(frames, icp_id)
        else "Whether the tiers hold on later deals: more dated deals and outcomes are needed."
        " Land opportunity history and older closed deals, won and lost.",
        None if rows(frames, "pairs") else _pairs_gap(int(summary.get("ranked") or 0)),
    ]
    return [gap for gap in gaps if gap]


def _pairs_gap(ranked: int) -> str:
    asked = "Whether two traits together do more than each alone:"
    if ranked < _PAIRS_FROM:
        return f"{asked} pairs are tested from {_PAIRS_FROM} ranked customers on."
    return f"{asked} only traits that stand out by themselves are paired, and no pair of them has enough customers."


def _customers_gap(summary: Row) -> str | None:
    new, thin, undated = (int(summary.get(key) or 0) for key in ("too_new", "too_little_known", "no_start"))
    parts = []
    if undated:
        parts.append(f"{plural(undated, 'has', 'have')} no known start date: land the dates of won deals")
    if new:
        parts.append(f"{plural(new, 'is', 'are')} too new: customers count from six months on")
    if thin:
        parts.append(f"{plural(thin, 'has', 'have')} too few known outcomes: land revenue, surveys, usage or tickets")
    if not parts:
        return None
    unranked = count(new + thin + undated)
    return f"How {unranked} of {plural(summary['customers'], 'customer')} turned out: {'; '.join(parts)}."


def _unscored_gap(frames: Frames, icp_id: str) -> str | None:
    unscored = next(row for row in tier_rows(frames, icp_id) if row["key"] == "unscored")["accounts"]
    if not unscored:
        return None
    if not _is_live(frames, icp_id):
        return f"How {plural(unscored, 'account')} fit{'s' if unscored == 1 else ''}: no ICP is live."
    return (
        f"How {plural(unscored, 'account')} fit{'s' if unscored == 1 else ''}: too few of the criteria's traits"
        " are known. Unscored is not bad: enrich them, and the next run can score them."
    )


def _untested_gap(frames: Frames) -> str | None:
    untested = sum(int(row["segments"]) for row in rows(frames, "untested_segments", outcome="quality"))
    if not untested:
        return None
    return f"How customers with {plural(untested, 'rare trait value')} turn out: too few have them yet."
