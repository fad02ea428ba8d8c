"""What is not known of an account and what learning it would change, one trait at a time, by the rules of the tiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from icp_pipeline.duck import Connection
from icp_pipeline.terminal.live import Row, one, rows
from icp_pipeline.terminal.tier_rules import Edges, Standing, Trait, is_near_edge, missing_traits, tier_of

_STANDING = """
select scores.fit_points, scores.trigger_score, known.known_attributes,
    scores.disqualified_by is not null as is_disqualified,
    coalesce(processes.points, 0) as process_points,
    coalesce(processes.meets_negative_criterion, false) as has_objection,
    versions.edge_a, versions.edge_b, versions.edge_d, versions.tier_margin, versions.min_known_share,
    versions.criteria_attributes
from icp.account_scores as scores
inner join icp.known_criteria as known
    on known.account_id = scores.account_id and known.icp_id = scores.icp_id
inner join icp.live_versions as versions on versions.icp_id = scores.icp_id
left join icp.buying_process as processes
    on processes.account_id = scores.account_id and processes.icp_id = scores.icp_id
where scores.account_id = $1 and scores.icp_id = $2
"""
# Each value that the live version has learned something about, for traits of which the account has no value at all.
_UNKNOWN = """
with processes as (
    select distinct attribute from core.account_attributes where dimension = 'organizational'
)
select distinct evidence.attribute, evidence.segment, evidence.points,
    evidence.attribute in (select attribute from icp.criteria where icp_id = $2) as is_criterion,
    coalesce(criteria.kind = 'disqualifier', false) as disqualifies,
    processes.attribute is not null as is_process,
    coalesce(criteria.kind in ('negative', 'disqualifier'), false) as objects
from history.icp_evidence as evidence
inner join icp.live_versions as versions
    on versions.icp_id = evidence.icp_id and versions.icp_version = evidence.icp_version
left join icp.criteria as criteria
    on criteria.icp_id = evidence.icp_id and criteria.attribute = evidence.attribute
    and criteria.segment = evidence.segment
left join processes on processes.attribute = evidence.attribute
where evidence.icp_id = $2 and evidence.attribute not in (
    select attribute from core.account_attributes where account_id = $1)
order by evidence.attribute, evidence.points desc, evidence.segment
"""
_TRIGGERS = """
select effects.trigger, greatest(effects.points, effects.floor_points) as points
from history.icp_trigger_effects as effects
inner join icp.live_versions as versions
    on versions.icp_id = effects.icp_id and versions.icp_version = effects.icp_version
where effects.icp_id = $1 and effects.trigger not like '*%' and effects.points > 0
order by points desc, effects.trigger
"""
_ACTIVE = "select trigger, points from icp.trigger_points where account_id = $1 and icp_id = $2"


def standing_of(connection: Connection, account_id: str, icp_id: str) -> tuple[Standing, Edges] | None:
    """What decides the account's tier; None before an ICP is live."""
    row = one(connection, _STANDING, account_id, icp_id)
    if row is None or row["fit_points"] is None or row["edge_b"] is None:
        return None
    standing = Standing(
        row["fit_points"], row["trigger_score"], row["known_attributes"], row["is_disqualified"],
        row["process_points"], row["has_objection"],
    )  # fmt: skip
    edges = Edges(
        row["edge_a"], row["edge_b"], row["edge_d"], row["tier_margin"], row["min_known_share"],
        row["criteria_attributes"],
    )  # fmt: skip
    return standing, edges


def what_if(connection: Connection, account_id: str, icp_id: str, tier_now: str) -> dict[str, Any]:
    """`unknown` traits with the tiers they could lead to, the `best` and `worst` tier that all of them together
    could, how many `missing` traits keep it unscored, and the `triggers` that would move it up."""
    decided = standing_of(connection, account_id, icp_id)
    if decided is None:
        return {"unknown": [], "best": None, "worst": None, "missing": 0, "triggers": []}
    standing, edges = decided
    values = rows(connection, _UNKNOWN, account_id, icp_id)
    by_trait = [(name, list(items)) for name, items in groupby(values, key=lambda row: str(row["attribute"]))]
    known = {row["trigger"]: row["points"] for row in rows(connection, _ACTIVE, account_id, icp_id)}
    return {
        "unknown": [_trait(name, items, standing, edges, tier_now) for name, items in by_trait],
        "best": tier_of(_all_at(by_trait, standing, max), edges),
        "worst": tier_of(_all_at(by_trait, standing, min), edges),
        "missing": missing_traits(standing, edges),
        "triggers": list(_trigger_moves(standing, edges, known, rows(connection, _TRIGGERS, icp_id))),
    }


def _trait(name: str, values: list[Row], standing: Standing, edges: Edges, tier_now: str) -> dict[str, Any]:
    """One unknown trait and, by tier, the values that would lead there; every other value adds nothing."""
    is_criterion = bool(values[0]["is_criterion"])
    anything_else = {"segment": None, "points": 0.0, "is_criterion": is_criterion}
    moves: dict[str, list[dict[str, Any]]] = {}
    # Not the tier it has: within the margin that may differ from its points for a day, whatever is learned.
    unlearned = tier_of(standing, edges)
    for value in (*values, anything_else):
        learned = standing.with_trait(_as_trait(value))
        tier = tier_of(learned, edges)
        if tier != unlearned:
            waits = tier != tier_now and not learned.is_disqualified and is_near_edge(learned, edges, tier_now)
            found = {"segment": value["segment"], "points": value["points"], "on_second_day": waits}
            moves.setdefault(tier, []).append(found)
    return {
        "attribute": name,
        "is_criterion": is_criterion,
        "points_from": min(0.0, *(value["points"] for value in values)),
        "points_to": max(0.0, *(value["points"] for value in values)),
        "moves": [{"tier": tier, "values": found} for tier, found in sorted(moves.items())],
    }


def _as_trait(value: Mapping[str, Any]) -> Trait:
    flags = ("is_criterion", "disqualifies", "is_process", "objects")
    return Trait(value["points"], **{name: bool(value.get(name)) for name in flags})


def _all_at(by_trait: Iterable[tuple[str, list[Row]]], standing: Standing, pick: Any) -> Standing:
    """As if every unknown trait turned out at its best (max) or worst (min); an unheard-of value adds 0."""
    for _, values in by_trait:
        unheard_of = Trait(0.0, is_criterion=bool(values[0]["is_criterion"]))
        traits = [unheard_of, *map(_as_trait, values)]
        # At its worst a disqualifier or an objection counts before any points.
        standing = standing.with_trait(pick(traits, key=_harmless))
    return standing


def _harmless(trait: Trait) -> tuple[bool, bool, float]:
    return not trait.disqualifies, not trait.objects, trait.points


def _trigger_moves(
    standing: Standing, edges: Edges, known: dict[str, float], effects: list[Row]
) -> Iterator[dict[str, Any]]:
    """Triggers that would lift the account to a better tier if they happened today."""
    tiers = ["tier_1", "tier_2", "tier_3", "not_icp"]
    now = tier_of(standing, edges)
    for effect in effects if now in tiers else ():
        points = sorted({**known, effect["trigger"]: effect["points"]}.values(), reverse=True)
        score = sum(value * 0.5**place for place, value in enumerate(points))
        tier = tier_of(replace(standing, trigger_score=score), edges)
        if tiers.index(tier) < tiers.index(now):
            yield {"trigger": effect["trigger"], "adds": round(score - standing.trigger_score, 9), "tier": tier}
