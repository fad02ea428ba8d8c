"""What `icp score` prints. A line is known by its number and domain, never by a person."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from icp_pipeline.terminal.style import cell, number, table, tier

_SHOWN = 50


def show_scores(answer: dict[str, Any], out: Console, limit: int = _SHOWN) -> None:
    """One line for each row of the file, the first `limit` of them, and what all came to."""
    columns = ("line", "domain", "tier", "grade", "fit", "route", "why", "unknown")
    shown = table(f"ICP {answer['icp_version'] or 'none live yet'}, as of {answer['as_of']}", columns, ("line", "fit"))
    rows = answer["rows"]
    for row in rows[:limit]:
        shown.add_row(
            str(row["line"]), cell(row["domain"]), tier(row["tier"]), cell(row["grade"]),
            number(row["fit_score"], ".1f"), cell(row["route"]), cell(row["reasons"]), cell(row["unknown"]),
        )  # fmt: skip
    out.print(shown)
    if len(rows) > limit:
        out.print(f"{len(rows) - limit:,} more rows: --out FILE writes all, --json prints all.")
    if answer["rejected_cells"]:
        out.print(f"{answer['rejected_cells']:,} cells could not be read and count as blank.")
