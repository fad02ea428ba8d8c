"""What `icp score` answers: printed, as JSON, as a file. A line is known by number and domain, never by a person."""

from __future__ import annotations

import csv
import dataclasses
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from icp_pipeline.activation.safe_cells import review_text
from icp_pipeline.errors import IcpError
from icp_pipeline.terminal.style import cell, number, table, tier

if TYPE_CHECKING:
    from icp_pipeline.run.score_file import Scores

_SHOWN = 50


def as_answer(scores: Scores) -> dict[str, Any]:
    """The keys of `--json`, as docs/json.md lists them."""
    rows = [{name: _plain(value) for name, value in row.items()} for row in scores.rows]
    return dataclasses.asdict(scores) | {"rows": rows}


def show_scores(scores: Scores, out: Console, limit: int = _SHOWN) -> None:
    """One line for each row of the file, the first `limit` of them, and what all came to."""
    columns = ("line", "domain", "tier", "grade", "fit", "route", "why", "unknown")
    shown = table(f"ICP {scores.icp_version or 'none live yet'}, as of {scores.as_of}", columns, ("line", "fit"))
    for row in scores.rows[:limit]:
        shown.add_row(
            str(row["line"]), cell(row["domain"]), tier(row["tier"]), cell(row["grade"]),
            number(row["fit_score"], ".1f"), cell(row["route"]), cell(row["reasons"]), cell(row["unknown"]),
        )  # fmt: skip
    out.print(shown)
    if len(scores.rows) > limit:
        out.print(f"{len(scores.rows) - limit:,} more lines: --out FILE writes all of them, --json prints them.")
    if scores.rejected_cells:
        out.print(f"{scores.rejected_cells:,} cells could not be read and count as blank.")


def write_scores(scores: Scores, file: Path) -> None:
    """All lines as CSV, safe to open in a spreadsheet; raises IcpError where the file cannot be written."""
    names = list(scores.rows[0]) if scores.rows else ["line", "domain", "tier"]
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow(names)
            writer.writerows([review_text(_plain(row[name])) for name in names] for row in scores.rows)
    except OSError as error:
        raise IcpError(f"{file}: cannot be written ({error.strerror}); name another file with --out") from error


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value
