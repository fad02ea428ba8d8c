"""One Dagster asset per table, one op per schema: per-op cost is what makes many small steps slow.

What an op does is `run.py`'s; here it is only named, described and reported. Concept: Dagster multi-assets.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from icp_pipeline.activation.targets import files
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.home import SQL
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.orchestration.checks import asset_key, check_keys, check_results, check_specs
from icp_pipeline.orchestration.freshness import exports_freshness
from icp_pipeline.orchestration.jobs import settings_or_defaults
from icp_pipeline.orchestration.resource import RunResource
from icp_pipeline.rebuild.decision import counted
from icp_pipeline.run.customer_words import COUNTED_FROM, reads_words
from icp_pipeline.run.failing_rows import failing_keys
from icp_pipeline.run.icp_versions import learn_version
from icp_pipeline.run.left_out import make_all_before
from icp_pipeline.run.publishing import publish_run
from icp_pipeline.run.session import stop_on_critical
from icp_pipeline.run.stages import LEARNING, Stage, is_learned, stages
from icp_pipeline.terminal.run_summary import read_summary
from icp_pipeline.terminal.run_summary_markdown import summary_markdown

LEARNED = dg.AssetKey(["learning", "icp_model"])
WAREHOUSE = dg.AssetKey(["published", "warehouse"])
EXPORTS = dg.AssetKey(["published", "exports"])

Results = Iterator[dg.MaterializeResult | dg.AssetCheckResult]


def all_assets() -> list[dg.AssetsDefinition]:
    """Landing, one op per schema with the learning before `icp`, and publication last."""
    graph = cached_models(SQL)
    assets = [_landing()]
    for stage in stages(graph):
        assets.append(_learning(graph) if stage.is_learning else _schema(graph, stage))
    return [*assets, _publication(graph)]


def _landing() -> dg.AssetsDefinition:
    tables = sorted(name for name in INPUTS if name.schema == "lake")
    specs = [
        dg.AssetSpec(
            asset_key(name),
            group_name="lake",
            description=f"Landed files of kind {name.table}, all text, with file and line. Files that did not change "
            "since the last run are not parsed again.",
            kinds={"parquet"},
        )
        for name in tables
    ]

    @dg.multi_asset(name="landing", specs=specs, can_subset=True)
    def landing(context: dg.AssetExecutionContext, session: RunResource) -> Results:
        """Read new and changed files of the landing folder into the lake."""
        session.run.progress("landing: reading files")
        lake = session.run.land()
        for name in tables:
            if asset_key(name) in context.selected_asset_keys:
                files = [item for item in lake.files if item.table_name == name.table]
                yield dg.MaterializeResult(
                    asset_key=asset_key(name),
                    metadata={
                        "dagster/row_count": sum(item.rows_loaded for item in files),
                        "files": len(files),
                        "files_parsed_now": sum(item.parsed for item in files),
                        "rows_read": sum(item.rows_read for item in files),
                        "rows_rejected": sum(item.rows_rejected for item in files),
                    },
                )

    return landing


def _schema(graph: ModelGraph, stage: Stage) -> dg.AssetsDefinition:
    schema, models = stage.name, stage.models

    @dg.multi_asset(
        name=f"{schema}_models",
        specs=[_model_spec(graph, model) for model in models],
        check_specs=[spec for model in models for spec in check_specs(model)],
        can_subset=True,
    )
    def schema_models(context: dg.AssetExecutionContext, session: RunResource) -> Results:
        run = session.run
        chosen = [model for model in models if asset_key(model.name) in context.selected_asset_keys]
        run.open()
        # In a full run the next tables are prefetched, and the report is started, while Dagster writes events.
        is_whole = not run.request.starts_from_live
        makes_all = not is_whole and _publishes(context)
        if makes_all:
            make_all_before(run, schema)
        if chosen:
            run.progress(f"{schema}: building")
        rows = run.build_models(models if makes_all else chosen, stage.prefetch if is_whole else ())
        run.made_stages.add(schema)
        decisions = {model.name: run.decisions([model])[0] for model in chosen}
        if chosen:
            run.progress(f"{schema}: {counted(decisions.values())}")
        if is_whole and schema == "icp":
            run.report.begin()
        # The UI can also execute a single check: then the live version's table is checked as it is.
        wanted = context.selected_asset_check_keys
        judged = [model for model in models if model in chosen or wanted.intersection(check_keys(model))]
        auditing = run.begin_audit(models if makes_all else judged)
        if chosen and not _publishes(context):
            context.log.warning(_NOT_PUBLISHED)
        types = run.build.types_of_schema(schema)
        for model in chosen:
            told = _table_metadata(graph, model, rows[model.name], types[model.name])
            told |= {"rebuild": decisions[model.name].action, "rebuild_reason": decisions[model.name].reason}
            told |= {} if _publishes(context) else {"published": _NOT_PUBLISHED}
            # Not in the result: Dagster would also write it to the event of the step's output.
            context.add_asset_metadata(told, asset_key(model.name))
            yield dg.MaterializeResult(asset_key=asset_key(model.name))
        # After all tables: a check asks for the event of its table, and until then events can wait for each other.
        verdicts = auditing.result()
        for model in judged:
            keys = failing_keys(run, model, verdicts[model.name])
            yield from check_results(model.name, verdicts[model.name], wanted, keys)
        stop_on_critical(verdicts, run.home.state / "data_docs")

    return schema_models


# A run of some tables is a trial unless publication is among them: it must not look like more in the UI.
_NOT_PUBLISHED = (
    "No: built and checked on a copy of the live version, then dropped. To keep it, select published/warehouse and "
    "published/exports too: then all tables are made for this run's day, also those that are not selected."
)


def _publishes(context: dg.AssetExecutionContext) -> bool:
    """Whether the run's selection ends in publication."""
    # For a whole job it is None, or empty.
    selected = context.run.asset_selection
    return not selected or WAREHOUSE in selected


def _model_spec(graph: ModelGraph, model: Model) -> dg.AssetSpec:
    return dg.AssetSpec(
        asset_key(model.name),
        deps=list(_dependencies(graph, model)),
        group_name=model.name.schema,
        description=model.description,
        kinds={"duckdb", "sql"},
        metadata={
            "sql": dg.MetadataValue.md(f"```sql\n{model.sql}\n```"),
            "file": f"sql/{model.name.schema}/{model.name.table}.sql",
        },
    )


def _dependencies(graph: ModelGraph, model: Model) -> Iterable[dg.AssetKey]:
    """Lake tables and models; settings and history are there before any asset, but learning and counting write."""
    tables = [*model.depends_on, *(COUNTED_FROM if reads_words(model) else ())]
    keys = [asset_key(name) for name in tables if name.schema == "lake" or name in graph]
    return [*keys, LEARNED] if any(map(is_learned, model.depends_on)) else keys


def _table_metadata(graph: ModelGraph, model: Model, rows: int, types: dict[str, str]) -> dict[str, Any]:
    """Row count, columns with type and meaning, and which source columns each comes from."""
    lineage = {
        column: [dg.TableColumnDep(asset_key(table), source) for table, source in sources if _is_asset(graph, table)]
        for column, sources in graph.lineage(model).items()
    }
    columns = [dg.TableColumn(c.name, types.get(c.name, "unknown"), c.description) for c in model.columns]
    return {
        "dagster/row_count": rows,
        "dagster/column_schema": dg.TableSchema(columns),
        "dagster/column_lineage": dg.TableColumnLineage({name: deps for name, deps in lineage.items() if deps}),
    }


def _is_asset(graph: ModelGraph, table: TableName) -> bool:
    return table.schema == "lake" or table in graph


def _learning(graph: ModelGraph) -> dg.AssetsDefinition:
    reads = [name for name in _LEARNS_FROM if name in graph]
    spec = dg.AssetSpec(
        LEARNED,
        deps=[asset_key(name) for name in reads],
        group_name="learning",
        description="The ICP as learned from outcomes: criteria, evidence weights, calibration, backtest; by version.",
        kinds={"scikitlearn"},
    )

    @dg.multi_asset(name="learning", specs=[spec])
    def learning(context: dg.AssetExecutionContext, session: RunResource) -> Results:
        """Learn a first version, or a new one if requested; otherwise the live version stays."""
        run = session.run
        run.open()
        if run.request.starts_from_live and _publishes(context):
            make_all_before(run, LEARNING)
        # In a partial selection a later table may have been built first, and then has already learned its inputs.
        is_learned = LEARNING in run.made_stages
        run.made_stages.add(LEARNING)
        run.progress("learning: criteria and evidence")
        yield dg.MaterializeResult(asset_key=LEARNED, metadata={} if is_learned else learn_version(run))

    return learning


_LEARNS_FROM = tuple(
    TableName.parse(name)
    for name in (
        "core.account_attributes",
        "core.account_triggers",
        "core.customers",
        "core.deals",
        "outcomes.observations",
        "segments.attribute_leaks",
        "segments.icp_segment_lift",
        "segments.segment_definitions",
    )
)


def _publication(graph: ModelGraph) -> dg.AssetsDefinition:
    read = ("icp", "activation", "results", "voice", "quality", "exports")
    tables = [model.name for model in graph.in_order()]
    schedule = settings_or_defaults().schedule
    specs = [
        dg.AssetSpec(
            WAREHOUSE,
            # All of them: in a partial selection this is the last step, too.
            deps=[*(asset_key(name) for name in INPUTS if name.schema == "lake"), LEARNED, *map(asset_key, tables)],
            group_name="published",
            description="The live version: `warehouse/icp.duckdb`, a link to the run's own file. Any DuckDB client "
            "from 1.5 on opens it; a run never locks it. `icp rollback VERSION` goes back to an earlier one.",
            kinds={"duckdb"},
        ),
        dg.AssetSpec(
            EXPORTS,
            deps=[asset_key(name) for name in tables if name.schema in read],
            group_name="published",
            description="The export files in `exports/latest`: the report `index.html`, `manifest.json`, and\n"
            + "\n".join(f"- `{name}` ({for_whom}): {purpose}" for name, for_whom, purpose in files()),
            kinds={"csv"},
            freshness_policy=exports_freshness(schedule.refresh, schedule.timezone),
        ),
    ]

    @dg.multi_asset(name="publication", specs=specs)
    def publication(context: dg.AssetExecutionContext, session: RunResource) -> Results:
        """Write the exports, then make this run's warehouse and exports the live ones."""
        session.run.open()
        if session.run.request.starts_from_live:
            make_all_before(session.run)
        session.run.progress("publishing")
        warehouse, exports = publish_run(session.run)
        data_docs = session.run.home.state / "data_docs" / "index.html"
        yield dg.MaterializeResult(asset_key=WAREHOUSE, metadata=_paths({**warehouse, "data_docs": data_docs}))
        summary = dg.MetadataValue.md(summary_markdown(read_summary(session.run.home)))
        yield dg.MaterializeResult(asset_key=EXPORTS, metadata={"summary": summary, **_paths(exports)})

    return publication


def _paths(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata in which the UI shows paths as such."""
    return {
        name: dg.MetadataValue.path(value) if isinstance(value, Path) else value for name, value in metadata.items()
    }
