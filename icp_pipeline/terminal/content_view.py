"""What `icp content --preview` prints: a line per slot, with why."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from icp_pipeline.terminal.style import cell, table

_IN_WORDS = {
    "default": "no variant matches it",
    "content_path self_serve": "the product is not for it (content_path self_serve)",
}


def show_preview(answer: dict[str, Any], out: Console) -> None:
    """Draw a preview as `run.content_preview.preview` returns it."""
    known = answer["account_id"] is not None
    name = answer["name"] or answer["account_id"] if known else "not a known company"
    out.print(Text(f"{answer['domain']}, {name}", style="bold"), soft_wrap=True)
    traits = ", ".join(f"{row['trait']} {row['value']}" for row in answer["traits"])
    out.print(Text(f"Traits as of {answer['as_of']}: {traits or 'none'}"), soft_wrap=True)
    shown = table("", ("slot", "shows", "because", "else"))
    for row in answer["slots"]:
        instead = row["default_variant"] if row["variant"] != row["default_variant"] else None
        because = _IN_WORDS.get(row["because"], row["because"])
        shown.add_row(cell(row["slot"]), cell(row["variant"]), cell(because), cell(instead))
    out.print(shown)
    if not known:
        out.print("Unknown visitors see the defaults.")
