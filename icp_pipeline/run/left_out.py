"""Completes a selection of tables: a run that publishes builds the others too, so that all are of one date.

Tables of the live version have its date and files. Published beside tables of today they
would go out under today's date. Unchanged tables are not rebuilt, so completing the selection costs little.
"""

from __future__ import annotations

from icp_pipeline.errors import PublishError
from icp_pipeline.run.icp_versions import learn_version
from icp_pipeline.run.session import Run, stop_on_critical
from icp_pipeline.run.stages import stages


def make_all_before(run: Run, stage_name: str | None = None) -> None:
    """Build, check and learn everything before a stage that this run has not built; with None, everything."""
    for stage in stages(run.graph):
        if stage.name == stage_name:
            return
        if stage.name in run.made_stages:
            continue
        run.made_stages.add(stage.name)
        if stage.is_learning:
            learn_version(run)
        # Built tables are not built again: they would be compared with themselves, not with the previous version.
        run.build_models([model for model in stage.models if model.name not in run.fingerprints.decisions])
        stop_on_critical(run.audit(stage.models), run.home.state / "data_docs")


def refuse_old_tables(run: Run) -> None:
    """Raise PublishError if this run did not look at a table of the work file."""
    old = [str(model.name) for model in run.graph if model.name not in run.fingerprints.decisions]
    if old:
        raise PublishError(
            f"{len(old)} tables are from an earlier run, not from {run.as_of} and the files landed now: "
            f"{', '.join(old[:3])}. Nothing was published. Run all assets, or `icp run`."
        )
