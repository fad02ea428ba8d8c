"""The private file that a run builds, with lake, settings and history in reach of the models."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import DAY_COLUMNS, INPUTS, SOURCE_ORDER, inputs_of
from icp_pipeline.disk import remove
from icp_pipeline.errors import ModelError
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName, literal, quoted
from icp_pipeline.warehouse.compact import copy_version, without_gaps
from icp_pipeline.warehouse.described import describe_history, describe_table
from icp_pipeline.warehouse.engine import Engine, Part
from icp_pipeline.warehouse.handover import Handover
from icp_pipeline.warehouse.history import create_history, history_stands
from icp_pipeline.warehouse.large_tables import (
    select_of,
    settle_large_tables,
    show,
    write_exchanged,
    write_kept,
)
from icp_pipeline.warehouse.paths import shown_dir, spill_dir, versions_dir, work_dir, work_file
from icp_pipeline.warehouse.shown_files import files_of_view, forget_unshown, is_kept, select_from, views
from icp_pipeline.warehouse.versions import live_version_file, newest, settle

_TYPES = """
select table_name, column_name, data_type from duckdb_columns()
where database_name = current_database() and schema_name = ?
order by table_name, column_index
"""
_GLOB = re.compile(r"[*?\[\]{}]")
_ARROW = "arriving"
# Rows of large inputs that a table is built from at a time: grouped by three texts they take half a gigabyte. Of ten
# million a time the 43 million of 60 million events take a fifth more seconds.
_ROWS_AT_A_TIME = 4_000_000
# What DuckDB says when it does not write the file because another connection has a transaction open, even one that only
# has rows left to read.
_IS_BUSY = "Cannot CHECKPOINT: there are other write transactions active"
_TIMES_TO_ASK = 20
# Messages of these kinds quote names and paths, those of all others may quote a cell.
_NOT_ABOUT_DATA = (
    "Binder Error",
    "Catalog Error",
    "Parser Error",
    "IO Error",
    "Out of Memory Error",
    "Permission Error",
    "TransactionContext Error: Failed to commit: Could not write file",
    "FATAL Error: Failed to create checkpoint",
)


@contextmanager
def open_build(home: Path, run_id: str, start_from_live: bool = False, also: Sequence[Path] = ()) -> Iterator[Build]:
    """Open a fresh work file, or a copy of the live version for a run of some tables only.

    `also` are further folders that SQL may read and write.

    The caller holds `run_lock`: whatever else lies in the work folder is of a dead run and is removed, as is this
    file at the end unless it was published.
    """
    clean_up(home, also)
    path = work_file(home, run_id)
    spill = spill_dir(path)
    spill.mkdir(parents=True)
    lake = home / "lake"
    lake.mkdir(parents=True, exist_ok=True)
    allowed = [lake, shown_dir(home), *also]
    live = live_version_file(home) if start_from_live else None
    if live is not None:
        copy_version(live, path, spill, [live.parent, *allowed])
    last = newest(home)
    try:
        if live is not None and last is not None and last.path.resolve() == live:
            with duck.connect(path, temp_directory=spill, allowed=allowed) as connection:
                if history_stands(connection):
                    describe_history(connection)
                    yield Build(connection, path)
                    return
        # History first and apart: it reads another database file, which models may not.
        with duck.connect(path, temp_directory=spill, allowed=[versions_dir(home)]) as connection:
            create_history(connection, last, live_version_file(home))
            describe_history(connection)
        with duck.connect(path, temp_directory=spill, allowed=allowed) as connection:
            # Not closed here: a run that ends without `close` is dropped, and to write it out first could only fail.
            yield Build(connection, path)
    finally:
        remove(spill, if_possible=True)
        duck.remove_database(path)


def clean_up(home: Path, kept: Collection[Path] = ()) -> None:
    """Remove leftovers of dead runs, except this run's folders (`kept`); published versions are not touched."""
    for left in work_dir(home).glob("*"):
        if left not in kept:
            remove(left, if_possible=True)
    # Where another user's file cannot be removed, what is refused next says so better than `File exists` would.
    work_dir(home).mkdir(parents=True, exist_ok=True)
    settle(home)
    forget_unshown(home)


class Build:
    """A work file in progress. Errors name the model's file; they never quote a value."""

    def __init__(
        self,
        connection: duck.Connection,
        path: Path,
        place: str = "chosen",
        shown: dict[TableName, Sequence[Path]] | None = None,
        handover: Handover | None = None,
        replaced: dict[TableName, list[Path]] | None = None,
    ) -> None:
        # Inputs whose files are shown by views instead of being copied.
        self._shown = {} if shown is None else shown
        self._connection = connection
        self._is_open = True
        self._schemas: set[str] = set()
        # The database that holds rebuilt partitions, and copies of those that they are made of.
        self._place = place
        # To the engine that builds some of the models.
        self._handover = handover
        # Files of large tables as they were before this run built them again.
        self._replaced = {} if replaced is None else replaced
        self.path = path

    @contextmanager
    def beside(self, number: int = 1) -> Iterator[Build]:
        """A Build on the same file for another thread, with its own connection; it sees what is committed.

        Those that build at the same time have different numbers.
        """
        with duck.beside(self._connection) as connection:
            place = f"{self._place}_{number}"
            yield Build(connection, self.path, place, self._shown, self._handover, self._replaced)

    def interrupt(self) -> None:
        """Stop the statement that another thread is running on this connection; it raises there."""
        self._connection.interrupt()
        if self._handover is not None:
            self._handover.engine.interrupt()

    def build_on(self, engine: Engine, keeps_views: bool = True) -> None:
        """Let that engine build the models it can from now on; large results are views, if their files are kept."""
        self._handover = Handover(engine, self._files if keeps_views else None)

    @property
    def _files(self) -> Path:
        return shown_dir(self.path.parents[2])

    def attach_inputs(
        self,
        lake_parquet: Mapping[str, Sequence[Path]],
        settings_tables: Mapping[str, pa.Table],
        extra_lake_tables: Mapping[str, pa.Table] | None = None,
    ) -> None:
        """Create `lake` views over the landed Parquet files, the newest last, and `settings` tables.

        Every known input exists afterwards: without files or rows it is empty, a column nobody filled is NULL.
        """
        extra = extra_lake_tables or {}
        for schema in ("lake", "settings"):
            self._connection.execute(f"attach ':memory:' as {schema}")
        for name, columns in inputs_of("lake").items():
            if name.table in extra:
                self._create_from_arrow(name, columns, extra[name.table])
            elif lake_parquet.get(name.table):
                self._create_view(name, columns, lake_parquet[name.table])
            else:
                self._create_empty(name, columns)
        for name, columns in inputs_of("settings").items():
            self._create_from_arrow(name, columns, settings_tables[name.table])

    def show_files(self, inputs: Mapping[TableName, Sequence[Path]]) -> None:
        """Make tables that are built day by day from one of these inputs views on its files, from now on."""
        self._shown.update(inputs)

    def stands_right(self, model: Model) -> bool:
        """Whether it exists as it should: as a view on the right files, or as a table."""
        if self._handover is not None and self._is_made_elsewhere(model):
            return self._handover.keeps_views or files_of_view(self._connection, model.name) is None
        if model.partition_column is None:
            return True
        shown, name = files_of_view(self._connection, model.name), self._shown_input(model)
        if name is None and shown is not None and is_kept(model.name, shown):
            return True
        should = sorted(path.resolve() for path in self._shown[name]) if name else None
        return (sorted(shown) if shown is not None else None) == should

    def takes_partitions(self, model: Model) -> bool:
        """Whether some partitions can be rebuilt by themselves.

        Not where another engine's files hold several, nor where they no longer stand beside the versions.
        """
        if self._handover is None or not self._is_made_elsewhere(model):
            return True
        files = files_of_view(self._connection, model.name)
        return files is None or self._handover.takes_parts(files)

    def _shown_input(self, model: Model) -> TableName | None:
        """The shown input of a table that puts rows together day by day, of that and of other tables of the file."""
        shown = [name for name in model.depends_on if name in self._shown]
        is_within = all(name.schema not in ("lake", "settings") for name in model.depends_on if name not in shown)
        return shown[0] if model.partition_column is not None and is_within and len(shown) == 1 else None

    def create_schemas(self, models: Collection[Model]) -> None:
        """Create missing schemas before tables are built in parallel: two threads creating the same one collide."""
        for schema in sorted({model.name.schema for model in models} - self._schemas):
            self._connection.execute(f"create schema if not exists {schema}")
            self._schemas.add(schema)

    def build(self, model: Model, by_day: Collection[TableName] = ()) -> int:
        """Build or replace one table, with its descriptions as comments; returns its row count.

        `by_day` are inputs of which a day of the table needs the same day only: if they are large, it is built some
        days at a time, so that memory does not grow with the number of days.
        """
        try:
            self.create_schemas([model])
            made = self._made_elsewhere(model)
            some_days = [] if made else self._some_days_at_a_time(model, by_day)
            # One transaction, because each commit is a disk write.
            self._connection.execute("begin")
            rows = self._create(model, made, some_days)
            self._connection.execute("commit")
        except duck.DuckError as error:
            self._give_up()
            raise _unbuilt(model, error) from error
        return self.count(model.name) if rows is None else rows

    @cached_property
    def _views(self) -> set[TableName]:
        """Views at the time of the first build; other engines made some of them in an earlier run."""
        return views(self._connection)

    def _is_made_elsewhere(self, model: Model) -> bool:
        """What shows files of the lake costs nothing, wherever models are built."""
        made = self._handover is not None and self._handover.engine.makes(model)
        return made and self._shown_input(model) is None

    def _made_elsewhere(self, model: Model) -> tuple[str, str] | None:
        """The other engine's result, if it builds this model: `table` or `view`, and its SELECT here."""
        if self._handover is None:
            return None
        if self._is_made_elsewhere(model):
            return self._handover.make(self._connection, model, self._shown)
        self._handover.forget(model.name)
        return None

    def _some_days_at_a_time(self, model: Model, inputs: Collection[TableName]) -> list[str]:
        """Conditions that together hold for every day of these inputs, each for about as many rows; none if few."""
        if model.partition_column not in DAY_COLUMNS or self._shown_input(model) is not None:
            return []
        if sum(map(self.count, inputs)) <= _ROWS_AT_A_TIME:
            return []
        day = quoted(model.partition_column)
        each = " union all ".join(f"select {day}, count(*) as n from {name} group by {day}" for name in inputs)
        counted = self._connection.execute(
            f"select cast({day} as varchar), sum(n) from ({each}) group by {day} order by {day} nulls first"
        ).fetchall()
        return [_days(day, first, last) for first, last in _stretches(counted)]

    def _create(self, model: Model, made: tuple[str, str] | None = None, some_days: Sequence[str] = ()) -> int | None:
        """The table, or the view where its input is shown, or what another engine made; returns the table's rows."""
        kind, sql = made or ("table", model.sql)
        name = None if made else self._shown_input(model)
        if name is not None:
            # Its own alias stands, if it has one.
            rows = select_from(self._shown[name], inputs_of(name.schema)[name])
            sql = re.sub(
                rf"(?<![\w.]){re.escape(str(name))}(?![\w.])(?!\s+as\b)", lambda _: f"{rows} as {name.table}", sql
            )
            sql = re.sub(rf"(?<![\w.]){re.escape(str(name))}(?![\w.])", lambda _: rows, sql)
            kind = "view"
        parts = [f"select * from (\n{sql}\n) as built where {days}" for days in some_days] or [sql]
        if model.partition_column is not None or made or model.name in self._views:
            files = files_of_view(self._connection, model.name)
            if files and is_kept(model.name, files):
                self._replaced[model.name] = files
                if kind == "table" and (shown := self._written(model.name, parts)):
                    kind, parts = "view", [shown]
            if (files is not None) != (kind == "view"):
                self._connection.execute(f"drop {'table' if files is None else 'view'} if exists {model.name}")
        first, *further = parts
        counted = self._connection.execute(f"create or replace {kind} {model.name} as\n{first}").fetchall()
        for part in further:
            counted += self._connection.execute(f"insert into {model.name}\n{part}").fetchall()
        words = {column.name: column.description for column in model.columns}
        describe_table(self._connection, model.name, model.description, words, kind)
        return sum(int(rows) for (rows,) in counted) if kind == "table" else None

    def _written(self, name: TableName, parts: Sequence[str]) -> str | None:
        """Write a table that stood in files into files again; returns the SELECT of its view, if it can be one."""
        files = []
        for part in parts:
            file = write_kept(self._connection, name, self._files, part)
            if file is None:
                return None
            files.append(file)
        return select_of(self._connection, files)

    def put_back(self, model: Model) -> None:
        """Show the files of before again, if there were some: the table was built again with the same rows."""
        files = self._replaced.get(model.name)
        if files and files_of_view(self._connection, model.name) != files:
            show(self._connection, model.name, files)

    def drop_strangers(self, models: Collection[TableName]) -> None:
        """Drop tables of a copied live version that no model of this release makes."""
        known = {*models, *inputs_of("history")}
        found = self._connection.execute(
            "select 'table', schema_name, table_name from duckdb_tables() where database_name = current_database() "
            "union all select 'view', schema_name, view_name from duckdb_views() "
            "where database_name = current_database() and not internal"
        ).fetchall()
        for kind, schema, table in found:
            if TableName(schema, table) not in known:
                self._connection.execute(f"drop {kind} {quoted(schema)}.{quoted(table)}")

    @contextmanager
    def rebuilt_partitions(
        self, model: Model, partitions: Collection[str], inputs: Collection[TableName]
    ) -> Iterator[tuple[TableName, TableName]]:
        """Rebuild some partitions apart from their table: one table with its rows as they are, one as they should be.

        `partitions` are values of its partition column, as text. `inputs` are the tables of which it needs no other
        partition: it is given copies that hold these alone, for no engine sees through every window and join that the
        others are not asked for.
        """
        chosen, place = f"where {of_partitions(model, partitions)}", self._place
        old, new = TableName(place, "old"), self._new
        self._connection.execute(f"attach ':memory:' as {place}")
        try:
            if self._handover is not None and self._is_made_elsewhere(model):
                part = Part(model.partition_column or "", frozenset(partitions), frozenset(inputs))
                sql = self._handover.make_part(self._connection, model, self._shown, part)
            else:
                for name in inputs:
                    self._connection.execute(f"create schema if not exists {place}.{name.schema}")
                    self._connection.execute(f"create table {place}.{name} as from {name} {chosen}")
                sql = _reading_from(place, model.sql, inputs)
            self._connection.execute(f"create table {old} as from {model.name} {chosen}")
            self._connection.execute(f"create table {new} as select * from (\n{sql}\n) as rebuilt {chosen}")
            yield old, new
        except duck.DuckError as error:
            raise _unbuilt(model, error) from error
        finally:
            self._connection.execute(f"detach {place}")

    def exchange_partitions(self, model: Model, partitions: Collection[str]) -> None:
        """Replace the table's rows of these partitions with the rebuilt ones."""
        chosen, files = f"where {of_partitions(model, partitions)}", files_of_view(self._connection, model.name)
        made = None
        if self._handover is not None:
            self._handover.forget(model.name)
            if files is not None and self._is_made_elsewhere(model):
                # Before the transaction: where a file cannot be written, none is left open.
                made = self._handover.exchange(model.name, files, partitions)
        try:
            if made is None and files is not None and is_kept(model.name, files):
                some = model.partition_column or "", partitions
                rebuilt = f"from {self._new} {chosen}"
                if written := write_exchanged(self._connection, model.name, self._files, some, rebuilt):
                    show(self._connection, model.name, written)
                    return
            self._connection.execute("begin")
            if made is not None:
                self._create(model, made)
            elif self._shown_input(model) is not None or files is not None:
                self._create(model)
            else:
                self._connection.execute(f"delete from {model.name} {chosen}")
                self._connection.execute(f"insert into {model.name} from {self._new} {chosen}")
            self._connection.execute("commit")
        except duck.DuckError as error:
            self._give_up()
            raise _unbuilt(model, error) from error

    @property
    def _new(self) -> TableName:
        return TableName(self._place, "new")

    def _give_up(self) -> None:
        """Roll back if possible; the original error is the one to report."""
        with contextlib.suppress(duck.DuckError):
            self._connection.execute("rollback")

    def count(self, table: TableName) -> int:
        """Row count of an existing table."""
        # All rows, because a connection does nothing else while there may be one more.
        ((rows,),) = self._connection.execute(f"select count(*) from {table}").fetchall()
        return int(rows)

    def row(self, sql: str) -> tuple[Any, ...]:
        """First row of a query's result; empty if there is none."""
        # All of them, or the file could not be written until this connection is used again.
        return next(iter(self._connection.execute(sql).fetchall()), ())

    def frame(self, sql: str) -> pd.DataFrame:
        """The result of a query on the work file."""
        return self._connection.execute(sql).df()

    def large_frame(self, sql: str) -> pd.DataFrame:
        """The same, faster for results with one row per account."""
        return duck.large_frame(self._connection, sql)

    def coded_frame(self, sql: str) -> pd.DataFrame:
        """The same, with texts as categories: for many rows with few distinct texts."""
        return duck.coded_frame(self._connection, sql)

    def batches(self, sql: str, order_by: str, rows: int) -> pa.RecordBatchReader:
        """The same, ordered, in batches of that many rows."""
        return duck.batches(self._connection, sql, order_by, rows)

    def append(self, table: TableName | str, rows: pd.DataFrame) -> None:
        """Add rows to a `history` table by column name; columns left out are NULL."""
        if rows.empty:
            return
        columns = INPUTS[TableName.parse(table) if isinstance(table, str) else table]
        strangers = [name for name in rows.columns if name not in columns]
        if strangers:
            raise ValueError(f"{table} has no column {', '.join(strangers)}; it has {', '.join(columns)}")
        listed = ", ".join(quoted(name) for name in rows.columns)
        casted = ", ".join(f"cast({quoted(name)} as {columns[name]})" for name in rows.columns)
        self._with_view(rows, f"insert into {table} ({listed}) select {casted} from {_ARROW}")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Change rows of a `history` table, such as the status of an ICP version."""
        self._connection.execute(sql, list(parameters))

    def column_types(self, table: TableName) -> dict[str, str]:
        """DuckDB types by column of a built table."""
        return {row[0]: row[1] for row in self._connection.execute(f"describe {table}").fetchall()}

    def types_of_schema(self, schema: str) -> dict[TableName, dict[str, str]]:
        """The same for all tables of a schema, in one query."""
        found: dict[TableName, dict[str, str]] = {}
        rows = self._connection.execute(_TYPES, [schema]).fetchall()
        for table, column, kind in rows:
            found.setdefault(TableName(schema, table), {})[column] = kind
        return found

    def write_out(self) -> None:
        """Write what is committed to the file now, or leave it to `close` if other connections are busy for a second.

        Whoever changes a table meanwhile waits until it is written.
        """
        # Not by force: that waits for whoever has rows of a query left to read, who may wait for a table made after it.
        for _ in range(_TIMES_TO_ASK):
            try:
                self._connection.execute("checkpoint")
                return
            except duck.BusyError as error:
                if _IS_BUSY not in str(error):
                    raise
            time.sleep(1 / _TIMES_TO_ASK)

    def close(self, keeps_files: bool = True) -> None:
        """Detach the inputs and write everything to the file, so that it can be published. May be called twice.

        With `keeps_files` the large tables of a large version go into files beside it.
        """
        if not self._is_open:
            return
        self._is_open = False
        attached = self._connection.execute("select database_name from duckdb_databases()").fetchall()
        for schema in {"lake", "settings"} & {row[0] for row in attached}:
            self._connection.execute(f"detach {schema}")
        self._connection.execute("checkpoint")
        stays_from = self._handover.large_bytes if self._handover is not None else math.inf
        has_moved = settle_large_tables(self._connection, self._files if keeps_files else None, stays_from)
        if has_moved:
            self._connection.execute("checkpoint")
        self._connection.close()
        if has_moved:
            without_gaps(self.path, spill_dir(self.path), [self._files])

    def _create_empty(self, name: TableName, columns: Mapping[str, str]) -> None:
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        self._connection.execute(f"create table {name} ({declared})")

    def _create_view(self, name: TableName, columns: Mapping[str, str], paths: Sequence[Path]) -> None:
        listed = ", ".join(literal(_plain_path(path)) for path in paths)
        scan = f"read_parquet([{listed}], union_by_name = true)"
        present = {row[0] for row in self._connection.execute(f"describe select * from {scan}").fetchall()}
        if SOURCE_ORDER in columns:
            scan = f"(select *, file_index as {SOURCE_ORDER} from {scan})"
            present.add(SOURCE_ORDER)
        self._connection.execute(f"create view {name} as select {_select_list(columns, present)} from {scan}")

    def _create_from_arrow(self, name: TableName, columns: Mapping[str, str], rows: pa.Table) -> None:
        picked = _select_list(columns, set(rows.column_names))
        self._with_view(rows, f"create table {name} as select {picked} from {_ARROW}")

    def _with_view(self, rows: pa.Table | pd.DataFrame, sql: str) -> None:
        self._connection.register(_ARROW, rows)
        try:
            self._connection.execute(sql)
        finally:
            self._connection.unregister(_ARROW)


def _unbuilt(model: Model, error: Exception) -> ModelError:
    return ModelError(f"{model.path}: {model.name} cannot be built: {without_values(error)}")


def without_values(error: Exception) -> str:
    """A DuckDB message on one line, without values that it quotes from the data."""
    text = " ".join(str(error).split("\n\nLINE")[0].split())
    return text[:400] if text.startswith(_NOT_ABOUT_DATA) else re.sub(r"(['\"]).*?\1", "'...'", text)[:300]


def _select_list(columns: Mapping[str, str], present: set[str]) -> str:
    return ", ".join(
        f"cast({quoted(column) if column in present else 'null'} as {kind}) as {quoted(column)}"
        for column, kind in columns.items()
    )


def of_partitions(model: Model, partitions: Collection[str]) -> str:
    """The condition that a row is of one of the partitions; constants, which narrow a scan as no joined table would."""
    return f"{quoted(model.partition_column or '')} in ({', '.join(map(literal, sorted(partitions)))})"


def _stretches(counted: Sequence[tuple[str | None, int]]) -> Iterator[tuple[str | None, str | None]]:
    """First and last of the days that are built together, each of which has so many rows; NULL, if any, comes first."""
    days: list[str | None] = []
    rows = 0
    for day, n in counted:
        if days and (rows + n > _ROWS_AT_A_TIME or days[-1] is None):
            yield days[0], days[-1]
            days, rows = [], 0
        days.append(day)
        rows += n
    yield days[0], days[-1]


def _days(column: str, first: str | None, last: str | None) -> str:
    """The condition that a row is of one of these days."""
    if first is None or last is None:
        return f"{column} is null"
    return f"{column} between {literal(first)} and {literal(last)}"


def _reading_from(place: str, sql: str, tables: Collection[TableName]) -> str:
    """A model's text with some of the tables read from the database `place` instead, under the same names."""
    for table in tables:
        sql = re.sub(rf"(?<![\w.]){re.escape(str(table))}(?![\w.])", f"{place}.{table}", sql)
    return sql


def _plain_path(path: Path) -> str:
    """DuckDB takes file names as patterns: `a*.parquet` would also read its neighbours."""
    text = str(path)
    if _GLOB.search(text):
        raise ModelError(f"{text}: a lake file's path may not hold any of * ? [ ] {{ }}: rename the folder")
    return text
