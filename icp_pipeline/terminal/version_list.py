"""`icp versions`: published versions of a home, and its ICP versions."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from icp_pipeline.home import Home
from icp_pipeline.terminal.live import live, opened, publication_order, rows
from icp_pipeline.terminal.style import cell, number, table
from icp_pipeline.warehouse.history import status_after_rollback
from icp_pipeline.warehouse.versions import versions

_RUNS = "select run_id, as_of, kind, icp_version, accounts, customers, accepted_by, accept_reason from history.runs"
_LIVE = "select icp_id, icp_version from history.icp_versions where status = 'live'"
_ICPS = """
select icp_version, icp_id, status, cause, as_of, learned_at, promoted_at, basis, n_customers, signal_z, has_signal,
    (select count(*) from history.icp_criteria as criteria where criteria.icp_version = versions.icp_version)
        as criteria
from history.icp_versions as versions
left join (select run_id, {order} as learned from history.runs) as learning using (run_id)
order by learning.learned desc, icp_id, icp_version desc
"""


def read_versions(home: Home) -> dict[str, Any]:
    """`published` versions, newest first, with what their run was; `icp_versions`, newest first."""
    # Opened first: without a published version there is nothing to list.
    with live(home) as connection:
        scoring = {row["icp_id"]: row["icp_version"] for row in rows(connection, _LIVE)}
        published = versions(home.root)
    # The newest file knows every run, also after a rollback; the live one knows which version scores.
    with opened(published[0].path) as connection:
        runs = {row["run_id"]: row for row in rows(connection, _RUNS)}
        return {
            "published": [
                {
                    "version": item.run_id,
                    "is_live": item.is_live,
                    "published_at": item.published_at,
                    "size_bytes": item.size,
                    "path": str(item.path),
                    **{key: value for key, value in runs.get(item.run_id, {}).items() if key != "run_id"},
                }
                for item in published
            ],
            "icp_versions": [
                row | {"status": status_after_rollback(row["icp_id"], row["icp_version"], row["status"], scoring)}
                for row in rows(connection, _ICPS.format(order=publication_order(connection)))
            ],
        }


def show_versions(answer: dict[str, Any], out: Console) -> None:
    """Draw what `read_versions` returns."""
    columns = ("", "version", "as of", "kind", "ICP", "accounts", "published at (UTC)", "size")
    shown = table("Published versions", columns, numbers=("accounts", "size"))
    for item in answer["published"]:
        shown.add_row(
            "live" if item["is_live"] else "", item["version"], item.get("as_of"), item.get("kind"),
            cell(item.get("icp_version")), number(item.get("accounts"), ","), item["published_at"],
            f"{item['size_bytes'] / 1e6:,.1f} MB", style="bold" if item["is_live"] else "",
        )  # fmt: skip
    out.print(shown)
    names = ("version", "icp", "status", "as of", "criteria", "basis", "customers", "signal z", "cause")
    shown = table("ICP versions", names, numbers=("criteria", "customers", "signal z"))
    for row in answer["icp_versions"]:
        style = "bold" if row["status"] == "live" else ""
        words = (row["icp_version"], row["icp_id"], row["status"], row["as_of"])
        customers = (cell(row["basis"]), number(row["n_customers"], ","))
        counts = (f"{row['criteria']:,}", *customers, number(row["signal_z"]))
        shown.add_row(*map(cell, words), *counts, cell(row["cause"]), style=style)
    out.print(shown)
    out.print("To go back: `icp rollback VERSION`. To make a proposed ICP live: `icp promote VERSION`.")
