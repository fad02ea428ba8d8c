"""Column tags as Dagster asset checks: one per table and kind of tag, blocking unless marked `!warn`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import dagster as dg

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.quality.verdicts import Verdict


def check_specs(model: Model) -> Iterator[dg.AssetCheckSpec]:
    """One spec for each kind of tag that the model's columns carry."""
    columns: dict[tuple[str, bool], list[str]] = {}
    for column in model.columns:
        for tag in column.tags:
            columns.setdefault((tag.name, _is_blocking(tag.severity)), []).append(column.name)
    for (name, blocking), names in columns.items():
        yield dg.AssetCheckSpec(
            name=_check_name(name, blocking),
            asset=asset_key(model.name),
            description=f"{name.replace('_', ' ')}: {', '.join(dict.fromkeys(names))}",
            blocking=blocking,
        )


def check_results(table: TableName, verdicts: Iterable[Verdict]) -> Iterator[dg.AssetCheckResult]:
    """Verdicts of one table, folded to one result per kind of tag; counts only, never values."""
    grouped: dict[tuple[str, bool], list[Verdict]] = {}
    for verdict in verdicts:
        grouped.setdefault((verdict.check, _is_blocking(verdict.severity)), []).append(verdict)
    for (name, blocking), items in grouped.items():
        failing = {item.column: item.failing for item in items if not item.passed}
        yield dg.AssetCheckResult(
            check_name=_check_name(name, blocking),
            asset_key=asset_key(table),
            passed=not failing,
            severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
            metadata={"rows": items[0].total, "columns_checked": len(items), "failing_rows_by_column": failing},
        )


def asset_key(table: TableName) -> dg.AssetKey:
    """`schema.table` as Dagster writes it."""
    return dg.AssetKey([table.schema, table.table])


def _check_name(tag: str, blocking: bool) -> str:
    return tag if blocking else f"{tag}_warn"


def _is_blocking(severity: str) -> bool:
    return severity == "critical"
