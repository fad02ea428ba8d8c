"""The asset graph: its assets, their dependencies, and their checks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from icp_pipeline.definitions import defs
from icp_pipeline.home import SQL
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import MODEL_SCHEMAS

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")
REGENERATE = "ICP_WRITE_SNAPSHOT=1 .venv/bin/pytest tests/orchestration/test_asset_graph.py"


@pytest.fixture(scope="module")
def graph() -> dg.AssetGraph:
    return defs.resolve_asset_graph()


def _lines(graph: dg.AssetGraph) -> Iterator[str]:
    for node in sorted(graph.asset_nodes, key=lambda item: item.key):
        checks = sorted(graph.get_check_keys_for_assets({node.key}), key=lambda key: key.name)
        yield f"{_name(node.key)} [{node.group_name}]"
        yield from (f"  <- {_name(key)}" for key in sorted(node.parent_keys))
        yield from (f"  {key.name} ({graph.get_check_spec(key).description})" for key in checks)


def _name(key: dg.AssetKey) -> str:
    return ".".join(key.path)


def test_the_graph_is_the_one_that_was_agreed(graph: dg.AssetGraph) -> None:
    """A change of tables, dependencies or checks shows up in review as a change of this file."""
    now = "\n".join(_lines(graph)) + "\n"
    if os.environ.get("ICP_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(now, encoding="utf-8")
    assert now == SNAPSHOT.read_text(encoding="utf-8"), f"If this is meant, write the snapshot anew: {REGENERATE}"


def test_every_asset_is_described_and_belongs_to_a_group(graph: dg.AssetGraph) -> None:
    bare = [_name(node.key) for node in graph.asset_nodes if not node.description or node.group_name == "default"]
    assert bare == []


def test_groups_are_the_schemas_with_landing_learning_and_publication(graph: dg.AssetGraph) -> None:
    assert {node.group_name for node in graph.asset_nodes} == {"lake", *MODEL_SCHEMAS, "learning", "published"}


def test_every_table_of_sql_is_an_asset_and_depends_on_what_its_select_reads(graph: dg.AssetGraph) -> None:
    for model in cached_models(SQL):
        node = graph.get(dg.AssetKey([model.name.schema, model.name.table]))
        read = {(name.schema, name.table) for name in model.depends_on if name.schema not in ("settings", "history")}
        assert read <= {tuple(key.path) for key in node.parent_keys}, model.name


def test_learning_stands_between_segments_and_icp(graph: dg.AssetGraph) -> None:
    learned = graph.get(dg.AssetKey(["learning", "icp_model"]))
    assert dg.AssetKey(["segments", "icp_segment_lift"]) in learned.parent_keys
    assert dg.AssetKey(["icp", "criteria"]) in learned.child_keys


def test_publication_waits_for_every_table_people_and_crms_read(graph: dg.AssetGraph) -> None:
    for name in ("warehouse", "exports"):
        parents = graph.get(dg.AssetKey(["published", name])).parent_keys
        read = ("icp", "activation", "results", "voice", "quality", "exports")
        last = {node.key for node in graph.asset_nodes if node.group_name in read}
        assert last <= parents


def test_publication_is_the_last_step_of_any_selection(graph: dg.AssetGraph) -> None:
    """Dagster orders a selection by direct dependencies only, not through assets that were left out."""
    others = {node.key for node in graph.asset_nodes if node.group_name != "published"}
    assert graph.get(dg.AssetKey(["published", "warehouse"])).parent_keys == others


def test_every_tag_beside_a_column_is_a_check_and_only_warn_tags_do_not_block(graph: dg.AssetGraph) -> None:
    wanted = {
        (f"{model.name}", column.name, tag.name, tag.severity == "critical")
        for model in cached_models(SQL)
        for column in model.columns
        for tag in column.tags
    }
    found = {
        (_name(spec.asset_key), column.strip(), rule.partition(":")[0].strip(), spec.blocking)
        for spec in map(graph.get_check_spec, graph.asset_check_keys)
        for rule in str(spec.description).split(";")
        for column in rule.partition(":")[2].split(",")
    }
    assert found == wanted


def test_one_process_runs_everything() -> None:
    """DuckDB has one writer, so one process per step would not work."""
    assert defs.executor is dg.in_process_executor
    for job in ("icp_refresh", "icp_refit"):
        assert defs.resolve_job_def(job).executor_def.name == "in_process"
