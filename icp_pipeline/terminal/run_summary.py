"""Summary of a run: files, customers, the ICP, tiers, moves, warnings, and where everything is."""

from __future__ import annotations

from typing import Any

from icp_pipeline.duck import Connection
from icp_pipeline.home import Home
from icp_pipeline.terminal.live import Row, icps, live, one, own_run, rows
from icp_pipeline.tiers import RELATIONSHIPS, TIERS

_RUN = """
select run_id, as_of, kind, icp_version, started_at, finished_at, accounts, customers, files, rows_read,
    rows_rejected, accepted_by, accept_reason
from history.runs where run_id = $1
"""
_FILES = """
select source, table_name, count(*) as files, cast(sum(rows_read) as bigint) as rows_read,
    cast(sum(rows_loaded) as bigint) as rows_loaded, cast(sum(rows_rejected) as bigint) as rows_rejected
from quality.source_files group by source, table_name order by source, table_name
"""
_COHORTS = "select cohort, count(*) as n from outcomes.customer_scores where cohort is not null group by cohort"
_CRITERIA = """
select kind, attribute, segment, lift, ci_low, ci_high, n_segment as customers, points, evidence
from icp.criteria where icp_id = $1 order by points <= 0, abs(points) desc, attribute, segment
"""
_VERSION = """
select live.icp_version, versions.basis
from icp.live_versions as live
left join history.icp_versions as versions
    on versions.icp_id = live.icp_id and versions.icp_version = live.icp_version
where live.icp_id = $1
"""
_COUNTS = """
select tier, relationship, action, count(*) as accounts
from icp.account_tiers where icp_id = $1 group by tier, relationship, action
"""
_MOVED = """
select count(*) as n from history.tier_changes
where run_id = $1 and icp_id = $2 and from_tier <> to_tier
"""
_REBUILDS = "select table_name, action, reason from history.table_rebuilds order by table_name"
_WARNINGS = """
select code, severity, min(message) as message, count(*) as findings
from quality.warnings group by code, severity order by severity desc, code
"""


def read_summary(home: Home, seconds: float | None = None) -> dict[str, Any]:
    """The live version in figures: what `icp run --json` prints. `seconds` is how long the run took."""
    with live(home) as connection:
        run = one(connection, _RUN, own_run(connection)) or {}
        cohorts = {row["cohort"]: row["n"] for row in rows(connection, _COHORTS)}
        return {
            "run": run | {"seconds": None if seconds is None else round(seconds, 1)},
            "files": rows(connection, _FILES),
            "cohorts": {name: cohorts.get(name, 0) for name in ("best", "middle", "worst")},
            "icps": [_icp(connection, icp_id, run) for icp_id in icps(connection)],
            "warnings": rows(connection, _WARNINGS),
            "rebuilds": rows(connection, _REBUILDS),
            "places": _places(home),
        }


def _icp(connection: Connection, icp_id: str, run: Row) -> dict[str, Any]:
    version = one(connection, _VERSION, icp_id) or {}
    counts = rows(connection, _COUNTS, icp_id)
    in_tiers = [row for row in counts if row["relationship"] != "not_prospect"]
    moved = one(connection, _MOVED, run.get("run_id"), icp_id)
    return {
        "icp_id": icp_id,
        "icp_version": version.get("icp_version"),
        "basis": version.get("basis"),
        "criteria": rows(connection, _CRITERIA, icp_id),
        "tiers": [_tier(name, [row for row in in_tiers if row["tier"] == name]) for name in TIERS],
        "not_prospects": sum(row["accounts"] for row in counts if row not in in_tiers),
        "accounts_moved": moved["n"] if moved else 0,
    }


def _tier(name: str, counts: list[Row]) -> dict[str, Any]:
    """Accounts of a tier, customers among them, and by relationship how many and what to do."""
    order = list(RELATIONSHIPS)
    by_relationship = [
        {"relationship": row["relationship"], "action": row["action"], "accounts": row["accounts"]}
        for row in sorted(counts, key=lambda row: order.index(row["relationship"]))
    ]
    return {
        "tier": name,
        "accounts": sum(row["accounts"] for row in counts),
        "customers": sum(row["accounts"] for row in counts if row["relationship"] == "customer"),
        "by_relationship": by_relationship,
    }


def _places(home: Home) -> dict[str, str]:
    return {
        "warehouse": str(home.live),
        "exports": str(home.latest),
        "report": str(home.latest / "index.html"),
        "checks": str(home.state / "data_docs" / "index.html"),
    }
