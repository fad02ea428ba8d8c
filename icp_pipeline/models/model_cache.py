"""Caches parsed models: parsing all of `sql/` takes a second, and it changes less often than runs start.

The key is a digest of the SQL and of the code that reads it.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icp_pipeline.catalog.inputs import WORDS_FILE
from icp_pipeline.kept_json import kept_file, read_kept, write_kept
from icp_pipeline.models.graph import ModelGraph, load_models, model_files
from icp_pipeline.models.model import Column, Lineage, Model, Tag
from icp_pipeline.names import TableName

if TYPE_CHECKING:
    from sqlglot import exp

_CODE = Path(__file__).parent
KEPT = kept_file("models_read.json")
_of_this_process: dict[str, ModelGraph] = {}


def cached_models(sql_dir: Path, kept: Path = KEPT) -> ModelGraph:
    """`load_models`, or its last result if nothing has changed since. Raises ModelError as it does."""
    texts = model_files(sql_dir)
    key = _digest(sql_dir, texts)
    if key not in _of_this_process:
        facts = read_kept(kept, key)
        graph = load_models(sql_dir) if facts is None else _graph(texts, facts)
        if facts is None:
            write_kept(kept, key, [_facts(graph, model) for model in graph.models.values()])
        _of_this_process[key] = graph
    return _of_this_process[key]


def models_digest(sql_dir: Path) -> str:
    """Equal only for the same texts at the same places, read by the same code."""
    return _digest(sql_dir, model_files(sql_dir))


def _digest(sql_dir: Path, texts: dict[Path, str]) -> str:
    """Digest of every model's text and path, and of the code that reads them."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} sqlglot {version('sqlglot')} {sql_dir}\n".encode())
    for path, text in texts.items():
        digest.update(f"{path}\n{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    for path in sorted([*_CODE.glob("*.py"), _CODE.parent / "names.py", WORDS_FILE]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _facts(graph: ModelGraph, model: Model) -> dict[str, Any]:
    """Everything about a model but its text and syntax tree."""
    return {
        "path": str(model.path),
        "name": str(model.name),
        "description": model.description,
        "columns": [
            [column.name, column.description, [[tag.name, tag.args, tag.severity] for tag in column.tags], column.line]
            for column in model.columns
        ],
        "depends_on": [str(name) for name in model.depends_on],
        "partition_column": model.partition_column,
        "builds_partitions": model.builds_partitions,
        "lineage": {
            column: [[str(table), source] for table, source in origins]
            for column, origins in graph.lineage(model).items()
        },
    }


def _graph(texts: dict[Path, str], facts: list[dict[str, Any]]) -> ModelGraph:
    models = [_model(texts, item) for item in facts]
    lineage: dict[TableName, Lineage] = {
        TableName.parse(item["name"]): {
            column: [(TableName.parse(table), source) for table, source in origins]
            for column, origins in item["lineage"].items()
        }
        for item in facts
    }
    return ModelGraph({model.name: model for model in models}, lineage)


def _model(texts: dict[Path, str], facts: dict[str, Any]) -> Model:
    path = Path(facts["path"])
    columns = (
        Column(name, description, tuple(Tag(tag, tuple(args), severity) for tag, args, severity in tags), line)
        for name, description, tags, line in facts["columns"]
    )
    return Model(
        TableName.parse(facts["name"]),
        path,
        texts[path],
        facts["description"],
        tuple(columns),
        tuple(TableName.parse(name) for name in facts["depends_on"]),
        cache(partial(_tree, texts[path], path)),
        facts["partition_column"],
        facts["builds_partitions"],
    )


def _tree(sql: str, path: Path) -> exp.Query:
    from icp_pipeline.models.parse import read_select  # sqlglot, which a run does without

    return read_select(sql, path)
