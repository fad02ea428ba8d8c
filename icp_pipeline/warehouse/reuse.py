"""What need not be built again: a table whose SELECT, and everything it reads, is as it was in the live version.

A fingerprint covers the SQL, the engine's version and the fingerprints of all that is read, down to the landed files'
content. Two tables of `history` keep fingerprints and audit counts with the version they belong to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from icp_pipeline import duck
from icp_pipeline.models.inputs import inputs_of
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.versions import live_version_file, newest

FINGERPRINTS = TableName("history", "table_fingerprints")
AUDITS = TableName("history", "table_audits")
_INPUTS = "inputs"
_AUDIT_NAMES = {"check": "check_name", "column": "column_name"}


def input_fingerprints(
    lake_parquet: Mapping[str, Sequence[Path]],
    settings_tables: Mapping[str, pa.Table],
    lake_tables: Mapping[str, pa.Table],
) -> dict[TableName, str]:
    """Of every `lake` and `settings` table. A lake file never changes under its name; size and time are to be sure."""
    found = {}
    for name in inputs_of("lake"):
        files = sorted(lake_parquet.get(name.table, ()))
        facts = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
        found[name] = _of_arrow(lake_tables[name.table]) if name.table in lake_tables else _digest(facts)
    for table, rows in settings_tables.items():
        # The run's own id is new each time; models that read it are never the same (see `_run_ids`).
        found[TableName("settings", table)] = _of_arrow(rows.drop_columns("run_id") if table == "run" else rows)
    return found


class Fingerprints:
    """Fingerprints of this run's tables, and those of the live version that it started from, if it did."""

    def __init__(self, inputs: Mapping[TableName, str], recorded: Mapping[TableName, str], run_id: str) -> None:
        self._inputs = dict(inputs)
        self._recorded = recorded
        self._run_id = run_id
        self._history: dict[TableName, str] = {}
        self.made: dict[TableName, str] = {}

    def read_history(self, build: Build) -> None:
        """Take the content of `history` as it is now; learning and earlier runs change it."""
        self._history = {
            name: _digest([str(row) for row in build.frame(_content(name)).itertuples(index=False)])
            for name in inputs_of("history")
            if name not in (FINGERPRINTS, AUDITS)
        }

    def is_unchanged(self, model: Model) -> bool:
        """Whether the table as it stands in the work file is what building it would give; notes its fingerprint."""
        self.made[model.name] = self._of(model)
        return self._recorded.get(model.name) == self.made[model.name]

    def _of(self, model: Model) -> str:
        known = self._inputs | self._history | self.made
        read = {*model.depends_on, *_tables_in_tags(model)}
        reads = [f"{name} {known.get(name, self._run_id)}" for name in sorted(read)]
        own = [self._run_id] if _RUN_ID.search(model.sql) and "settings.run" in model.sql else []
        return _digest([duckdb.__version__, model.sql, *reads, *own])

    def record(self, build: Build, audits: Mapping[TableName, pd.DataFrame]) -> None:
        """Keep this run's fingerprints and audit counts in the version that it becomes."""
        rows = [(str(name), value) for name, value in self.made.items()]
        rows.append((_INPUTS, _digest([f"{name} {value}" for name, value in sorted(self._inputs.items())])))
        counts = [frame.rename(columns=_AUDIT_NAMES).assign(table_name=str(name)) for name, frame in audits.items()]
        build.execute(f"delete from {FINGERPRINTS}")
        build.append(FINGERPRINTS, pd.DataFrame(rows, columns=["table_name", "fingerprint"]))
        build.execute(f"delete from {AUDITS}")
        if counts:
            build.append(AUDITS, pd.concat(counts)[list(inputs_of("history")[AUDITS])])


def recorded_fingerprints(home: Path, inputs: Mapping[TableName, str]) -> dict[TableName, str] | None:
    """Those of the live version, if all landed files and settings are as they were then; else None.

    After a rollback nothing is reused: what is live then is not what history goes on from.
    """
    live, last = live_version_file(home), newest(home)
    if live is None or last is None or last.path.resolve() != live:
        return None
    try:
        with duck.connect(live, read_only=True) as connection:
            rows = dict(connection.execute(f"select table_name, fingerprint from {FINGERPRINTS}").fetchall())
    except duck.DuckError:
        return None  # a version published before there were fingerprints
    if rows.pop(_INPUTS, None) != _digest([f"{name} {value}" for name, value in sorted(inputs.items())]):
        return None
    return {TableName.parse(name): value for name, value in rows.items()}


def recorded_audits(build: Build) -> dict[TableName, pd.DataFrame]:
    """The audit counts of the version that the work file is a copy of, by table."""
    frame = build.frame(f"select * from {AUDITS}").rename(columns={new: old for old, new in _AUDIT_NAMES.items()})
    groups = frame.groupby("table_name", sort=False)
    return {TableName.parse(str(name)): rows.drop(columns="table_name") for name, rows in groups}


_RUN_ID = re.compile(r"\brun_id\b")


def _tables_in_tags(model: Model) -> set[TableName]:
    """Tables that a model's checks look at: their counts hold only as long as those tables do."""
    places = [(tag.name, tag.args[0]) for column in model.columns for tag in column.tags if tag.args]
    references = {place.rpartition(".")[0] for name, place in places if name == "references"}
    counts = {place for name, place in places if name == "same_count_as"}
    return {TableName.parse(place) for place in references | counts}


def _content(name: TableName) -> str:
    return f"select count(*) as n, coalesce(bit_xor(hash(kept)), 0) as content from {name} as kept"


def _of_arrow(rows: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
