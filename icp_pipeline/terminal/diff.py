"""What changed between two runs, or two ICP versions: accounts by tier move and cause, criteria added or dropped."""

from __future__ import annotations

import re
from typing import Any

from icp_pipeline.duck import Connection
from icp_pipeline.errors import IcpError, nearest
from icp_pipeline.home import Home
from icp_pipeline.terminal.live import Row, because, chosen_icp, live, one, opened, publication_order, rows
from icp_pipeline.warehouse.versions import newest

_ICP_VERSION = re.compile(r"(?:[a-z0-9_]+-)?\d{4}\.\d{2}\.\d+")
_RUNS = """
select run_id, as_of, kind, started_at, accepted_by, accept_reason
from history.runs order by {order} desc
"""
# First and last tier of each account within the window of runs; an account that returned to its tier has not moved.
_MOVES = """
with changes as (
    select tier_changes.*,
        row_number() over (partition by account_id order by runs.{order}) as first_place,
        row_number() over (partition by account_id order by runs.{order} desc) as last_place
    from history.tier_changes as tier_changes
    inner join history.runs as runs on runs.run_id = tier_changes.run_id
    where tier_changes.icp_id = $1 and list_contains($2, tier_changes.run_id)
)
select finals.account_id, accounts.name, accounts.domain, accounts.is_customer,
    firsts.from_tier, finals.to_tier, finals.cause, {because} as because, finals.icp_version,
    scores.priority_score, tiers.reasons
from changes as finals
inner join changes as firsts on firsts.account_id = finals.account_id and firsts.first_place = 1
left join core.accounts as accounts on accounts.account_id = finals.account_id
left join icp.account_scores as scores on scores.account_id = finals.account_id and scores.icp_id = finals.icp_id
left join icp.account_tiers as tiers on tiers.account_id = finals.account_id and tiers.icp_id = finals.icp_id
where finals.last_place = 1 and (firsts.from_tier is distinct from finals.to_tier or finals.cause = 'moved')
order by finals.to_tier = 'tier_1' desc, firsts.from_tier = 'tier_1' desc, finals.to_tier,
    scores.priority_score desc nulls last, finals.account_id
"""
# The version a run scored with: for the first ICP the run has it. If a version was made live again, only its last
# promotion is known, so for other ICPs this is as close as history gets.
_LIVE_AT = """
select coalesce(
    (select runs.icp_version from history.runs as runs where runs.run_id = $2 and $1 = 'primary'),
    (
        select versions.icp_version from history.icp_versions as versions
        inner join history.runs as promoting on promoting.started_at = versions.promoted_at
        where versions.icp_id = $1 and promoting.{order} <= (select {order} from history.runs where run_id = $2)
        order by promoting.{order} desc, versions.icp_version desc limit 1
    )
) as icp_version
"""
_CRITERIA = "select kind, attribute, segment, points, lift from history.icp_criteria where icp_version = $1"


def read_diff(home: Home, icp_id: str | None, start: str | None = None, end: str | None = None) -> dict[str, Any]:
    """The last run against the one before it; or from and to given runs, or given ICP versions (criteria only).

    Raises IcpError for an unknown run or version, and for the wrong order.
    """
    if start is None and end is None:
        with live(home) as connection:
            chosen, runs = chosen_icp(connection, icp_id), _runs(connection)
            before = runs[1]["run_id"] if len(runs) > 1 else None
            return _between_runs(connection, chosen, runs, before, runs[0]["run_id"])
    last = newest(home.root)
    # Only the newest file has the whole history: after a rollback the live one lacks the later runs.
    with live(home) if last is None else opened(last.path) as connection:
        chosen, runs = chosen_icp(connection, icp_id), _runs(connection)
        if _ICP_VERSION.fullmatch(start or end or ""):
            return _between_icp_versions(connection, start, end)
        start, end = start or _before(runs, str(end)), end or str(runs[0]["run_id"])
        return _between_runs(connection, chosen, runs, start, end)


def _runs(connection: Connection) -> list[Row]:
    """All runs in the open file, the last publication first."""
    return rows(connection, _RUNS.format(order=publication_order(connection)))


def _between_runs(connection: Connection, icp_id: str, runs: list[Row], start: str | None, end: str) -> dict[str, Any]:
    window = _window([str(run["run_id"]) for run in runs], start, end)
    order = publication_order(connection)
    moved = rows(connection, _MOVES.format(order=order, because=because(connection, "finals")), icp_id, window)
    live_at = _LIVE_AT.format(order=order)
    old = one(connection, live_at, icp_id, start) if start else None
    new = one(connection, live_at, icp_id, end)
    versions = (old["icp_version"] if old else None, new["icp_version"] if new else None)
    by_id = {run["run_id"]: run for run in runs}
    return {
        "icp_id": icp_id,
        "from": by_id.get(start),
        "to": by_id[end],
        "moves": _counted(moved),
        "accounts": moved,
        "criteria": _criteria(connection, *versions),
        "proposed": _proposed(connection, icp_id),
    }


def _between_icp_versions(connection: Connection, start: str | None, end: str | None) -> dict[str, Any]:
    query = f"""
        select versions.icp_version, versions.icp_id, versions.status, versions.as_of, versions.n_customers
        from history.icp_versions as versions
        left join history.runs as learning on learning.run_id = versions.run_id
        order by learning.{publication_order(connection)} desc, versions.icp_version desc
    """
    known = {str(row["icp_version"]): row for row in rows(connection, query)}
    if not start or not end:
        start, end = start or "", end or ""
        own = known.get(start or end, {}).get("icp_id")
        other = next((name for name, row in known.items() if row["icp_id"] == own and row["status"] == "live"), "")
        start, end = start or other, end or other
    if start == end and start in known:
        raise IcpError(
            f"{start} would be compared with itself. Choose another one from `icp versions` for --from or --to."
        )
    for name in (start, end):
        if name not in known:
            raise IcpError(
                f"there is no ICP version '{name}'. Known versions: {', '.join(known) or 'none'}.{nearest(name, known)}"
            )
    return {
        "icp_id": known[end]["icp_id"],
        "from": known[start],
        "to": known[end],
        "moves": [],
        "accounts": [],
        "criteria": _criteria(connection, start, end),
        "proposed": None,
    }


def _window(newest_first: list[str], start: str | None, end: str) -> list[str]:
    """The runs after `start` up to `end`."""
    for name in filter(None, (start, end)):
        if name not in newest_first:
            raise IcpError(
                f"'{name}' is neither a run published from this home nor an ICP version."
                f"{nearest(name, newest_first)} `icp versions` lists both."
            )
    last = newest_first.index(start) if start else len(newest_first)
    first = newest_first.index(end)
    if first >= last:
        raise IcpError(f"--from {start} must be earlier than --to {end}: swap them.")
    return newest_first[first:last]


def _before(runs: list[Row], end: str) -> str | None:
    names = [str(run["run_id"]) for run in runs]
    place = names.index(end) if end in names else len(names)
    return names[place + 1] if place + 1 < len(names) else None


def _counted(moved: list[Row]) -> list[dict[str, Any]]:
    counts: dict[tuple[Any, Any, Any], int] = {}
    for row in moved:
        key = (row["from_tier"], row["to_tier"], row["cause"])
        counts[key] = counts.get(key, 0) + 1
    listed = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return [{"from_tier": a, "to_tier": b, "cause": cause, "accounts": n} for (a, b, cause), n in listed]


def _criteria(connection: Connection, start: str | None, end: str | None) -> dict[str, Any]:
    """Criteria of both versions side by side: each added, dropped, changed (another kind) or kept."""
    old, new = (_by_trait(connection, version) for version in (start, end))
    found = []
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        change = "added" if before is None else "dropped" if after is None else "kept"
        if before and after and before["kind"] != after["kind"]:
            change = "changed"
        shown = after or before or {}
        found.append(
            {
                "change": change,
                "kind": shown["kind"],
                "attribute": key[0],
                "segment": key[1],
                "points_from": before["points"] if before else None,
                "points_to": after["points"] if after else None,
                "lift_from": before["lift"] if before else None,
                "lift_to": after["lift"] if after else None,
            }
        )
    return {"from_version": start, "to_version": end, "items": found}


def _by_trait(connection: Connection, version: str | None) -> dict[tuple[str, str], Row]:
    return {(row["attribute"], row["segment"]): row for row in rows(connection, _CRITERIA, version)}


def _proposed(connection: Connection, icp_id: str) -> str | None:
    """A version that was learned after the live one and is waiting to be promoted."""
    query = f"""
        select versions.icp_version from history.icp_versions as versions
        left join history.runs as learning on learning.run_id = versions.run_id
        where versions.icp_id = $1 and versions.status = 'proposed'
        order by learning.{publication_order(connection)} desc, versions.icp_version desc limit 1
    """
    found = one(connection, query, icp_id)
    return str(found["icp_version"]) if found else None
