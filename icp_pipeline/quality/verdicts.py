"""Great Expectations judges the audits' counts: an expectation `failing = 0` for a table, or for a kind of tag on it.

It sees a frame of counts, not the tables: GX 1.24 cannot read DuckDB, and counts cannot leak a row into Data Docs.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
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
    try:
        Path.home()
    except RuntimeError:
        # A container's user may have neither a name nor a folder, and the library looks for one.
        os.environ["HOME"] = tempfile.gettempdir()
    # Never at the top: it costs 270 MB that reading a warehouse or `icp check` need not pay.
    with contextlib.suppress(Exception):  # what fails here fails again, and is told, when something is judged
        import great_expectations.expectations  # noqa: F401


class Judge:
    """Judges the tables of one run, schema by schema, and keeps the results as Data Docs pages under `docs_dir`."""

    def __init__(self, docs_dir: Path) -> None:
        self._docs_dir = docs_dir
        self._unwritten: list[str] = []

    def judge(self, audit_frames: Mapping[TableName, pd.DataFrame]) -> list[Verdict]:
        """Judge every audited rule.

        Raises JudgeError when a check crashed, counted nothing, or was judged against its own counts.
        """
        rules = [rule for table in sorted(audit_frames) for rule in _rules(table, audit_frames[table])]
        if not rules:
            return []
        schemas = {rule.table.schema for rule in rules}
        suite_name = schemas.pop() if len(schemas) == 1 else "all_models"
        with _crashes_named(f"the checks of {suite_name} could not be run", "Nothing was judged"):
            if suite_name in self._unwritten:
                self.write_docs()
            outcomes = _validate(self._context, rules, suite_name)
            self._unwritten.append(suite_name)
        return [
            verdict for name, group in _grouped(rules).items() for verdict in _verdicts(name, group, outcomes.get(name))
        ]

    def write_docs(self) -> None:
        """Write the pages of all that was judged since the last time: each time costs as much as the pages do.

        Raises JudgeError when that fails.
        """
        if not self._unwritten:
            return
        with _crashes_named(f"the results cannot be kept in {self._docs_dir}", "What was judged stands"):
            write_docs(self._context, self._unwritten, self._docs_dir)
        self._unwritten = []
        del self._context

    @cached_property
    def _context(self) -> Any:
        """One for all suites, because it costs more than judging one."""
        _import_library()
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        context.data_sources.add_pandas(_SOURCE)
        return context


_SOURCE = "audits"


@contextlib.contextmanager
def _crashes_named(what: str, meaning: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise JudgeError(
            f"{what}: {type(error).__name__}: {_one_line(error)}. "
            f"{meaning}; this is a fault of the checks, not of the data."
        ) from error


def _rules(table: TableName, frame: pd.DataFrame) -> list[Rule]:
    missing = [name for name in AUDIT_COLUMNS if name not in frame.columns]
    if missing or frame[[name for name in AUDIT_COLUMNS if name not in missing]].isna().to_numpy().any():
        raise JudgeError(f"the audit of {table} returned no count for some rule ({', '.join(missing) or 'NULL'})")
    return [
        Rule(table, str(check), str(column), severity, int(failing), int(total))
        for check, column, severity, failing, total in frame[list(AUDIT_COLUMNS)].itertuples(index=False)
    ]


def _grouped(rules: list[Rule]) -> dict[str, list[Rule]]:
    """Rules that one expectation judges, under the name that Data Docs show: GX costs milliseconds an expectation.

    Where all rules of a table hold they are one; where some do not, each kind of rule has its own result.
    """
    tables: dict[tuple[TableName, Severity], list[Rule]] = {}
    for rule in rules:
        tables.setdefault((rule.table, rule.severity), []).append(rule)
    groups: dict[str, list[Rule]] = {}
    for (table, severity), found in tables.items():
        kinds = _by_kind(found)
        parts = [kinds] if all(rule.failing == 0 for rule in found) else [{check: kinds[check]} for check in kinds]
        for part in parts:
            said = "; ".join(f"#{check}: {', '.join(rule.column for rule in same)}" for check, same in part.items())
            name = f"{table}{'' if severity == 'critical' else ' (warning)'} {said}"
            groups[name] = [rule for same in part.values() for rule in same]
    return groups


def _by_kind(rules: list[Rule]) -> dict[str, list[Rule]]:
    kinds: dict[str, list[Rule]] = {}
    for rule in rules:
        kinds.setdefault(rule.check, []).append(rule)
    return kinds


def _validate(context: Any, rules: list[Rule], suite_name: str) -> dict[str, dict[str, Any]]:
    import great_expectations as gx
    from great_expectations import expectations as gxe

    groups = _grouped(rules)
    # Passed at once: adding them one by one compares each with all others.
    expectations = [
        gxe.ExpectColumnMaxToBeBetween(column=name, min_value=0, max_value=0, severity=group[0].severity)  # type: ignore[arg-type]
        for name, group in groups.items()
    ]
    suite = context.suites.add(gx.ExpectationSuite(name=suite_name, expectations=expectations))
    asset = context.data_sources.get(_SOURCE).add_dataframe_asset(suite_name)
    batch = asset.add_batch_definition_whole_dataframe("failing_rows")
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=suite_name, data=batch, suite=suite))
    frame = pd.DataFrame({name: [max(rule.failing for rule in group)] for name, group in groups.items()})
    result: Any = definition.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
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
