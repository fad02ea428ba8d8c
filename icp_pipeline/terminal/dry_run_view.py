"""`icp run --dry-run` as a person reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console


def show_rehearsal(answer: dict[str, Any], out: Console) -> None:
    """Print what `rehearse` returns: what the guard would say, tier moves, CRM records."""
    out.print(
        f"Dry run as of {answer['as_of']}: every check passes. Nothing was written to {answer['home']}.",
        markup=False,
        soft_wrap=True,
    )
    for reason in answer["held_because"]:
        out.print(f"  The guard would block this run: {reason}", markup=False, soft_wrap=True)
    several = len({move["icp_id"] for move in answer["moves"]}) > 1
    for move in answer["moves"]:
        icp = f"{move['icp_id']}: " if several else ""
        tiers = f"{move['from_tier'] or 'new'} -> {move['to_tier']}"
        out.print(f"  {icp}{tiers} ({move['cause']}): {move['accounts']:,} accounts", markup=False)
    if not answer["moves"]:
        out.print("  No account would change tier.")
    for item in answer["crm"]:
        out.print(f"  {item['target']}: {item['records']:,} records would be updated")
    if not answer["crm"]:
        out.print("  No CRM record would change.")
