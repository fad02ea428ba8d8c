"""Writes all models in another engine's SQL, as files to run there."""

from __future__ import annotations

from pathlib import Path

from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.portable import SPARK_SETTINGS, Types, transpile


def write_models(graph: ModelGraph, target: str, types: Types, folder: Path) -> list[Path]:
    """Write `<schema>/<table>.sql` for each model, `build_order.txt`, and for Spark what a session must be set to.

    Each file is one SELECT, without the statement that creates a table. Returns the files.
    """
    texts = {
        f"{model.name.schema}/{model.name.table}.sql": transpile(model, target, types, pretty=True) for model in graph
    }
    texts["build_order.txt"] = "\n".join(str(model.name) for model in graph)
    if target == "spark":
        texts["session.sql"] = "\n".join(f"set {key} = {value};" for key, value in SPARK_SETTINGS.items())
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    return [folder / name for name in texts]
