"""Ends a run: writes exports, records history, then makes warehouse and exports live, one after the other."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from icp_pipeline.activation import export_folders as exports
from icp_pipeline.activation.export import write_exports
from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.activation.row_batches import kept
from icp_pipeline.activation.target import ExportRun
from icp_pipeline.activation.targets import queries
from icp_pipeline.run.accounting import account_for_everything
from icp_pipeline.run.acknowledge import forget_applied, taken_answers
from icp_pipeline.run.attribute_changes import record_changes
from icp_pipeline.run.code_version import code_version
from icp_pipeline.run.experiments import keep_experiments
from icp_pipeline.run.guards import hold_mass_change
from icp_pipeline.run.left_out import refuse_old_tables
from icp_pipeline.run.promotion import keep_fit_reference
from icp_pipeline.run.standings import PIECES, keep_standings
from icp_pipeline.warehouse import publish as warehouse
from icp_pipeline.warehouse.refusals import named_refusals
from icp_pipeline.warehouse.versions import next_sequence

if TYPE_CHECKING:
    from icp_pipeline.run.session import Run


def publish_run(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make this run the live one; returns metadata for the warehouse and for the exports.

    Everything is complete on disk before the first of the two links moves. A kill between them leaves the warehouse one
    run ahead; `repair` moves the exports to the same run at the next start.
    """
    refuse_old_tables(run)
    docs = run.begin_docs()
    with run.timed("checks"):
        account_for_everything(run)
    accepted = hold_mass_change(run)
    with named_refusals(run.home.root):
        return _publish(run, accepted, docs)


def _publish(run: Run, accepted: str | None, docs: Future[None]) -> tuple[dict[str, Any], dict[str, Any]]:
    with run.timed("exports"), _beside_exports(run) as folder:
        fields = run.settings.crm_fields
        rows = kept(run.build.batches, queries(fields), folder)
        version = run.frame(_LIVE_VERSION)["v"].iloc[0]
        about = ExportRun(run.run_id, run.as_of, version if isinstance(version, str) else None)
        pages, taken = run.report.pages(), taken_answers(run.build)
        # The export reads the work file no more: history is recorded and the file written to disk while it is built.
        run.seal(lambda: _record_history(run, accepted))
        manifest = write_exports(rows, run.home.exports / run.run_id, about, fields, pages)
    with run.timed("publishing"):
        docs.result()
        path = run.publish()
        exports.flip_latest(run.home.root, run.run_id)
        published = {version.run_id for version in warehouse.versions(run.home.root)}
        exports.prune(run.home.root, run.settings.retention.versions, published)
        forget_applied(run.home, taken)
    return (
        {
            "path": run.home.live,
            "version": path.name,
            "size_mb": round(path.stat().st_size / 1e6, 1),
            "seconds_by_stage": {stage: round(seconds, 2) for stage, seconds in run.seconds.items()},
        },
        {
            "folder": run.home.latest,
            "report": run.home.latest / "index.html",
            "tiers": dict(manifest.tiers) if len(manifest.tiers_by_icp) == 1 else dict(manifest.tiers_by_icp),
            "files": {file.name: _in_words(file) for file in manifest.files},
        },
    )


def _in_words(file: ManifestFile) -> str:
    """`40,300 rows, 3,113,896 bytes: what it is for`; only the size for files whose rows mean nothing."""
    said = f"{file.bytes:,} bytes: {file.purpose}"
    return said if file.rows is None else f"{file.rows:,} rows, {said}"


@contextmanager
def _beside_exports(run: Run) -> Iterator[Path]:
    """A folder for building the export; a killed run's is deleted with its other unfinished files."""
    run.home.exports.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{run.run_id}.", suffix=".partial", dir=run.home.exports) as folder:
        yield Path(folder)


def _record_history(run: Run, accepted: str | None) -> None:
    """Append to `history` what this run decided; it is published with the run or not at all."""
    build = run.build
    record_changes(run)
    build.execute(_TIER_CHANGES, [run.run_id, run.as_of, run.started_at.replace(tzinfo=None)])
    build.execute(_AUDIENCE_CHANGES, [run.run_id])
    build.execute(_OVERRIDES, [run.run_id, run.as_of])
    keep_standings(build, run.fingerprints.changed_in(PIECES))
    keep_experiments(build)
    keep_fit_reference(run)
    build.execute(CRM_TAGS, [run.run_id])
    build.execute(_LEAD_ROUTES, [run.run_id, run.as_of])
    build.execute(_LEAD_TAGS, [run.run_id])
    build.execute("delete from history.lead_scores")
    build.execute(_LEAD_SCORES)
    finished = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    asked = run.request
    kind = "promote" if asked.promote else "refit" if asked.refit else "refresh"
    build.execute(
        _RUNS,
        [
            run.run_id,
            run.started_at.replace(tzinfo=None),
            finished,
            run.as_of,
            kind,
            run.accepted_by,
            asked.accept,
            accepted,
            code_version(run.graph),
            next_sequence(run.home.root),
        ],
    )


# The one in the CRM's main fields.
_LIVE_VERSION = "select icp_version as v from icp.live_versions where icp_id = 'primary'"
_TIER_CHANGES = """
insert into history.tier_changes by name
select ? as run_id, ? as as_of, ? as changed_at, account_id, icp_id, from_tier, to_tier, icp_version, cause, because
from icp.tier_transitions
"""
_AUDIENCE_CHANGES = """
insert into history.audience_changes by name
select ? as run_id, audience, account_id, change, as_of, cause from activation.audience_changes
"""
# An override that is deleted from its file keeps its row; one that is prolonged gets another.
_OVERRIDES = """
insert into history.overrides by name
select ? as run_id, ? as as_of, overrides.account_id, overrides.icp_id, override_tier, reason_code, overridden_by,
    until, machine_tier, tiers.relationship
from icp.overrides as overrides
inner join icp.account_tiers as tiers using (account_id, icp_id)
where overrides.is_active and not exists (
    select 1 from history.overrides as known
    where (known.account_id, known.icp_id, known.override_tier, known.overridden_by, known.until)
        = (overrides.account_id, overrides.icp_id, overrides.override_tier, overrides.overridden_by, overrides.until)
)
"""
# Only changes: the newest row of a record is what its CRM has, provided failed writes are removed. A record that is no
# longer exported is recorded once.
CRM_TAGS = """
insert into history.crm_tags by name
select ? as run_id, target, record_id, icp_id, coalesce(new_tier, 'gone') as tier, new_score as score, icp_version,
    action, override_tier
from exports.changes
order by target, record_id, icp_id
"""
_LEAD_SCORES = """
insert into history.lead_scores by name
select scores.lead_id, icp_id, basis, tier, grade, reasons, fit_points, fit_probability, fit_score, known_share,
    icp_version, leads.is_converted and scores.scored_on = run.as_of as is_converted, scores.scored_on as as_of
from icp.lead_scores as scores
inner join core.leads as leads using (lead_id)
cross join settings.run as run
"""
_LEAD_TAGS = """
insert into history.lead_tags by name
select target, record_id, tier, cast(score as double) as score, route, icp_version, ? as run_id
from exports.lead_tags where is_changed
"""
# Only changes from the lead's last row, so the table grows with events.
_LEAD_ROUTES = """
insert into history.lead_routes by name
with last_routes as (
    select lead_id, route, rule, tier
    from history.lead_routes as routes
    left join icp.past_runs as runs on routes.run_id = runs.run_id
    where not coalesce(runs.is_look_back, false)
    qualify row_number() over (partition by lead_id order by coalesce(sequence, 0) desc, routes.run_id desc) = 1
)
select ? as run_id, routes.lead_id, routes.route, routes.rule, routes.tier, leads.is_converted, ? as as_of
from activation.lead_routes as routes
inner join core.leads as leads using (lead_id)
left join last_routes using (lead_id)
where (routes.route, routes.rule, routes.tier) is distinct from (last_routes.route, last_routes.rule, last_routes.tier)
"""
_RUNS = """
insert into history.runs by name
select ? as run_id, ? as started_at, ? as finished_at, ? as as_of,
    (select icp_version from icp.live_versions where icp_id = 'primary') as icp_version,
    (select count(*) from core.accounts) as accounts,
    (select count(*) from core.customers) as customers,
    (select count(*) from quality.source_files) as files,
    (select coalesce(sum(rows_read), 0) from quality.source_files) as rows_read,
    (select coalesce(sum(rows_rejected), 0) from quality.source_files) as rows_rejected,
    ? as kind, ? as accepted_by, ? as accept_reason, ? as accepted_changes, ? as code_version, ? as sequence
"""
