"""The part of `icp check` about `sql/`: every rule, whether models bind, and whether they translate.

It all depends on the texts, the code that checks them and the libraries' versions. If nothing was found and
none of these has changed since, nothing is parsed, bound or translated again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.code_digest import code_digest
from icp_pipeline.kept_json import kept_file, read_kept, write_kept
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Finding
from icp_pipeline.models.model_cache import models_digest

KEPT = kept_file("models_checked.json")
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Checked:
    """How much was checked, and all findings."""

    models: int
    columns: int
    tags: int
    findings: Sequence[Finding] = ()


def check_sql(sql_dir: Path, kept: Path = KEPT) -> Checked:
    """Check every model in `sql_dir`."""
    key = f"{models_digest(sql_dir)} {code_digest(_PACKAGE).hex()} duckdb {version('duckdb')} {duck.VERSION}"
    counts = read_kept(kept, key)
    if counts is not None:
        return Checked(counts[0], counts[1], counts[2])
    graph, findings = _check(sql_dir)
    columns = [column for model in graph for column in model.columns] if not findings else []
    counts = [len(graph), len(columns), sum(len(column.tags) for column in columns)]
    if not findings:
        write_kept(kept, key, counts)
    return Checked(counts[0], counts[1], counts[2], findings)


def _check(sql_dir: Path) -> tuple[ModelGraph, list[Finding]]:
    # sqlglot, which an unchanged check does not need.
    from icp_pipeline.models.check import check_models, unread_kinds
    from icp_pipeline.models.graph import read_models
    from icp_pipeline.models.portable_rules import portable_findings
    from icp_pipeline.quality.audit import audit_sql
    from icp_pipeline.warehouse.bind import bind

    graph, broken = read_models(sql_dir)
    broken += check_models(graph, {name: tuple(columns) for name, columns in INPUTS.items()}) + unread_kinds(graph)
    if broken:
        return graph, broken
    bound = bind(graph, audit_sql)
    return graph, bound.findings or portable_findings(graph, bound.types)
