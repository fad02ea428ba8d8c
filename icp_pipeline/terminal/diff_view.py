"""`icp diff` as a person reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from icp_pipeline.terminal.style import cause, cell, moved_because, number, table, tier

_LISTED = 20


def show_diff(diff: dict[str, Any], out: Console) -> None:
    """Draw what `read_diff` returns."""
    if "run_id" in diff["to"]:
        _runs(diff, out)
        _moves(diff, out)
    _criteria(diff["criteria"], out)
    live, proposed = diff["criteria"]["to_version"], diff["proposed"]
    if proposed:
        out.print(
            f"ICP {proposed} is waiting for approval: `icp diff --from {live} --to {proposed}` compares it, "
            f"`icp promote {proposed}` makes it live.",
            soft_wrap=True,
        )


def _runs(diff: dict[str, Any], out: Console) -> None:
    start, end = diff["from"], diff["to"]
    before = f"run {start['run_id']} as of {start['as_of']}" if start else "nothing: this is the first run"
    out.print(
        f"\nRun {end['run_id']} as of {end['as_of']}, compared with {before} (ICP {diff['icp_id']})", soft_wrap=True
    )
    if end["accepted_by"]:
        out.print(f"Accepted past the guard by {end['accepted_by']}: {end['accept_reason']}", markup=False)


def _moves(diff: dict[str, Any], out: Console) -> None:
    if not diff["moves"]:
        out.print("No account changed tier.")
        return
    shown = table("Accounts by tier move", ("from", "to", "why", "accounts"), numbers=("accounts",))
    for item in diff["moves"]:
        source = tier(item["from_tier"]) if item["from_tier"] else Text("-")
        shown.add_row(source, tier(item["to_tier"]), cause(item["cause"]), f"{item['accounts']:,}")
    out.print(shown)
    # An account seen for the first time is news only where there is something to do about it.
    news = [row for row in diff["accounts"] if row["from_tier"] or row["to_tier"] == "tier_1"]
    if news:
        shown = table("Which accounts", ("account", "domain", "from", "to", "why"))
        for row in news[:_LISTED]:
            source = tier(row["from_tier"]) if row["from_tier"] else Text("-")
            name = cell(row["name"] or row["account_id"])
            shown.add_row(name, cell(row["domain"]), source, tier(row["to_tier"]), moved_because(row))
        out.print(shown)
    if len(news) > _LISTED:
        out.print(f"and {len(news) - _LISTED:,} more: `icp diff --json` has all, `icp explain` says why.")


def _criteria(criteria: dict[str, Any], out: Console) -> None:
    old, new = criteria["from_version"], criteria["to_version"]
    if new is None:
        out.print("No ICP is live, so there are no criteria.")
    elif old is None:
        out.print(f"ICP {new}: there is no earlier version to compare it with.")
    elif old == new:
        out.print(f"ICP {new} scored both runs: no criterion changed.")
    else:
        columns = ("", "kind", "attribute", "segment", "points before", "now", "lift before", "now ")
        shown = table(f"ICP {new}, compared with {old}", columns, numbers=columns[4:])
        styles = {"added": "green", "dropped": "red", "changed": "yellow", "kept": ""}
        for item in sorted(criteria["items"], key=lambda row: list(styles).index(row["change"])):
            points = (number(item[key], "+.2f") for key in ("points_from", "points_to"))
            lifts = (number(item[key]) for key in ("lift_from", "lift_to"))
            words = (item["change"], item["kind"], item["attribute"], item["segment"])
            shown.add_row(*map(cell, words), *points, *lifts, style=styles[item["change"]])
        out.print(shown)
        counts = [sum(item["change"] == change for item in criteria["items"]) for change in ("added", "dropped")]
        out.print(f"added: {counts[0]}, dropped: {counts[1]}")
