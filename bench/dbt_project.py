"""The same models as a dbt project: tables become `ref` and `source`, tags become data tests, nothing else changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bench.rewrite import as_dbt, dbt_name
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model, Tag
from icp_pipeline.names import INPUT_SCHEMAS, TableName

PROJECT = "icp"
# dbt-utils would need dbt's package hub; these tests do the same.
_TESTS = {
    "unique_with": """{% test unique_with(model, column_name, others) %}
select {{ column_name }}, {{ others | join(', ') }} from {{ model }}
group by {{ column_name }}, {{ others | join(', ') }} having count(*) > 1
{% endtest %}
""",
    "between": """{% test between(model, column_name, low, high) %}
select {{ column_name }} from {{ model }} where {{ column_name }} < {{ low }} or {{ column_name }} > {{ high }}
{% endtest %}
""",
    "finite": """{% test finite(model, column_name) %}
select {{ column_name }} from {{ model }} where not isfinite(cast({{ column_name }} as double))
{% endtest %}
""",
    "same_count_as": """{% test same_count_as(model, column_name, other) %}
select 1 from (select count(*) as rows_here from {{ model }}) as here
cross join (select count(*) as rows_there from {{ other }}) as there where rows_here <> rows_there
{% endtest %}
""",
}
# Without this, dbt would put `core` into a schema named `main_core`.
_SCHEMA_NAMES = """{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name }}{% endmacro %}
"""


def write_dbt_project(graph: ModelGraph, folder: Path, database: Path, threads: int, memory: str) -> None:
    """Write project, profile, models and tests into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    _write_yaml(folder / "dbt_project.yml", _project())
    _write_yaml(folder / "profiles.yml", _profile(database, threads, memory))
    _write_yaml(folder / "models" / "sources.yml", {"sources": [_source(schema) for schema in INPUT_SCHEMAS]})
    _write(folder / "macros" / "generate_schema_name.sql", _SCHEMA_NAMES)
    for name, text in _TESTS.items():
        _write(folder / "tests" / "generic" / f"{name}.sql", text)
    for model in graph:
        config = f"{{{{ config(alias='{model.name.table}', schema='{model.name.schema}') }}}}\n"
        sql = config + as_dbt(model, frozenset(INPUT_SCHEMAS))
        _write(folder / "models" / model.name.schema / f"{dbt_name(model.name)}.sql", sql + "\n")
        _write_yaml(folder / "models" / model.name.schema / f"{dbt_name(model.name)}.yml", {"models": [_model(model)]})


def dbt_command(bin_folder: Path, folder: Path, verb: str) -> list[str | Path]:
    """`run` builds the tables, `build` tests each as soon as it is built."""
    return [bin_folder / "dbt", "--no-version-check", verb, "--project-dir", folder, "--profiles-dir", folder]


def _project() -> dict[str, Any]:
    return {
        "name": PROJECT,
        "version": "1.0",
        "profile": PROJECT,
        "models": {PROJECT: {"+materialized": "table"}},
        "flags": {"send_anonymous_usage_stats": False},
    }


def _profile(database: Path, threads: int, memory: str) -> dict[str, Any]:
    output = {
        "type": "duckdb",
        "path": str(database),
        "schema": "main",
        "threads": threads,
        "settings": {"memory_limit": memory, "preserve_insertion_order": False},
    }
    return {PROJECT: {"target": "bench", "outputs": {"bench": output}}}


def _source(schema: str) -> dict[str, Any]:
    return {"name": schema, "tables": [{"name": name.table} for name in INPUTS if name.schema == schema]}


def _model(model: Model) -> dict[str, Any]:
    columns = []
    for column in model.columns:
        entry: dict[str, Any] = {"name": column.name, "description": column.description}
        if column.tags:
            entry["data_tests"] = list(_tests(column.tags))
        columns.append(entry)
    return {"name": dbt_name(model.name), "description": model.description, "columns": columns}


def _tests(tags: tuple[Tag, ...]) -> Iterator[dict[str, Any]]:
    for tag in tags:
        name, arguments = _test(tag)
        test: dict[str, Any] = {"arguments": arguments} if arguments else {}
        if tag.severity == "warning":
            test["config"] = {"severity": "warn"}
        yield {name: test}


def _test(tag: Tag) -> tuple[str, dict[str, Any]]:
    """dbt's own test, if it has one."""
    match tag.name:
        case "accepted":
            return "accepted_values", {"values": list(tag.args)}
        case "between":
            return "between", {"low": tag.args[0], "high": tag.args[1]}
        case "unique_with":
            return "unique_with", {"others": list(tag.args)}
        case "references":
            table, _, column = tag.args[0].rpartition(".")
            return "relationships", {"to": f"ref('{dbt_name(TableName.parse(table))}')", "field": column}
        case "same_count_as":
            return "same_count_as", {"other": f"ref('{dbt_name(TableName.parse(tag.args[0]))}')"}
    return tag.name, {}


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    _write(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
