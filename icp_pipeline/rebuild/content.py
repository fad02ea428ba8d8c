"""Hashes of a table's content: equal if the rows are, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from icp_pipeline.catalog.inputs import inputs_of
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName, quoted
from icp_pipeline.warehouse.build import Build

RUN = TableName("settings", "run")
# Its columns with another value in each run.
NEW_IN_EACH_RUN = ("run_id", "clock_at")


def content_of(build: Build, table: TableName) -> str:
    """The table's columns with their types, its number of rows, and two sums over their hashes."""
    types = build.column_types(table)
    return f"{types} {_sums(build, types, str(table))}"


def content_of_query(build: Build, sql: str) -> str:
    """The same for the rows of a query."""
    types = build.frame(f"describe {sql}")[["column_name", "column_type"]].to_numpy().tolist()
    sums = _sums(build, [name for name, _ in types], f"(\n{sql}\n) as found")
    return f"{types} {sums}"


def _sums(build: Build, names: Iterable[str], rows: str) -> str:
    # A row, not a frame: each of a hundred tables takes a third less time.
    found = build.row(f"select {_SUMS} from (select hash({', '.join(map(quoted, names))}) as h from {rows})")
    return " ".join(map(str, found))


def content_of_days(build: Build, table: TableName, column: str) -> pd.DataFrame:
    """The same by day, as rows of `history.day_contents`; rows without a day are a day of their own."""
    columns = ", ".join(map(quoted, build.column_types(table)))
    return build.frame(
        f"""
        select '{table}' as table_name, coalesce(cast({quoted(column)} as varchar), '') as day,
            concat_ws(' ', n, total, mixed) as content
        from (
            select {quoted(column)}, {_SUMS}
            from (select {quoted(column)}, hash({columns}) as h from {table})
            group by {quoted(column)}
        )
        order by day
        """
    )


def as_of_day(build: Build) -> pd.DataFrame:
    """The as-of date, with a hash of all else in `settings.run`, as one such row."""
    others = ", ".join(quoted(name) for name in inputs_of("settings")[RUN] if name not in ("as_of", *NEW_IN_EACH_RUN))
    return build.frame(
        f"""
        select '{RUN}' as table_name, cast(as_of as varchar) as day, cast(hash({others}) as varchar) as content
        from {RUN}
        """
    )


@dataclass
class Changes:
    """What rebuilding a table changed; known once it is rebuilt."""

    # Partitions that came, went or changed; None where they cannot be compared, for the columns changed.
    partitions: frozenset[str] | None = None
    # Number of partitions the table has now.
    known: int = 0


@contextmanager
def changes_of(build: Build, model: Model) -> Iterator[Changes]:
    """Find which partitions of a table change within the context."""
    changes, types = Changes(), build.column_types(model.name)
    build.execute(f"create or replace temp table before as {_contents(build, model, model.name)}")
    yield changes
    if types == build.column_types(model.name):
        build.execute(f"create or replace temp table after as {_contents(build, model, model.name)}")
        changes.partitions = frozenset(build.frame(_DIFFERENT.format(old="temp.before", new="temp.after"))["part"])
        changes.known = build.count(TableName("temp", "after"))


def changed_partitions(build: Build, model: Model, old: TableName, new: TableName) -> frozenset[str]:
    """Partitions that were added, removed or changed between two tables with the model's columns."""
    before, after = (f"({_contents(build, model, table)})" for table in (old, new))
    return frozenset(build.frame(_DIFFERENT.format(old=before, new=after))["part"])


def _contents(build: Build, model: Model, table: TableName) -> str:
    part, columns = quoted(model.partition_column or ""), ", ".join(map(quoted, build.column_types(table)))
    return (
        f"select coalesce(cast({part} as varchar), '') as part, {_SUMS} "
        f"from (select {part}, hash({columns}) as h from {table}) as hashed group by all"
    )


_DIFFERENT = """
select coalesce(after.part, before.part) as part
from {old} as before
full join {new} as after on before.part = after.part
where (before.n, before.total, before.mixed) is distinct from (after.n, after.total, after.mixed)
"""


def changed_days(before: pd.DataFrame, now: pd.DataFrame) -> frozenset[str]:
    """Days that were added, removed or changed."""
    old, new = (dict(zip(frame["day"], frame["content"], strict=True)) for frame in (before, now))
    return frozenset(day for day in old.keys() | new.keys() if old.get(day) != new.get(day))


# A sum does not depend on the order of rows, and counts what stands twice; it is exact, being taken in whole numbers.
# As text, because a frame would round so many digits.
# Hashed once more for the second: the hash of a row is put together from those of its cells by `xor`, which would not
# show where cells change places between two rows.
_SUMS = "count(*) as n, cast(sum(cast(h as hugeint)) as varchar) as total, cast(bit_xor(hash(h)) as varchar) as mixed"
