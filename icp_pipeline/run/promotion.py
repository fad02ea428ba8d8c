"""Whether a new version replaces the live one automatically: only if it is not worse, and moves few accounts.

Nobody watches the quarterly refit. So it never carries an acceptance of its own: a version that would move
more accounts than the guards allow is recorded as proposed, the live one stays, and the run is published as on any
other night. A person who promotes it with `icp promote` accepts the moves with it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.learning.wins import learned_from_wins
from icp_pipeline.names import TableName
from icp_pipeline.run.guards import tier_changes_too_large
from icp_pipeline.run.icp_data import IcpData

if TYPE_CHECKING:
    from icp_pipeline.learning.compare_versions import Contest
    from icp_pipeline.run.session import Run

# Tiers with fewer tested deals than this may be in any order.
_FEWEST_JUDGED = 10
_SCORED = TableName("icp", "account_tiers")
_MOVES = """
select coalesce(previous_tier, 'new') as from_tier, tier as to_tier, cast(count(*) as integer) as accounts
from icp.account_tiers where icp_id = '{icp_id}' group by 1, 2 order by 1, 2
"""
_FIT_REFERENCE = """
insert into history.icp_fit_reference by name
select icp_version, icp_id, from_points, share_below, share from icp.fit_reference
where icp_version not in (select icp_version from history.icp_fit_reference)
"""
_EVIDENCE = "select attribute, level, points from history.icp_evidence where icp_version = '{icp_version}'"
_AS_OF = "select as_of from history.icp_versions where icp_version = '{icp_version}'"


@dataclass(frozen=True)
class Rivals:
    """The new version of one ICP, and the live one it is compared with."""

    icp_id: str
    new: str
    live: str


def promote_if_not_worse(run: Run, data: IcpData, rivals: Rivals, learned: LearnedIcp) -> dict[str, Any]:
    """Try the new version on every account, evaluate it, and make it live or leave it proposed; stored in history.

    Returns metadata: the verdict and its reasons. Expects both versions to be in history already.
    """
    with run.timed("comparison"):
        contest = _contest(run, data, rivals, learned)
        # What was prefetched is made of nothing learned, so another version leaves it as it is.
        models = run.not_prefetched(_scoring_models(run))
        run.fingerprints.tried(models)
        make_live(run, rivals.icp_id, rivals.new)
        _score(run, models)
        # Also for a version that is only proposed: its scores are relative to the market it was learned from.
        keep_fit_reference(run)
        moves = run.frame(_MOVES.format(icp_id=rivals.icp_id))
        reasons = [*_worse(contest, rivals), *_disordered(learned.backtest, data.settings.interval_z)]
        reasons += [*_without_criteria(learned), *tier_changes_too_large(run, rivals.icp_id)]
        if reasons:
            _put_back(run, rivals)
            _score(run, models)
    _record(run, rivals, contest, moves, reasons)
    verdict, status = ("proposed", "proposed") if reasons else ("promoted", "live")
    return {
        "verdict": verdict,
        "status": status,
        "compared_with": rivals.live,
        "reasons": "; ".join(reasons) or "not worse",
    }


def make_live(run: Run, icp_id: str, name: str) -> None:
    """Retire the live version of an ICP and put another in its place, from this run's as-of date on."""
    retire_live(run, icp_id)
    run.build.execute(
        "update history.icp_versions set status = 'live', promoted_at = ?, live_from = ? where icp_version = ?",
        [run.started_at.replace(tzinfo=None), run.as_of, name],
    )


def retire_live(run: Run, icp_id: str) -> None:
    """Retire the live version of an ICP."""
    run.build.execute(
        "update history.icp_versions set status = 'retired' where status = 'live' and icp_id = ?", [icp_id]
    )


def keep_fit_reference(run: Run) -> None:
    """Store with each live version, once, the market that its fit scores are relative to."""
    run.build.execute(_FIT_REFERENCE)


def _put_back(run: Run, rivals: Rivals) -> None:
    run.build.execute(
        "update history.icp_versions set status = 'proposed', promoted_at = null, live_from = null "
        "where icp_version = ?",
        [rivals.new],
    )
    run.build.execute("update history.icp_versions set status = 'live' where icp_version = ?", [rivals.live])


def _scoring_models(run: Run) -> list[Any]:
    """The inputs of `icp.account_tiers` in its schema, and itself, in build order."""
    needed, waiting = {_SCORED}, [_SCORED]
    while waiting:
        reads = {name for name in run.graph[waiting.pop()].depends_on if name.schema == "icp"} - needed
        needed |= reads
        waiting += reads
    return [model for model in run.graph.of_schema("icp") if model.name in needed]


def _score(run: Run, models: list[Any]) -> None:
    for model in models:
        run.build.build(model)


def _contest(run: Run, data: IcpData, rivals: Rivals, learned: LearnedIcp) -> Contest | None:
    # Imported here, because most nights learn nothing.
    from icp_pipeline.learning.compare_versions import compare_versions, read_world

    frames, settings = data.frames(rivals.icp_id), data.settings
    observations = frames.observations
    if learned.basis == "wins":
        observations, settings = learned_from_wins(observations, None)[0], replace(settings, basis="wins")
    world = read_world(observations, frames.attributes, frames.definitions)
    live = run.frame(_EVIDENCE.format(icp_version=rivals.live))
    as_of = run.frame(_AS_OF.format(icp_version=rivals.live))["as_of"].iloc[0]
    return compare_versions(world, live, learned.evidence, pd.Timestamp(as_of), settings)


def _worse(contest: Contest | None, rivals: Rivals) -> list[str]:
    if contest is None:
        return [f"there are too few later deals to compare it with {rivals.live}"]
    if not contest.is_worse:
        return []
    return [
        f"it ranks the {contest.judged} deals after {contest.split_at} worse than {rivals.live} (AUC "
        f"{contest.auc_new:.3f} against {contest.auc_live:.3f}, beyond chance)"
    ]


def _disordered(backtest: pd.DataFrame, z: float) -> list[str]:
    """Tiers whose later deals turned out significantly better than those of the tier above."""
    judged = backtest[backtest["accounts"] >= _FEWEST_JUDGED].sort_values("tier", key=lambda tier: tier.map(_ORDER))
    rows = list(judged[["tier", "accounts", "outcome_rate"]].itertuples(index=False, name=None))
    reasons = []
    for (above, n, rate), (below, m, other) in itertools.pairwise(rows):
        error = (rate * (1 - rate) / n + other * (1 - other) / m) ** 0.5
        if other - rate > z * error:
            reasons.append(f"in its backtest {below} did better than {above} ({other:.0%} against {rate:.0%})")
    return reasons


_ORDER = {"tier_1": 1, "tier_2": 2, "tier_3": 3, "not_icp": 4}


def _without_criteria(learned: LearnedIcp) -> list[str]:
    return [] if len(learned.criteria) else ["it has no criteria"]


def _record(run: Run, rivals: Rivals, contest: Contest | None, moves: pd.DataFrame, reasons: list[str]) -> None:
    keys = {"icp_version": rivals.new, "icp_id": rivals.icp_id, "compared_with": rivals.live}
    row: dict[str, Any] = {
        **keys,
        "run_id": run.run_id,
        "decided_at": run.started_at.replace(tzinfo=None),
        "verdict": "proposed" if reasons else "promoted",
        "reasons": "; ".join(reasons) or None,
    }
    if contest is not None:
        row |= {
            "split_at": contest.split_at,
            "is_unseen": contest.is_unseen,
            "judged": contest.judged,
            "good": contest.good,
            "auc": contest.auc_new,
            "auc_compared": contest.auc_live,
            "auc_difference_se": contest.auc_error,
        }
    run.build.append(TableName("history", "icp_promotions"), pd.DataFrame([row]))
    run.build.append(TableName("history", "icp_version_moves"), moves.assign(**keys))
