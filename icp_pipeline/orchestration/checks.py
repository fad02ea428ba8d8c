"""Column tags as Dagster asset checks: one per table, blocking, and a second one for tags marked `!warn`.

One per tag would write seven times as many events to Dagster's history, which would take most of a small run's time.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import dagster as dg

from icp_pipeline.models.model import Column, Model
from icp_pipeline.names import TableName
from icp_pipeline.quality.verdicts import Verdict

_CHECK_NAMES = {"critical": "column_tags", "warning": "column_tags_warn"}


def check_specs(model: Model) -> Iterator[dg.AssetCheckSpec]:
    """The checks that a model's tags ask for; the description lists every column under its tags."""
    for severity, name in _CHECK_NAMES.items():
        tagged = [(column, tag.name) for column in model.columns for tag in column.tags if tag.severity == severity]
        if tagged:
            yield dg.AssetCheckSpec(
                name=name,
                asset=asset_key(model.name),
                description=_listed(tagged),
                blocking=severity == "critical",
            )


def check_keys(model: Model) -> list[dg.AssetCheckKey]:
    """Keys by which the model's checks can be selected."""
    return [spec.key for spec in check_specs(model)]


def check_results(
    table: TableName,
    verdicts: Iterable[Verdict],
    wanted: Collection[dg.AssetCheckKey],
    keys: Mapping[str, list[str]],
) -> Iterator[dg.AssetCheckResult]:
    """Verdicts of one table, combined into one result per selected severity; counts and keys, never values.

    `keys` are those of the first failing rows by rule.
    """
    by_severity: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_severity.setdefault(verdict.severity, []).append(verdict)
    for severity, items in by_severity.items():
        if dg.AssetCheckKey(asset_key(table), _CHECK_NAMES[severity]) not in wanted:
            continue
        failing = {f"{item.check} {item.column}": item.failing for item in items if not item.passed}
        yield dg.AssetCheckResult(
            check_name=_CHECK_NAMES[severity],
            asset_key=asset_key(table),
            passed=not failing,
            severity=dg.AssetCheckSeverity.ERROR if severity == "critical" else dg.AssetCheckSeverity.WARN,
            description=_told(failing, items),
            metadata={
                "rows": items[0].total,
                "rules": len(items),
                "judged_in_run": items[0].judged_in,
                "failing_rows_by_rule": failing,
                **({"first_failing_keys": {rule: keys[rule] for rule in failing if rule in keys}} if failing else {}),
            },
        )


def asset_key(table: TableName) -> dg.AssetKey:
    """`schema.table` as Dagster writes it."""
    return dg.AssetKey([table.schema, table.table])


def _told(failing: dict[str, int], items: list[Verdict]) -> str:
    """The check's description: which rules fail, for how many rows; names and counts, never values."""
    if not failing:
        return f"all {len(items)} rules pass for {items[0].total:,} rows"
    return "; ".join(f"{rule} fails for {count:,} of {items[0].total:,} rows" for rule, count in failing.items())


def _listed(tagged: list[tuple[Column, str]]) -> str:
    """`not_null: account_id, name; unique: account_id`."""
    columns: dict[str, list[str]] = {}
    for column, tag in tagged:
        columns.setdefault(tag, []).append(column.name)
    return "; ".join(f"{tag}: {', '.join(dict.fromkeys(names))}" for tag, names in columns.items())
