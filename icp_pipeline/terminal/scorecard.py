"""One account's scorecard as plain values: what `icp explain --json` prints and the view draws."""

from __future__ import annotations

from typing import Any

from icp_pipeline.duck import Connection
from icp_pipeline.terminal.find import account_facts
from icp_pipeline.terminal.live import Row, because, kept, one, publication_order, rows
from icp_pipeline.terminal.what_if import what_if

_SCORE = """
select tiers.icp_id, tiers.icp_version, tiers.as_of, tiers.tier, tiers.action, tiers.grade, tiers.tier_since,
    tiers.reasons, tiers.candidate_tier, tiers.candidate_as_of, scores.status, scores.disqualified_by,
    positions.withheld_because,
    scores.fit_score, scores.fit_probability, scores.fit_points, scores.trigger_score, scores.engagement_score,
    scores.priority_score, known.known_attributes, versions.criteria_attributes,
    versions.edge_a, versions.edge_b, versions.edge_d, versions.basis, versions.chance
from icp.account_tiers as tiers
inner join icp.account_scores as scores
    on scores.account_id = tiers.account_id and scores.icp_id = tiers.icp_id
inner join icp.known_criteria as known on known.account_id = tiers.account_id and known.icp_id = tiers.icp_id
inner join icp.live_versions as versions on versions.icp_id = tiers.icp_id
inner join icp.tier_positions as positions
    on positions.account_id = tiers.account_id and positions.icp_id = tiers.icp_id
where tiers.account_id = $1 and tiers.icp_id = $2
"""
_OVERRIDE = """
select {columns}
from icp.overrides where account_id = $1 and icp_id = $2 and is_active
"""
_OVERRIDE_COLUMNS = ("override_tier", "reason_code", "reason", "overridden_by", "given_on", "until")
_EVIDENCE = """
select evidence.attribute, evidence.segment, evidence.points,
    exists (
        select 1 from icp.criteria as criteria
        where criteria.icp_id = evidence.icp_id and criteria.attribute = evidence.attribute
            and criteria.segment = evidence.segment
    ) as is_criterion
from icp.score_evidence as evidence
where evidence.account_id = $1 and evidence.icp_id = $2
order by evidence.attribute = 'prior' desc, abs(evidence.points) desc, evidence.attribute, evidence.segment
"""
# A criterion that this ICP's customers do not separate from another trait stands for that one as well.
_TWINS = """
select attribute, segment, twin_attribute, twin_segment
from icp.criterion_twins where icp_id = $1
order by attribute, segment, correlation desc, twin_attribute, twin_segment
"""
# All columns: files of older releases have no doubt.
_LEAKS = "select * from segments.attribute_leaks"
_TRIGGERS = """
select trigger, strength, age_days, days_left, fresh_points, points as points_left, counted_points
from icp.trigger_points where account_id = $1 and icp_id = $2 order by trigger_rank
"""
_PAST_TRIGGERS = """
select trigger, cast(max(happened_at) as date) as last_happened
from core.account_triggers
where account_id = $1 and trigger not in (
    select trigger from icp.trigger_points where account_id = $1 and icp_id = $2)
group by trigger order by last_happened desc, trigger limit 5
"""
_ENGAGEMENT = """
select scores.engagement_level, scores.engagement_score, points.recent_touches, points.points as possible_points,
    touches.touches, touches.last_touch
from icp.account_scores as scores
left join icp.engagement_points as points on points.account_id = scores.account_id and points.icp_id = scores.icp_id
left join (
    select account_id, count(*) as touches, max(happened_on) as last_touch
    from core.account_engagement group by account_id
) as touches on touches.account_id = scores.account_id
where scores.account_id = $1 and scores.icp_id = $2
"""
# The weighted share of the evidence of either that both have; unrecorded values count for neither.
_CLOSEST = """
with evidence as (
    select account_id, attribute, segment, abs(points) as weight
    from icp.score_evidence where icp_id = $2 and attribute <> 'prior'
),
own as (select attribute, segment, weight from evidence where account_id = $1),
compared as (
    select others.account_id,
        sum(case when own.weight is not null then others.weight else 0 end) as shared,
        sum(others.weight) as theirs,
        (select sum(weight) from own) as ours,
        string_agg(case when own.weight is not null then others.attribute || ' ' || others.segment end, '; '
            order by others.weight desc, others.attribute, others.segment) as alike
    from evidence as others
    inner join outcomes.customer_scores as customers
        on customers.account_id = others.account_id and customers.cohort = 'best'
    left join own on own.attribute = others.attribute and own.segment = others.segment
    where others.account_id <> $1
    group by others.account_id
)
select compared.account_id, accounts.name, accounts.domain, customers.outcome_score,
    cast(shared / nullif(theirs + ours - shared, 0) as double) as likeness, compared.alike
from compared
inner join core.accounts as accounts on accounts.account_id = compared.account_id
inner join outcomes.customer_scores as customers on customers.account_id = compared.account_id
where shared > 0
order by likeness desc, customers.outcome_score desc, compared.account_id
limit 3
"""
_HISTORY = """
select changes.as_of, changes.run_id, changes.from_tier, changes.to_tier, changes.cause, {because} as because,
    changes.icp_version
from history.tier_changes as changes
left join history.runs as runs on runs.run_id = changes.run_id
where changes.account_id in ({ids}) and changes.icp_id = $2 order by runs.{order} desc, changes.run_id desc
"""
# An account whose id changed keeps what happened under the earlier ones.
_IDS = """
select $1 union all
select key_value from history.account_references where key_type = 'account' and account_id = $1 and key_value <> $1
"""
_OUTCOME = """
select cohort, outcome_score, rank_status, acv_usd, net_revenue_retention, nps, retained
from outcomes.customer_scores where account_id = $1
"""


def read_scorecard(connection: Connection, account_id: str, icp_id: str) -> dict[str, Any]:
    """Score, evidence, unknowns, triggers, engagement, closest best customers and history of one account.

    An account outside the ICP has `score` None, and otherwise only its facts and history.
    """
    score = one(connection, _SCORE, account_id, icp_id)
    card: dict[str, Any] = {"account": account_facts(connection, account_id), "icp_id": icp_id, "score": score}
    doubts = _doubts(connection)
    evidence = _doubted(_evidence(connection, account_id, icp_id), doubts)
    guess = what_if(connection, account_id, icp_id) if score else None
    return card | {
        "override": _override(connection, account_id, icp_id),
        "evidence": evidence,
        "evidence_sum": round(sum(item["points"] for item in evidence), 9) if evidence else None,
        "what_if": guess | {"unknown": _doubted(guess["unknown"], doubts)} if guess else None,
        "triggers": rows(connection, _TRIGGERS, account_id, icp_id),
        "past_triggers": rows(connection, _PAST_TRIGGERS, account_id, icp_id),
        "engagement": one(connection, _ENGAGEMENT, account_id, icp_id),
        "outcome": one(connection, _OUTCOME, account_id),
        "closest_best_customers": [_alike(row) for row in rows(connection, _CLOSEST, account_id, icp_id)],
        "history": _history(connection, account_id, icp_id),
    }


def _override(connection: Connection, account_id: str, icp_id: str) -> Row:
    """The active override; all None without one, and in versions before overrides."""
    query = _OVERRIDE.format(columns=", ".join(_OVERRIDE_COLUMNS))
    found = one(connection, query, account_id, icp_id) if kept(connection, "overrides", "override_tier") else None
    return found or dict.fromkeys(_OVERRIDE_COLUMNS)


def _history(connection: Connection, account_id: str, icp_id: str) -> list[Row]:
    ids = _IDS if kept(connection, "account_references", "key_value") else "$1"
    query = _HISTORY.format(order=publication_order(connection), because=because(connection, "changes"), ids=ids)
    return rows(connection, query, account_id, icp_id)


def _evidence(connection: Connection, account_id: str, icp_id: str) -> list[Row]:
    stands_for: dict[tuple[str, str], list[Row]] = {}
    for row in rows(connection, _TWINS, icp_id):
        twin = {"attribute": row["twin_attribute"], "segment": row["twin_segment"]}
        stands_for.setdefault((row["attribute"], row["segment"]), []).append(twin)
    return [
        piece | {"stands_for": stands_for.get((piece["attribute"], piece["segment"]), [])}
        for piece in rows(connection, _EVIDENCE, account_id, icp_id)
    ]


def _doubts(connection: Connection) -> dict[str, str]:
    """By attribute, what to check before relying on it: for any value of the account, criterion or not."""
    return {row["attribute"]: row["doubt"] for row in rows(connection, _LEAKS) if row.get("doubt")}


def _doubted(items: list[Row], doubts: dict[str, str]) -> list[Row]:
    return [item | {"doubt": doubts.get(item["attribute"])} for item in items]


def _alike(row: Row) -> Row:
    return row | {"alike": str(row["alike"] or "").split("; ")[:4]}
