"""The same models as a SQLMesh project: each SELECT gets a MODEL header, tags become audits, nothing else changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model, Tag
from icp_pipeline.names import TableName, literal

# Tags for which SQLMesh has no audit of its own.
_AUDITS = {
    "finite": "select * from @this_model where not isfinite(cast(@column as double))",
    "references_column": "select * from @this_model as child where child.@column is not null and not exists "
    "(select 1 from @other as referenced where referenced.@key = child.@column)",
    "same_count_as": "select 1 from (select count(*) as n from @this_model) as here "
    "cross join (select count(*) as n from @other) as there where here.n <> there.n",
}


def write_sqlmesh_project(graph: ModelGraph, folder: Path, database: Path, tasks: int, memory: str) -> None:
    """Write configuration, models and audits into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    _write_yaml(folder / "config.yaml", _config(database, tasks, memory))
    _write_yaml(folder / "external_models.yaml", [_external(name) for name in INPUTS])
    for name, query in _AUDITS.items():
        _write(folder / "audits" / f"{name}.sql", f"AUDIT (name {name});\n\n{query};\n")
    for model in graph:
        _write(folder / "models" / model.name.schema / f"{model.name.table}.sql", sqlmesh_model(model))


def sqlmesh_command(bin_folder: Path, folder: Path) -> list[str | Path]:
    """Plan and apply, which builds every model and audits each as soon as it is built."""
    return [bin_folder / "sqlmesh", "--paths", folder, "plan", "--auto-apply", "--no-prompts", "--skip-tests"]


def sqlmesh_model(model: Model, with_audits: bool = True) -> str:
    """A model file; SQLMesh finds the dependencies in the SELECT by itself, also with sqlglot."""
    parts = [f"name {model.name}", "kind FULL"]
    if with_audits:
        audited, audits = _audited_tables(model), list(_audits(model))
        # SQLMesh finds what a SELECT reads, but not the other tables that an audit reads.
        parts += [f"depends_on ({', '.join(audited)})"] if audited else []
        parts += [f"audits (\n    {', '.join(audits)}\n  )"] if audits else []
    return "MODEL (\n  " + ",\n  ".join(parts) + f"\n);\n\n{model.sql}\n"


def _audited_tables(model: Model) -> list[str]:
    tags = [tag for column in model.columns for tag in column.tags]
    tables = {tag.args[0] for tag in tags if tag.name == "same_count_as"}
    tables |= {tag.args[0].rpartition(".")[0] for tag in tags if tag.name == "references"}
    return sorted(tables - {str(model.name)})


def _audits(model: Model) -> Iterator[str]:
    """The audits; `not_null` takes all its columns at once, as SQLMesh users write it."""
    for severity in ("critical", "warning"):
        tagged = [(column.name, tag) for column in model.columns for tag in column.tags if tag.severity == severity]
        suffix = "" if severity == "critical" else ", blocking := false"
        columns = [name for name, tag in tagged if tag.name == "not_null"]
        if columns:
            yield f"not_null(columns := ({', '.join(columns)}){suffix})"
        for name, tag in tagged:
            if tag.name != "not_null":
                yield f"{_audit(name, tag)[:-1]}{suffix})"


def _audit(column: str, tag: Tag) -> str:
    match tag.name:
        case "unique":
            # SQLMesh treats NULLs as equal; the tag allows several.
            return f"unique_values(columns := ({column}), condition := {column} is not null)"
        case "accepted":
            words = ", ".join(map(literal, tag.args))
            return f"accepted_values(column := cast({column} as varchar), is_in := ({words},))"
        case "between":
            return f"accepted_range(column := {column}, min_v := {tag.args[0]}, max_v := {tag.args[1]})"
        case "unique_with":
            return f"unique_combination_of_columns(columns := ({', '.join((column, *tag.args))}))"
        case "references":
            table, _, key = tag.args[0].rpartition(".")
            return f"references_column(column := {column}, other := {table}, key := {key})"
        case "same_count_as":
            return f"same_count_as(other := {tag.args[0]})"
    return f"{tag.name}(column := {column})"


def _config(database: Path, tasks: int, memory: str) -> dict[str, Any]:
    connection = {
        "type": "duckdb",
        "database": str(database),
        "concurrent_tasks": tasks,
        "connector_config": {"memory_limit": memory, "preserve_insertion_order": False},
    }
    return {
        "gateways": {"bench": {"connection": connection}},
        "default_gateway": "bench",
        "model_defaults": {"dialect": "duckdb", "start": "2026-01-01"},
        "disable_anonymized_analytics": True,
    }


def _external(name: TableName) -> dict[str, Any]:
    return {"name": str(name), "columns": dict(INPUTS[name])}


def _write_yaml(path: Path, content: Any) -> None:
    _write(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
