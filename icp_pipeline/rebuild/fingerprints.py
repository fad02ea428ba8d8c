"""Decides what need not be rebuilt: a table whose SELECT and inputs are unchanged since the live version.

A table's content hash changes only when its content does; its fingerprint covers the SQL, the engine's version and the
content hashes of all that it reads. So a table that was rebuilt and came out unchanged stops there: what reads it is
unchanged too. `history` keeps all this, and the audits' counts, with the version they belong to.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import DAY_COLUMNS, GROWING_INPUTS, SOURCE_ORDER, inputs_of
from icp_pipeline.code_digest import code_digest
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.quality import audit
from icp_pipeline.rebuild.content import NEW_IN_EACH_RUN, RUN, as_of_day, changed_days, content_of, content_of_days
from icp_pipeline.rebuild.decision import Decision, Reasons
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.engine import Engine
from icp_pipeline.warehouse.shown_files import missing_files
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import live_version_file, newest

FINGERPRINTS = TableName("history", "table_fingerprints")
AUDITS = TableName("history", "table_audits")
DAYS = TableName("history", "day_contents")
REBUILDS = TableName("history", "table_rebuilds")
_AUDIT_NAMES = {"check": "check_name", "column": "column_name"}
_OWN = (FINGERPRINTS, AUDITS, DAYS, REBUILDS)
# Above this share of the partitions, rebuilding the whole table is faster.
_MOST_PARTITIONS = 0.3
_OF_THIS_RUN = re.compile(rf"\b({'|'.join(NEW_IN_EACH_RUN)})\b")


@dataclass(frozen=True)
class Record:
    """One table of a version: its text, engine and inputs by content hash, and the hash of what came out."""

    sql_digest: str
    engine: str
    inputs: Mapping[str, str]
    content_hash: str

    @property
    def fingerprint(self) -> str:
        """Equal only if rebuilding would give the same rows."""
        return _digest([self.sql_digest, self.engine, json.dumps(self.inputs, sort_keys=True)])

    def changed_inputs(self, now: Record) -> list[str]:
        """Names of inputs that were added, removed or changed."""
        return sorted(name for name in {**self.inputs, **now.inputs} if self.inputs.get(name) != now.inputs.get(name))


def input_hashes(
    lake_parquet: Mapping[str, Sequence[Path]],
    settings_tables: Mapping[str, pa.Table],
    lake_tables: Mapping[str, pa.Table],
) -> dict[TableName, str]:
    """Content hash of every `lake` and `settings` table. A lake file never changes under its name; size and time are to
    be sure."""
    found = {}
    for name, columns in inputs_of("lake").items():
        files = lake_parquet.get(name.table, ())
        # Where the order of the files counts, another order is another content.
        files = files if SOURCE_ORDER in columns else sorted(files)
        facts = [str(columns), *(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)]
        found[name] = _of_arrow(lake_tables[name.table]) if name.table in lake_tables else _digest(facts)
    for table, rows in settings_tables.items():
        # Models that read what is new in each run are never unchanged (see `_OF_THIS_RUN`).
        lasting = [name for name in rows.column_names if table != RUN.table or name not in NEW_IN_EACH_RUN]
        found[TableName("settings", table)] = _of_arrow(rows.select(lasting))
    return found


class Fingerprints:
    """Content hashes of this run's tables, beside those of the version that the work file is a copy of, if it is one.

    `decide` says for one table what has to be done and why; `unchanged` and `changed` take in what came out.
    """

    def __init__(
        self,
        inputs: Mapping[TableName, str],
        recorded: Mapping[TableName, Record],
        run_id: str,
        engine: Engine | None = None,
    ) -> None:
        # What builds some of the models instead of DuckDB.
        self._engine = engine
        self._recorded = recorded
        self._run_id = run_id
        # A table that is not built in this run is what it was in the copy.
        self._hashes = {name: record.content_hash for name, record in recorded.items()} | dict(inputs)
        self._inputs = inputs
        self._partitioned_by = dict(GROWING_INPUTS)
        self._changed: dict[TableName, frozenset[str]] = {}
        # How many partitions there are, where they were counted.
        self._partitions: dict[TableName, int] = {}
        self._days: dict[TableName, pd.DataFrame] = {}
        # Built in this run already, to try another ICP version.
        self._tried: set[TableName] = set()
        self.made: dict[TableName, Record] = {}
        self.decisions: dict[TableName, Decision] = {}

    def read_history(self, build: Build, models: Iterable[Model]) -> None:
        """Hash the `history` tables that the models read, as they are now: earlier runs and learning change them."""
        read = {name for model in models for name in tables_read(model) if name.schema == "history"}
        for name in sorted(read.difference(_OWN)):
            self._hashes[name] = content_of(build, name)

    def read_days(self, build: Build) -> None:
        """Find which days of the growing inputs differ from the version that this run started from."""
        recorded = build.frame(f"select * from {DAYS}")
        for name, column in GROWING_INPUTS.items():
            before, known = recorded[recorded["table_name"] == str(name)], self._recorded.get(name)
            if known is not None and known.content_hash == self._inputs.get(name):
                self._days[name], self._changed[name] = before, frozenset()
            else:
                self._days[name] = content_of_days(build, name, column)
                if known is not None:
                    self._changed[name] = changed_days(before, self._days[name])
            self._partitions[name] = len(self._days[name])
        self._partitions[RUN] = max(self._partitions.values(), default=0)
        self._days[RUN] = as_of_day(build)
        before = recorded[recorded["table_name"] == str(RUN)]
        if before["content"].tolist() == self._days[RUN]["content"].tolist():
            # Only the day the run is of has moved: days up to the one count now, or no longer.
            first, last = sorted((before["day"].iloc[0], self._days[RUN]["day"].iloc[0]))
            every = pd.concat([recorded, *self._days.values()])["day"]
            self._changed[RUN] = frozenset(day for day in every if first < day <= last)

    def decide(self, model: Model, takes_partitions: bool = True) -> Decision:
        """What to do so that the table in the work file is what rebuilding it would give, and why.

        `takes_partitions`: whether some partitions of what stands can be rebuilt by themselves.
        """
        if model.partition_column is not None:
            self._partitioned_by[model.name] = model.partition_column
        now, before = self._record_of(model), self._recorded.get(model.name)
        if before is not None and before.fingerprint == now.fingerprint:
            self._note(model, before)
            self._changed[model.name] = frozenset()
            decision = Decision.unchanged()
        else:
            self._note(model, now)
            decision = self._to_rebuild(model, before, now, takes_partitions)
        self.decisions[model.name] = decision
        return decision

    def tried(self, models: Iterable[Model]) -> None:
        """Record that these tables were built to try something out: they are not what the version before published."""
        self._tried.update(model.name for model in models)
        self._recorded = {name: record for name, record in self._recorded.items() if name not in self._tried}

    def was_there(self, model: Model) -> bool:
        """Whether the work file holds the table as the version before published it."""
        return model.name in self._recorded

    def unchanged(self, model: Model) -> None:
        """Record that the table was rebuilt without a change, so its old content hash is kept."""
        self._note(model, replace(self.made[model.name], content_hash=self._recorded[model.name].content_hash))
        self._changed[model.name] = frozenset()

    def changed(self, model: Model, partitions: frozenset[str], known: int | None = None) -> None:
        """Record that the table was rebuilt and these partitions changed; `known`: number of partitions, if counted."""
        self._changed[model.name] = partitions
        if known is not None:
            self._partitions[model.name] = known

    def changed_in(self, table: TableName) -> frozenset[str] | None:
        """Partitions of the table that are others than in the version before; None if they were not compared."""
        return self._changed.get(table)

    def audits_still_hold(self, model: Model) -> bool:
        """Whether its checks, and all other tables that they compare with, are unchanged since the version before."""
        others = tables_compared_with(model)
        if self.made[model.name].sql_digest != self._recorded[model.name].sql_digest:
            return False
        return all(
            name in self._recorded and self._recorded[name].content_hash == self._hashes[name] for name in others
        )

    def partitioned_inputs(self, model: Model) -> list[TableName]:
        """What the model reads that is partitioned by the column that it is built by; with days the run's own, too."""
        if not model.builds_partitions:
            return []
        # A list, because another thread may note a table of its own meanwhile.
        found = {name for name, column in list(self._partitioned_by.items()) if column == model.partition_column}
        days = {RUN} if model.partition_column in DAY_COLUMNS else set()
        return [name for name in tables_read(model) if name in found | days]

    def record(self, build: Build, audits: Mapping[TableName, pd.DataFrame]) -> None:
        """Keep this run's records, reasons and audit counts in the version that it becomes."""
        grown = {name: Record("", "", {}, self._inputs[name]) for name in self._days}
        kept = {**self._recorded, **self.made, **grown, AUDITS: Record("", "", {}, _counts_as())}
        rows = [
            (str(name), item.fingerprint, item.content_hash, item.sql_digest, item.engine, json.dumps(item.inputs))
            for name, item in kept.items()
        ]
        reasons = [(str(name), item.action, item.reason) for name, item in self.decisions.items()]
        for table, frames in (
            (FINGERPRINTS, [pd.DataFrame(rows, columns=list(inputs_of("history")[FINGERPRINTS]))]),
            (REBUILDS, [pd.DataFrame(reasons, columns=list(inputs_of("history")[REBUILDS]))] if reasons else []),
            (AUDITS, [_all_counts(audits)] if audits else []),
            (DAYS, list(self._days.values())),
        ):
            build.execute(f"delete from {table}")
            if frames:
                build.append(table, pd.concat(frames))

    def _note(self, model: Model, record: Record) -> None:
        self.made[model.name] = record
        self._hashes[model.name] = record.content_hash

    def _record_of(self, model: Model) -> Record:
        inputs = {str(name): _digest([self._hashes.get(name, self._run_id)])[:32] for name in tables_read(model)}
        if _OF_THIS_RUN.search(model.sql) and "settings.run" in model.sql:
            inputs["settings.run.run_id"] = self._run_id
        version = self._engine.version if self._engine is not None and self._engine.makes(model) else duck.BUILDS_AS
        record = Record(_digest([model.sql])[:32], version, inputs, "")
        # Until it is known that the content is unchanged, what a table was built from stands for what came out.
        return replace(record, content_hash=record.fingerprint)

    def _to_rebuild(self, model: Model, before: Record | None, now: Record, takes_partitions: bool) -> Decision:
        if model.name in self._tried:
            return Decision.whole("another ICP version was tried")
        if before is None:
            return Decision.whole("new table" if self._recorded else "first build")
        reasons = Reasons(
            sql_changed=before.sql_digest != now.sql_digest,
            engine_before=None if before.engine == now.engine else before.engine,
            inputs=before.changed_inputs(now),
        )
        partitions, known = self._changed_partitions(model, before, now) if takes_partitions else (None, 0)
        if partitions is None:
            return Decision.whole(str(reasons))
        return Decision.of_partitions(partitions, known, model.partition_column or "", reasons)

    def _changed_partitions(self, model: Model, before: Record, now: Record) -> tuple[frozenset[str] | None, int]:
        """Partitions to rebuild, and how many there are; None if the whole table has to be rebuilt."""
        read = self.partitioned_inputs(model)
        compared = all(name in self._changed and name in self._recorded for name in read)
        is_same_text = (before.sql_digest, before.engine) == (now.sql_digest, now.engine)
        others = set(before.changed_inputs(now)).difference(map(str, read))
        # Other engines write a file for each partition: of days there are few enough.
        is_apart = now.engine == duck.BUILDS_AS or model.partition_column in DAY_COLUMNS
        if not read or not compared or not is_same_text or others or not is_apart:
            return None, 0
        # Else the table stands at another state than the one that the partitions were compared with.
        stood_at = {str(name): _digest([self._recorded[name].content_hash])[:32] for name in read}
        if any(before.inputs.get(name) != content for name, content in stood_at.items()):
            return None, 0
        partitions = frozenset[str]().union(*(self._changed[name] for name in read))
        known = max(self._partitions.get(name, 0) for name in read)
        if "" in partitions or len(partitions) > _MOST_PARTITIONS * known:
            return None, known
        self._partitions[model.name] = known
        return partitions, known


def _all_counts(audits: Mapping[TableName, pd.DataFrame]) -> pd.DataFrame:
    """All audit counts as rows of `history.table_audits`."""
    frame = pd.concat({str(name): counts for name, counts in audits.items()}, names=["table_name"])
    return frame.reset_index("table_name").rename(columns=_AUDIT_NAMES)[list(inputs_of("history")[AUDITS])]


def recorded_fingerprints(home: Path) -> dict[TableName, Record]:
    """Those of the live version; empty when this run shall start from an empty file.

    After a rollback nothing is reused: what is live then is not what history goes on from. Nor from a file that is more
    than half empty: each table that is rebuilt leaves a gap behind, and a new file has none.
    """
    live, last = live_version_file(home), newest(home)
    if live is None or last is None or last.path.resolve() != live or missing_files(home, last):
        return {}
    try:
        with read_version(live) as connection:
            size = connection.execute("select used_blocks, free_blocks from pragma_database_size()").fetchone()
            rows = connection.execute(
                f"select table_name, sql_digest, engine, inputs, content_hash from {FINGERPRINTS}"
            ).fetchall()
    except duck.DuckError:
        return {}  # a version of a release that kept other columns
    if size is None or size[1] > size[0]:
        return {}
    return {
        TableName.parse(name): Record(sql, engine, json.loads(inputs), content)
        for name, sql, engine, inputs, content in rows
        if None not in (sql, engine, inputs, content)
    }


def recorded_audits(build: Build, recorded: Mapping[TableName, Record]) -> dict[TableName, pd.DataFrame]:
    """Audit counts of the version that the work file is a copy of, by table; not those of another release."""
    if AUDITS not in recorded or recorded[AUDITS].content_hash != _counts_as():
        return {}
    frame = build.frame(f"select * from {AUDITS}").rename(columns={new: old for old, new in _AUDIT_NAMES.items()})
    groups = frame.drop(columns="table_name").groupby(frame["table_name"], sort=False)
    return {TableName.parse(str(name)): rows for name, rows in groups}


def _counts_as() -> str:
    """Digest of the code that counts rules; the rules themselves are part of each table's text."""
    return code_digest(Path(audit.__file__)).hex()[:32]


def tables_read(model: Model) -> list[TableName]:
    """Tables that the SELECT reads or that its checks compare with: counts are valid only while these are unchanged."""
    return sorted({*model.depends_on, *tables_compared_with(model)})


def tables_compared_with(model: Model) -> set[TableName]:
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
