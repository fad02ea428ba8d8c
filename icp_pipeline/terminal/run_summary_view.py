"""Prints the summary at the end of `icp run`, `icp refit` and `icp promote`."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from icp_pipeline.rebuild.decision import UNCHANGED
from icp_pipeline.report.words import basis
from icp_pipeline.terminal.style import cell, number, table, tier
from icp_pipeline.tiers import RELATIONSHIPS, action_words

_PLACES = (("Analysts", "warehouse"), ("RevOps", "exports"), ("Report", "report"), ("Checks", "checks"))
_WHAT_TO_DO = ": quality.warnings lists all of them, docs/operations.md says what to do"
_SEVERITIES = {"critical": "red", "error": "red", "warning": "yellow"}


def show_summary(summary: dict[str, Any], out: Console) -> None:
    """Draw what `read_summary` returns."""
    out.print(_files(summary["files"]))
    run, cohorts = summary["run"], summary["cohorts"]
    ranked = ", ".join(f"{count:,} {name}" for name, count in cohorts.items())
    by_outcome = f"ranked by outcome: {ranked}" if any(cohorts.values()) else "none can be ranked by outcome yet"
    out.print(f"{run['accounts']:,} accounts, {run['customers']:,} customers; {by_outcome}")
    for icp in summary["icps"]:
        _icp(icp, out)
    _warnings(summary["warnings"], out)
    seconds = f" in {run['seconds']:.1f} s" if run["seconds"] is not None else ""
    out.print(f"\n[bold green]Published[/bold green] run {run['run_id']} as of {run['as_of']}{seconds}")
    for label, key in _PLACES:
        out.print(f"  {label:<9}{summary['places'][key]}", soft_wrap=True, markup=False)


def show_rebuilds(rebuilds: list[dict[str, Any]], out: Console) -> None:
    """Which tables the run rebuilt and why; the unchanged ones as one number."""
    shown = table("Rebuilds", ("table", "action", "reason"), numbers=())
    rebuilt = [row for row in rebuilds if row["action"] != UNCHANGED]
    for row in rebuilt:
        shown.add_row(cell(row["table_name"]), row["action"], cell(row["reason"]))
    out.print()
    if rebuilt:
        out.print(shown)
    out.print(f"{len(rebuilds) - len(rebuilt)} of {len(rebuilds)} tables unchanged")


def _files(files: list[dict[str, Any]]) -> Table:
    columns = ("source", "table", "files", "rows read", "loaded", "rejected")
    shown = table("Files read", columns, numbers=columns[2:])
    keys = ("files", "rows_read", "rows_loaded", "rows_rejected")
    for row in files:
        shown.add_row(cell(row["source"]), cell(row["table_name"]), *(f"{row[key]:,}" for key in keys))
    shown.add_section()
    shown.add_row("all", "", *(f"{sum(row[key] for row in files):,}" for key in keys), style="bold")
    return shown


def _icp(icp: dict[str, Any], out: Console) -> None:
    learned_from = basis(icp["basis"])
    columns = ("kind", "attribute", "segment", "lift", "90 % interval", learned_from.counted.lower(), "points")
    shown = table(_title(icp), columns, numbers=columns[3:])
    for row in icp["criteria"]:
        interval = f"{number(row['ci_low'])} to {number(row['ci_high'])}"
        kind = Text(row["kind"], style="green" if row["points"] > 0 else "red")
        figures = (number(row["lift"]), interval, f"{row['customers'] or 0:,}", f"{row['points']:+.2f}")
        shown.add_row(kind, cell(row["attribute"]), cell(row["segment"]), *figures)
    out.print()
    out.print(shown if icp["criteria"] else f"[bold]{_title(icp)}[/bold], so there are no criteria (see warnings)")
    if icp["criteria"] and learned_from.note:
        out.print(f"{learned_from.note}\n", style="yellow")
    out.print(_tiers(icp["tiers"]))
    if icp["not_prospects"]:
        out.print(f"Not prospects, so not counted above: {icp['not_prospects']:,} accounts (see NOT_PROSPECTS)")
    if icp["accounts_moved"]:
        out.print(f"{icp['accounts_moved']:,} accounts changed tier since the last run: `icp diff` shows which and why")


def _title(icp: dict[str, Any]) -> str:
    version, name = icp["icp_version"], "" if icp["icp_id"] == "primary" else icp["icp_id"]
    if version is None:
        return f"No ICP {name} is live".replace("  ", " ")
    return f"ICP {name}: {version}" if name else f"ICP {version}"


def _tiers(tiers: list[dict[str, Any]]) -> Table:
    """Who is in each tier, and what to do with them."""
    found = [{to_do["relationship"]: to_do for to_do in row["by_relationship"]} for row in tiers]
    asked = [name for name in RELATIONSHIPS if any(name in to_do for to_do in found)]
    columns = ("tier", "accounts", "share", *(RELATIONSHIPS[name].lower() for name in asked))
    shown = table("Tiers, and what to do", columns, numbers=columns[1:3])
    total = max(1, sum(row["accounts"] for row in tiers))
    for row, to_do in zip(tiers, found, strict=True):
        cells = [_to_do(to_do.get(name)) for name in asked]
        shown.add_row(tier(row["tier"]), f"{row['accounts']:,}", f"{row['accounts'] / total:.0%}", *cells)
    return shown


def _to_do(found: dict[str, Any] | None) -> str:
    return f"{found['accounts']:,} {action_words(found['action'])}" if found else "-"


def _warnings(warnings: list[dict[str, Any]], out: Console) -> None:
    """Warnings in full; infos by their code."""
    acted = [row for row in warnings if row["severity"] != "info"]
    known = [row["code"] for row in warnings if row["severity"] == "info"]
    out.print(f"\n[bold]Warnings[/bold] ({len(acted) or 'none'}){_WHAT_TO_DO if acted else ''}")
    for row in acted:
        more = f" (and {row['findings'] - 1:,} more of this kind)" if row["findings"] > 1 else ""
        line = Text(row["code"], style=_SEVERITIES.get(row["severity"], "yellow"))
        line.append(f" {row['message']}", style="not bold default").append(more, style="dim")
        out.print(Padding(line, (0, 0, 0, 2)))
    if known:
        out.print(f"Good to know ({len(known)}), also in quality.warnings")
        out.print(Padding(Text(", ".join(known), style="dim"), (0, 0, 0, 2)))
