"""Great Expectations judges the audits' counts: an expectation `failing = 0` for a table, or for a kind of tag on it.

It sees counts of failing rows, not the tables. Where a schema's rules and these counts, which each run takes anew, are
those that the library judged before, in the same version, its verdicts and its page stand: a verdict says which run
judged it.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa

from icp_pipeline.errors import IcpError
from icp_pipeline.models.model import Severity
from icp_pipeline.names import TableName
from icp_pipeline.quality import gx_process
from icp_pipeline.quality.audit import AUDIT_COLUMNS
from icp_pipeline.quality.docs import forget_page, has_judged, has_page, keep_judged, read_judged, write_index


class JudgeError(IcpError):
    """A check could not be carried out: neither passed nor failed, so nothing may be published."""


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
    """A checked rule, and the run in which Great Expectations checked it: an earlier one if nothing has changed."""

    passed: bool
    judged_in: str = ""


class Library(Protocol):
    """Interface of Great Expectations, in this process or another."""

    def start(self) -> None:
        """Start loading it, unless it is loaded."""
        ...

    def judge(self, session: str, suite: str, expectations: pa.Table) -> pa.Table:
        """Outcomes of the expectations: rows of `gx_process.EXPECTED` in, `gx_worker.OUTCOMES` out."""
        ...

    def write_docs(self, session: str, docs_dir: Path, suites: list[str]) -> None:
        """Write the pages of suites that were judged in this session."""
        ...


class Judge:
    """Judges the tables of one run, schema by schema, and keeps the results as Data Docs pages under `docs_dir`."""

    def __init__(self, docs_dir: Path, run_id: str = "", library: Library = gx_process.shared) -> None:
        self._docs_dir = docs_dir
        self._run_id = run_id
        self._library = library
        self._session = uuid.uuid4().hex
        # Suites without a page yet, and what was judged there; None where that may not stand for another run.
        self._unwritten: dict[str, str | None] = {}

    def get_ready(self, only_first: bool = False) -> None:
        """Start the library beside other work; `only_first`: only where it has judged nothing yet that could stand."""
        if only_first and has_judged(self._docs_dir):
            return
        self._library.start()

    def judge(self, audit_frames: Mapping[TableName, pd.DataFrame]) -> list[Verdict]:
        """Check every audited rule.

        Raises JudgeError when a check crashed, counted nothing, or was judged against its own counts.
        """
        rules = [rule for table in sorted(audit_frames) for rule in _rules(table, audit_frames[table])]
        if not rules:
            return []
        schemas = {rule.table.schema for rule in rules}
        suite = schemas.pop() if len(schemas) == 1 else "all_models"
        key = _key(rules)
        groups = _grouped(rules)
        judged_in = self._judged_before(suite, key)
        if judged_in is None:
            self._judge(suite, groups)
            judged_in = self._run_id
            # Only now: what crashed is judged again.
            self._unwritten[suite] = key
        return [_verdict(rule, judged_in) for group in groups.values() for rule in group]

    def _judge(self, suite: str, groups: dict[str, list[Rule]]) -> None:
        if suite in self._unwritten:
            self.write_docs()
        with _crashes_named(f"the checks of {suite} could not be run", "Nothing was judged"):
            try:
                answer = self._library.judge(self._session, suite, _expected(groups))
            except gx_process.ProcessGoneError:
                # With what it knew of other suites: their pages stay as they are.
                self._unwritten = {}
                raise
        self._unwritten[suite] = None
        outcomes = {row["name"]: row for row in answer.to_pylist()}
        for name, group in groups.items():
            _refuse_contradiction(name, group, outcomes.get(name))

    def write_docs(self) -> None:
        """Write the pages of all that was judged since the last time: each time costs as much as the pages do.

        Raises JudgeError when that fails.
        """
        if not self._unwritten:
            return
        unwritten, self._unwritten = self._unwritten, {}
        with _crashes_named(f"the results cannot be kept in {self._docs_dir}", "What was judged stands"):
            for suite in unwritten:
                forget_page(self._docs_dir, suite)
            self._library.write_docs(self._session, self._docs_dir, list(unwritten))
            for suite, key in unwritten.items():
                keep_judged(self._docs_dir, suite, key, self._run_id)
            write_index(self._docs_dir)

    def _judged_before(self, suite: str, key: str) -> str | None:
        """The run that checked the same, if its page exists."""
        if suite in self._unwritten or not has_page(self._docs_dir, suite):
            return None
        known, run_id = read_judged(self._docs_dir, suite)
        return run_id if known == key else None


@contextlib.contextmanager
def _crashes_named(what: str, meaning: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise JudgeError(
            f"{what}: {type(error).__name__}: {_one_line(error)}. {meaning}: the checks are at fault, not the data."
        ) from error


def _rules(table: TableName, frame: pd.DataFrame) -> list[Rule]:
    missing = [name for name in AUDIT_COLUMNS if name not in frame.columns]
    # Lists, because of the few rows of a frame each question to it takes longer than reading them all.
    columns = [frame[name].tolist() for name in AUDIT_COLUMNS if name not in missing]
    if missing or any(value is None or value != value for column in columns for value in column):
        raise JudgeError(f"the audit of {table} returned no count for some rule ({', '.join(missing) or 'NULL'})")
    return [
        Rule(table, str(check), str(column), severity, int(failing), int(total))
        for check, column, severity, failing, total in zip(*columns, strict=True)
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


def _expected(groups: Mapping[str, list[Rule]]) -> pa.Table:
    rows = [(name, group[0].severity, max(rule.failing for rule in group)) for name, group in groups.items()]
    return pa.table(list(zip(*rows, strict=True)), schema=gx_process.EXPECTED)


def _key(rules: list[Rule]) -> str:
    """Cache key: equal only for the same tables, rules, failing rows and library version."""
    lines = [gx_process.library_version()]
    lines += [f"{rule.table} {rule.check} {rule.column} {rule.severity} {rule.failing}" for rule in rules]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _refuse_contradiction(name: str, group: list[Rule], outcome: Mapping[str, object] | None) -> None:
    if outcome is None:
        raise JudgeError(f"{name}: the check returned nothing")
    if outcome["failure"]:
        raise JudgeError(f"{name}: the check crashed: {outcome['failure']}")
    failing = max(rule.failing for rule in group)
    if outcome["success"] != (failing == 0):
        raise JudgeError(f"{name}: judged {outcome['success']} although {failing} rows fail")


def _verdict(rule: Rule, judged_in: str) -> Verdict:
    return Verdict(
        rule.table, rule.check, rule.column, rule.severity, rule.failing, rule.total, rule.failing == 0, judged_in
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
