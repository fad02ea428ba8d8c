"""Great Expectations judges the audits' counts: one expectation `failing = 0` for each kind of tag on a table.

It sees a frame of counts, not the tables: GX 1.24 cannot read DuckDB, and counts cannot leak a row into Data Docs.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd

from icp_pipeline.errors import IcpError
from icp_pipeline.models.model import Severity
from icp_pipeline.names import TableName
from icp_pipeline.quality.audit import AUDIT_COLUMNS
from icp_pipeline.quality.docs import write_docs


class JudgeError(IcpError):
    """A check could not be carried out: neither a pass nor bad data, and nothing may be published on it."""


@dataclass(frozen=True)
class Rule:
    """One tag of one column, with what its audit counted."""

    table: TableName
    check: str
    column: str
    severity: Severity
    failing: int
    total: int


@dataclass(frozen=True)
class Verdict(Rule):
    """A rule that was judged."""

    passed: bool


def get_ready() -> None:
    """Import Great Expectations beside other work: it takes two seconds, and landing waits on files and on DuckDB."""
    # No daemon: a program that ends in the middle of an import may end badly.
    Thread(target=_import_library, name="import of great_expectations").start()


def _import_library() -> None:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    # Never at the top: it costs 270 MB that reading a warehouse or `icp check` need not pay.
    with contextlib.suppress(Exception):  # what fails here fails again, and is told, when something is judged
        import great_expectations.expectations  # noqa: F401


def judge(audit_frames: Mapping[TableName, pd.DataFrame], docs_dir: Path) -> list[Verdict]:
    """Judge every audited rule, and keep the result as Data Docs pages under `docs_dir`.

    Raises JudgeError when a check crashed, counted nothing, or was judged against its own counts.
    """
    rules = [rule for table in sorted(audit_frames) for rule in _rules(table, audit_frames[table])]
    if not rules:
        return []
    schemas = {rule.table.schema for rule in rules}
    suite_name = schemas.pop() if len(schemas) == 1 else "all_models"
    try:
        outcomes = _validate(rules, suite_name, docs_dir)
    except Exception as error:
        raise JudgeError(
            f"the checks of {suite_name} could not be run: {type(error).__name__}: {_one_line(error)}. "
            "Nothing was judged; this is a fault of the checks, not of the data."
        ) from error
    return [
        verdict for name, group in _grouped(rules).items() for verdict in _verdicts(name, group, outcomes.get(name))
    ]


def _rules(table: TableName, frame: pd.DataFrame) -> list[Rule]:
    missing = [name for name in AUDIT_COLUMNS if name not in frame.columns]
    if missing or frame[[name for name in AUDIT_COLUMNS if name not in missing]].isna().to_numpy().any():
        raise JudgeError(f"the audit of {table} returned no count for some rule ({', '.join(missing) or 'NULL'})")
    return [
        Rule(table, str(check), str(column), severity, int(failing), int(total))
        for check, column, severity, failing, total in frame[list(AUDIT_COLUMNS)].itertuples(index=False)
    ]


def _grouped(rules: list[Rule]) -> dict[str, list[Rule]]:
    """Rules of one kind on one table, under the name that Data Docs show: GX costs milliseconds an expectation."""
    groups: dict[tuple[TableName, str, Severity], list[Rule]] = {}
    for rule in rules:
        groups.setdefault((rule.table, rule.check, rule.severity), []).append(rule)
    return {
        f"{table} #{check}{'' if severity == 'critical' else ' (warning)'}: {', '.join(r.column for r in group)}": group
        for (table, check, severity), group in groups.items()
    }


def _validate(rules: list[Rule], suite_name: str, docs_dir: Path) -> dict[str, dict[str, Any]]:
    _import_library()
    import great_expectations as gx
    from great_expectations import expectations as gxe

    groups = _grouped(rules)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    # Passed at once: adding them one by one compares each with all others.
    expectations = [
        gxe.ExpectColumnMaxToBeBetween(column=name, min_value=0, max_value=0, severity=group[0].severity)  # type: ignore[arg-type]
        for name, group in groups.items()
    ]
    suite = context.suites.add(gx.ExpectationSuite(name=suite_name, expectations=expectations))
    asset = context.data_sources.add_pandas("audits").add_dataframe_asset(suite_name)
    batch = asset.add_batch_definition_whole_dataframe("failing_rows")
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=suite_name, data=batch, suite=suite))
    frame = pd.DataFrame({name: [max(rule.failing for rule in group)] for name, group in groups.items()})
    result: Any = definition.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
    write_docs(context, suite_name, docs_dir)
    outcomes: list[Any] = [item.to_json_dict() for item in result.results]
    return {outcome["expectation_config"]["kwargs"]["column"]: outcome for outcome in outcomes}


def _verdicts(name: str, group: list[Rule], outcome: dict[str, Any] | None) -> list[Verdict]:
    """GX reports a crashed expectation as `success: False` with an empty result: that is no verdict."""
    if outcome is None:
        raise JudgeError(f"{name}: the check returned nothing")
    if outcome["exception_info"].get("raised_exception", True) or "observed_value" not in outcome["result"]:
        message = outcome["exception_info"].get("exception_message") or "no result"
        raise JudgeError(f"{name}: the check crashed: {message}")
    failing = max(rule.failing for rule in group)
    if outcome["success"] != (failing == 0):
        raise JudgeError(f"{name}: judged {outcome['success']} although {failing} rows fail")
    return [Verdict(r.table, r.check, r.column, r.severity, r.failing, r.total, r.failing == 0) for r in group]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
