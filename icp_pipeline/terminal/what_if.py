"""What is unknown about an account, and what knowing it would change: `icp.what_if` and the cases of the tier rule."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from icp_pipeline.duck import Connection
from icp_pipeline.terminal.live import Row, one, rows

# Each trait of which the account has no value at all, and the least and most that its values could add.
_UNKNOWN = """
select possible.attribute, possible.is_criterion, min(possible.points) as points_from, max(possible.points) as points_to
from icp.trait_values as possible
inner join icp.account_points as points on points.icp_id = possible.icp_id and points.fit_points is not null
inner join icp.live_versions as versions on versions.icp_id = possible.icp_id and versions.edge_b is not null
where points.account_id = $1 and points.icp_id = $2 and possible.attribute not in (
    select attribute from core.account_attributes where account_id = $1)
group by possible.attribute, possible.is_criterion
order by possible.attribute
"""
_MOVES = """
select attribute, tier, segment, points, on_second_day
from icp.what_if where account_id = $1 and icp_id = $2 order by attribute, tier, place
"""
_SPAN = """
with tiers as (
    select max(case when case_kind = 'as_is' then tier end) as now,
        max(case when case_kind = 'best_of_unknown' then tier end) as best,
        max(case when case_kind = 'worst_of_unknown' then tier end) as worst
    from icp.tier_cases where account_id = $1 and icp_id = $2
)
select coalesce(best, now) as best, coalesce(worst, now) as worst from tiers
"""
_MISSING = """
select greatest(0, versions.min_known_attributes - points.known_attributes) as missing
from icp.account_points as points
inner join icp.live_versions as versions on versions.icp_id = points.icp_id
where points.account_id = $1 and points.icp_id = $2 and points.fit_points is not null and versions.edge_b is not null
"""
# Triggers that would lift the account to a better tier if they happened today.
_TRIGGERS = """
select cases.attribute as trigger, cases.points as adds, cases.tier
from icp.tier_cases as cases
inner join icp.tier_positions as positions
    on positions.account_id = cases.account_id and positions.icp_id = cases.icp_id
where cases.account_id = $1 and cases.icp_id = $2 and cases.case_kind = 'trigger'
    and cases.tier_rank < positions.tier_rank
order by adds desc, trigger
"""


def what_if(connection: Connection, account_id: str, icp_id: str) -> dict[str, Any]:
    """`unknown` traits with the tiers they could lead to, the `best` and `worst` tier that all of them together
    could, how many `missing` traits keep it unscored, and the `triggers` that would move it up."""
    missing = one(connection, _MISSING, account_id, icp_id)
    if missing is None:
        return {"unknown": [], "best": None, "worst": None, "missing": 0, "triggers": []}
    moves = {name: list(lines) for name, lines in groupby(rows(connection, _MOVES, account_id, icp_id), _attribute)}
    return {
        "unknown": [
            trait | {"moves": _by_tier(moves.get(_attribute(trait), []))}
            for trait in rows(connection, _UNKNOWN, account_id, icp_id)
        ],
        **(one(connection, _SPAN, account_id, icp_id) or {}),
        **missing,
        "triggers": rows(connection, _TRIGGERS, account_id, icp_id),
    }


def _attribute(row: Row) -> str:
    return str(row["attribute"])


def _by_tier(lines: list[Row]) -> list[dict[str, Any]]:
    """The values that would lead to each tier."""
    return [
        {"tier": tier, "values": [{key: line[key] for key in ("segment", "points", "on_second_day")} for line in found]}
        for tier, found in groupby(lines, lambda line: line["tier"])
    ]
