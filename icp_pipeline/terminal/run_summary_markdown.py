"""Summary of a run as Markdown, for Dagster's exports asset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from icp_pipeline.report.words import basis
from icp_pipeline.tiers import TIERS


def summary_markdown(summary: dict[str, Any]) -> str:
    """What `read_summary` returns as headings and tables; words from data cannot become markup."""
    run = summary["run"]
    parts = [
        f"**Run {run['run_id']}** as of {run['as_of']}: {run['accounts']:,} accounts, {run['customers']:,} customers, "
        f"{run['files']:,} files, {run['rows_read']:,} rows read, {run['rows_rejected']:,} rejected."
    ]
    if run["accepted_by"]:
        parts.append(f"Accepted past the guard by {_plain(run['accepted_by'])}: {_plain(run['accept_reason'])}")
    for icp in summary["icps"]:
        parts += _icp(icp)
    parts.append(f"### Warnings ({len(summary['warnings']) or 'none'})")
    listed = [(row["code"], row["severity"], row["findings"], row["message"]) for row in summary["warnings"]]
    if listed:
        parts.append(_table(("code", "severity", "findings", "first message"), listed))
    return "\n\n".join(parts)


def _icp(icp: dict[str, Any]) -> Iterable[str]:
    yield f"### ICP {icp['icp_id']}: {icp['icp_version'] or 'none is live'}"
    learned_from = basis(icp["basis"])
    columns = ("kind", "attribute", "segment", "lift", learned_from.counted.lower(), "points")
    criteria = [
        (row["kind"], row["attribute"], row["segment"], _number(row["lift"]), row["customers"], f"{row['points']:+.2f}")
        for row in icp["criteria"]
    ]
    yield _table(columns, criteria) if criteria else "No criteria."
    if criteria and learned_from.note:
        yield learned_from.note
    tiers = [(TIERS[row["tier"]], f"{row['accounts']:,}", f"{row['customers']:,}") for row in icp["tiers"]]
    yield _table(("tier", "accounts", "of these customers"), tiers)
    if icp["not_prospects"]:
        yield f"Not prospects, so not counted above: {icp['not_prospects']:,} accounts."
    yield f"{icp['accounts_moved']:,} accounts changed tier since the last run."


def _table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(columns)
    lines = [names, ["---"] * len(names), *([_plain(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _plain(value: object) -> str:
    """Text that Markdown leaves alone: on one line, with what it would read as markup escaped."""
    text = " ".join(str("" if value is None else value).split())
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
    return text
