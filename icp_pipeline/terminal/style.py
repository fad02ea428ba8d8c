"""One look for all that is printed: tables, tiers, signed bars. Every cell that comes from data is plain text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from icp_pipeline.report import words
from icp_pipeline.terminal.output_streams import takes_any_letter
from icp_pipeline.tiers import TIERS

_TIER_STYLES = {"tier_1": "bold green", "tier_2": "green", "tier_3": "yellow", "not_icp": "red", "unscored": "dim"}
_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def table(title: str, columns: Iterable[str], numbers: Iterable[str] = ()) -> Table:
    """A plain table; columns listed as numbers are right-aligned."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    right = set(numbers)
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made


def cell(value: object) -> Text:
    """A value from data as it is: brackets in a name are not markup."""
    return Text("" if value is None else str(value))


def tier(name: str | None) -> Text:
    """A tier as people say it."""
    return Text(TIERS.get(name or "", name or "-"), style=_TIER_STYLES.get(name or "", ""))


def cause(name: str) -> Text:
    """Why an account moved (`history.tier_changes.cause`) in words; an unknown cause is shown as it is."""
    said = words.CAUSES.get(name, name)
    return Text(said[:1].lower() + said[1:] if said[1:2].islower() else said)


def moved_because(row: dict[str, Any]) -> Text:
    """What made an account move, with before and after where that is known."""
    said = cause(row["cause"])
    return said.append(f": {row['because']}") if row.get("because") else said


def number(value: float | None, form: str = ".2f") -> str:
    """A figure, or a dash where there is none."""
    return "-" if value is None else format(value, form)


def bar(points: float, largest: float) -> Text:
    """A bar to scale: left of the middle for signals of risk, right for signals of fit."""
    half = _BAR // 2
    length = abs(points) / largest * half if largest else 0.0
    if points >= 0:
        full, rest = divmod(round(length * 8), 8)
        drawn = "█" * full + (_EIGHTHS[rest] if rest else "")
        return Text(" " * half + "│").append(drawn, style="green")
    # Left-growing eighths are not in every font; a half block is.
    full, rest = divmod(round(length * 2), 2)
    drawn = "▐" * rest + "█" * full
    return Text(" " * (half - len(drawn))).append(drawn, style="red").append("│", style="default")


def print_json(answer: dict[str, Any], out: Console) -> None:
    """The answer for programs: one JSON object, keys in a fixed order, no colour, no line broken."""
    # A character that the stream cannot encode is escaped; a similar one would be another value.
    out.file.write(json.dumps(answer, ensure_ascii=not takes_any_letter(out.file), indent=2) + "\n")
