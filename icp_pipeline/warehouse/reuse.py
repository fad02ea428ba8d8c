"""What need not be built again: a table whose SELECT, and everything it reads, is as it was in the live version.

Each table has a token, the name of its content: it changes only when the content does. A fingerprint covers the SQL,
the engine's version and the tokens of all that is read. So a table that was built again and came out the same stops
there: what reads it stands as it is. A model tagged `#by[column]` is built again for the parts that changed only, such
as days or accounts.
Tables of `history` keep all this, and the audits' counts, with the version they belong to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from icp_pipeline import duck
from icp_pipeline.models.inputs import DAY_COLUMNS, GROWING_INPUTS, SOURCE_ORDER, inputs_of
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.changes import RUN, as_of_day, changed_days, content_of, content_of_days
from icp_pipeline.warehouse.versions import live_version_file, newest

FINGERPRINTS = TableName("history", "table_fingerprints")
AUDITS = TableName("history", "table_audits")
DAYS = TableName("history", "day_contents")
_AUDIT_NAMES = {"check": "check_name", "column": "column_name"}
_OWN = (FINGERPRINTS, AUDITS, DAYS)
# Above this share of the parts building the whole table is faster.
_MOST_PARTS = 0.3


@dataclass(frozen=True)
class Record:
    """One table of a version: what it was built from, and the name of what came out.

    `rest` is the fingerprint without the inputs whose parts are told apart, and after it the digest of the model's own
    text; `grown_from` are the tokens of just those inputs.
    """

    fingerprint: str
    token: str
    rest: str
    grown_from: str

    @property
    def text(self) -> str:
        """The digest of the model's own text, checks included; none in a record of an older release."""
        return self.rest.partition(" ")[2]


@dataclass(frozen=True)
class Task:
    """What is to be done with a table: nothing, some of its parts (as text), or all of it."""

    is_unchanged: bool = False
    parts: frozenset[str] | None = None


def input_fingerprints(
    lake_parquet: Mapping[str, Sequence[Path]],
    settings_tables: Mapping[str, pa.Table],
    lake_tables: Mapping[str, pa.Table],
) -> dict[TableName, str]:
    """Of every `lake` and `settings` table. A lake file never changes under its name; size and time are to be sure."""
    found = {}
    for name, columns in inputs_of("lake").items():
        files = lake_parquet.get(name.table, ())
        # Where the order of the files counts, another order is another content.
        files = files if SOURCE_ORDER in columns else sorted(files)
        facts = [str(columns), *(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)]
        found[name] = _of_arrow(lake_tables[name.table]) if name.table in lake_tables else _digest(facts)
    for table, rows in settings_tables.items():
        # The run's own id is new each time; models that read it are never the same (see `_RUN_ID`).
        found[TableName("settings", table)] = _of_arrow(rows.drop_columns("run_id") if table == "run" else rows)
    return found


class Fingerprints:
    """Tokens of this run's tables, beside those of the version that the work file is a copy of, if it is one."""

    def __init__(self, inputs: Mapping[TableName, str], recorded: Mapping[TableName, Record], run_id: str) -> None:
        self._recorded = recorded
        self._run_id = run_id
        # A table that is not built in this run is what it was in the copy.
        self._tokens = {name: record.token for name, record in recorded.items()} | dict(inputs)
        self._inputs = inputs
        self._told_apart = dict(GROWING_INPUTS)
        self._changed: dict[TableName, frozenset[str]] = {}
        # How many parts there are, as far as that was looked at.
        self._parts: dict[TableName, int] = {}
        self._days: dict[TableName, pd.DataFrame] = {}
        self.made: dict[TableName, Record] = {}

    def read_history(self, build: Build, models: Iterable[Model]) -> None:
        """Take the content of what the models read of `history` as it is now: earlier runs and learning change it."""
        read = {name for model in models for name in tables_read(model) if name.schema == "history"}
        for name in sorted(read.difference(_OWN)):
            self._tokens[name] = content_of(build, name)

    def read_days(self, build: Build) -> None:
        """Find which days of the growing inputs differ from the version that this run started from."""
        recorded = build.frame(f"select * from {DAYS}")
        for name, column in GROWING_INPUTS.items():
            before, known = recorded[recorded["table_name"] == str(name)], self._recorded.get(name)
            if known is not None and known.token == self._inputs.get(name):
                self._days[name], self._changed[name] = before, frozenset()
            else:
                self._days[name] = content_of_days(build, name, column)
                if known is not None:
                    self._changed[name] = changed_days(before, self._days[name])
            self._parts[name] = len(self._days[name])
        self._parts[RUN] = max(self._parts.values(), default=0)
        self._days[RUN] = as_of_day(build)
        before = recorded[recorded["table_name"] == str(RUN)]
        if before["content"].tolist() == self._days[RUN]["content"].tolist():
            # Only the day the run is of has moved: days up to the one count now, or no longer.
            first, last = sorted((before["day"].iloc[0], self._days[RUN]["day"].iloc[0]))
            every = pd.concat([recorded, *self._days.values()])["day"]
            self._changed[RUN] = frozenset(day for day in every if first < day <= last)

    def task(self, model: Model) -> Task:
        """What has to be done for the table in the work file to be what building it would give; notes its record."""
        if model.part_column is not None:
            self._told_apart[model.name] = model.part_column
        made, before = self._record_of(model), self._recorded.get(model.name)
        if before is not None and before.fingerprint == made.fingerprint:
            self._note(model, before)
            self._changed[model.name] = frozenset()
            return Task(is_unchanged=True)
        self._note(model, made)
        return Task(parts=self._parts_to_build(model, made, before))

    def was_there(self, model: Model) -> bool:
        """Whether the work file holds the table as the version before published it."""
        return model.name in self._recorded

    def came_out_the_same(self, model: Model) -> None:
        """The table was built again and holds what it held: its old token stands."""
        self._note(model, replace(self.made[model.name], token=self._recorded[model.name].token))
        self._changed[model.name] = frozenset()

    def changed(self, model: Model, parts: frozenset[str], known: int | None = None) -> None:
        """The table was built again and these parts came out otherwise, of as many as it has if that was looked at."""
        self._changed[model.name] = parts
        if known is not None:
            self._parts[model.name] = known

    def is_judged_as_before(self, model: Model) -> bool:
        """Whether its checks are those of the version before, and all other tables that they look at hold the same."""
        others = tables_judged_with(model)
        if self.made[model.name].text != self._recorded[model.name].text:
            return False
        return all(name in self._recorded and self._recorded[name].token == self._tokens[name] for name in others)

    def _note(self, model: Model, record: Record) -> None:
        self.made[model.name] = record
        self._tokens[model.name] = record.token

    def _record_of(self, model: Model) -> Record:
        read = tables_read(model)
        tokens = {name: f"{name} {self._tokens.get(name, self._run_id)}" for name in read}
        apart = self.told_apart_of(model)
        own = [self._run_id] if _RUN_ID.search(model.sql) and "settings.run" in model.sql else []
        parts = [duckdb.__version__, model.sql, *own]
        fingerprint = _digest([*parts, *tokens.values()])
        rest = _digest([*parts, *(tokens[name] for name in read if name not in apart)])
        # Its own text beside it: checks stand in comments, and those of a table that came out the same may be others.
        rest = f"{rest} {_digest([model.sql])}"
        return Record(fingerprint, fingerprint, rest, _digest([tokens[name] for name in apart]))

    def told_apart_of(self, model: Model) -> list[TableName]:
        """What the model reads that is told apart by the column that it is built by; with days the run's own, too."""
        if not model.builds_parts:
            return []
        # A list, because another thread may note a table of its own meanwhile.
        apart = {name for name, column in list(self._told_apart.items()) if column == model.part_column}
        days = {RUN} if model.part_column in DAY_COLUMNS else set()
        return [name for name in tables_read(model) if name in apart | days]

    def _parts_to_build(self, model: Model, made: Record, before: Record | None) -> frozenset[str] | None:
        """Parts to build again; None when only the whole will do: other inputs changed, or too many parts did."""
        apart = self.told_apart_of(model)
        compared = all(name in self._changed and name in self._recorded for name in apart)
        if before is None or before.rest != made.rest or not apart or not compared:
            return None
        # Else the table stands at another state than the one that the parts were compared with.
        if before.grown_from != _digest([f"{name} {self._recorded[name].token}" for name in apart]):
            return None
        parts = frozenset[str]().union(*(self._changed[name] for name in apart))
        known = max(self._parts.get(name, 0) for name in apart)
        if "" in parts or len(parts) > _MOST_PARTS * known:
            return None
        self._parts[model.name] = known
        return parts

    def record(self, build: Build, audits: Mapping[TableName, pd.DataFrame]) -> None:
        """Keep this run's records and audit counts in the version that it becomes."""
        grown = {name: Record(self._inputs[name], self._inputs[name], "", "") for name in self._days}
        kept = {**self._recorded, **self.made, **grown}
        rows = [(str(name), *(getattr(item, part) for part in _PARTS)) for name, item in kept.items()]
        for table, frames in (
            (FINGERPRINTS, [pd.DataFrame(rows, columns=["table_name", *_PARTS])]),
            (AUDITS, [_all_counts(audits)] if audits else []),
            (DAYS, list(self._days.values())),
        ):
            build.execute(f"delete from {table}")
            if frames:
                build.append(table, pd.concat(frames))


def _all_counts(audits: Mapping[TableName, pd.DataFrame]) -> pd.DataFrame:
    """As rows of `history.table_audits`."""
    frame = pd.concat({str(name): counts for name, counts in audits.items()}, names=["table_name"])
    return frame.reset_index("table_name").rename(columns=_AUDIT_NAMES)[list(inputs_of("history")[AUDITS])]


_PARTS = ("fingerprint", "token", "rest", "grown_from")


def recorded_fingerprints(home: Path) -> dict[TableName, Record]:
    """Those of the live version; empty when this run shall start from an empty file.

    After a rollback nothing is reused: what is live then is not what history goes on from. Nor from a file that is more
    than half empty: each table that is built again leaves a gap behind, and a new file has none.
    """
    live, last = live_version_file(home), newest(home)
    if live is None or last is None or last.path.resolve() != live:
        return {}
    try:
        with duck.connect(live, read_only=True) as connection:
            size = connection.execute("select used_blocks, free_blocks from pragma_database_size()").fetchone()
            columns = ", ".join(_PARTS)
            rows = connection.execute(f"select table_name, {columns} from {FINGERPRINTS}").fetchall()
    except duck.DuckError:
        return {}  # a version published before there were fingerprints, or tokens
    if size is None or size[1] > size[0]:
        return {}
    return {TableName.parse(name): Record(*parts) for name, *parts in rows if None not in parts}


def recorded_audits(build: Build) -> dict[TableName, pd.DataFrame]:
    """The audit counts of the version that the work file is a copy of, by table."""
    frame = build.frame(f"select * from {AUDITS}").rename(columns={new: old for old, new in _AUDIT_NAMES.items()})
    groups = frame.groupby("table_name", sort=False)
    return {TableName.parse(str(name)): rows.drop(columns="table_name") for name, rows in groups}


_RUN_ID = re.compile(r"\brun_id\b")


def tables_read(model: Model) -> list[TableName]:
    """What the SELECT reads, and what the checks look at: their counts hold only as long as those tables do."""
    return sorted({*model.depends_on, *tables_judged_with(model)})


def tables_judged_with(model: Model) -> set[TableName]:
    """Other tables that the model's checks compare its rows with."""
    places = [(tag.name, tag.args[0]) for column in model.columns for tag in column.tags if tag.args]
    references = {place.rpartition(".")[0] for name, place in places if name == "references"}
    counts = {place for name, place in places if name == "same_count_as"}
    return {TableName.parse(place) for place in references | counts}


def _of_arrow(rows: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
