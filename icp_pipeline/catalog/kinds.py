"""The kinds of rows in the lake: canonical columns, their types, and required columns and cells.

A type decides how a cell is converted to its normal form (`sources.values.by_type`); afterwards everything is text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from icp_pipeline.catalog.grammar import Entry, read_entries
from icp_pipeline.errors import ModelError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

LAKE = Path(__file__).parent / "lake"
# Added to every row: the landed file and the line in it.
PLACE = {"source_path": "varchar", "source_line": "bigint"}
_SQL = {"bigint": "bigint", "count": "bigint", "day": "date"}

Names = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """One lake table. The fields below `types` are tags of its entry."""

    name: str
    # Fields that do not affect how a file is read are not part of the text that decides whether lake tables are still
    # valid.
    meaning: str = field(repr=False)
    meanings: dict[str, str] = field(repr=False)
    # Place of its entry.
    path: Path = field(repr=False)
    line: int = field(repr=False)
    # Cell type by column, and column of money -> the column that holds its currency: every column of money has one.
    types: dict[str, str]
    currency_of: dict[str, str]
    # Required columns of a file, and required cells of a row.
    headers: Names = ()
    cells: Names = ()
    # List-valued columns with the type of their items; they are kept in `field_values`.
    lists: dict[str, str] = field(default_factory=dict)
    # Columns that decide what a row means, each with its alternatives; see `sources.table.column_quality`.
    deciding: tuple[Names, ...] = ()
    # Columns that identify a record, if a later row of a record replaces an earlier one, and the date that decides.
    identity: Names = ()
    modified: str | None = None
    # Ids that are unique within one landing folder only.
    is_per_folder: bool = False
    # Column by which configured attributes name their record.
    record_id: str = "id"
    # The word under `kind:` in a `sources:` entry, and what a `field:` of the settings may begin with.
    kind_word: str | None = None
    field_prefix: str | None = None
    # Rows are accounts of a CRM; without accounts nothing can be scored.
    holds_accounts: bool = False
    # Columns of its files, where readers make other columns of them.
    read_as: dict[str, str] = field(default_factory=dict)
    # The day by which the table grows.
    grows_by: str | None = None
    # No row replaces another, whichever file is newer.
    is_unordered: bool = False
    # Rows about landed files, added by the readers: no vendor writes them.
    is_unplaced: bool = False
    # A list kept by hand: its file may be old, but losing its last row is never ignored.
    is_kept_by_hand: bool = field(default=False, repr=False)
    # CRMs mostly export all of it, so that a newer file may replace an older one; of other kinds each file is a part.
    is_exported_whole: bool = field(default=False, repr=False)
    # What people say changes no tags, so the guards against mass change ignore it.
    is_heard: bool = field(default=False, repr=False)

    @property
    def record_currency(self) -> str | None:
        """The column with the currency of a record's amounts, including those in custom fields."""
        found = next((name for name in ("currency_iso_code", "currency") if name in self.types), None)
        # HubSpot stores a company's other amounts in the portal's own currency.
        return None if self.name == "hubspot_company" else found

    @property
    def is_ordered(self) -> bool:
        """Whether a row of a newer file may replace an older one."""
        return not (self.is_unplaced or self.is_unordered)

    @property
    def readable(self) -> dict[str, str]:
        """What a file may fill, with the cell type of each; lists apart."""
        return self.read_as or self.types

    @property
    def columns(self) -> Names:
        """Canonical column names, without the source columns that placed tables end with."""
        return tuple(self.types)

    @cached_property
    def sql_types(self) -> dict[str, str]:
        """Every column of the Parquet files with its SQL type."""
        return {name: _SQL.get(type_, "varchar") for name, type_ in self.types.items()} | (
            {} if self.is_unplaced else PLACE
        )

    @cached_property
    def schema(self) -> pa.Schema:
        """The schema of the Parquet files."""
        # Imported here, because read-only commands write none.
        from icp_pipeline.catalog.arrow_schemas import arrow_schema

        return arrow_schema(self.sql_types)


def _kind(entry: Entry) -> Kind:
    columns = {name: type_.rstrip(")").partition("(") for name, type_ in entry.columns.items()}
    for tag in entry.tags:
        if tag not in _READ:
            raise ModelError(f"{entry.path}:{entry.line}: {entry.name}: there is no tag #{tag}.{nearest(tag, _READ)}")
    return Kind(
        *(entry.name, entry.meaning, entry.meanings, entry.path, entry.line),
        types={name: type_ for name, (type_, _, _) in columns.items()},
        currency_of={name: currency for name, (_, _, currency) in columns.items() if currency},
        **{tag: _READ[tag](items) for tag, items in entry.tags.items()},
    )


def _lists(items: Names) -> dict[str, str]:
    return {name: type_ or "text" for name, _, type_ in (item.partition(":") for item in items)}


_READERS = {
    "Names": lambda items: items,
    "dict[str, str]": _lists,
    "tuple[Names, ...]": lambda items: tuple(tuple(group.split("|")) for group in items),
    "bool": lambda items: True,
    "str": lambda items: items[0],
    "str | None": lambda items: items[0],
}
_READ = {each.name: _READERS[str(each.type)] for each in fields(Kind)[7:]}


def read_kinds(folder: Path) -> dict[str, Kind]:
    """The kinds of every text file in a folder, by name; raises ModelError, with the line, for invalid entries."""
    entries = [entry for path in sorted(folder.glob("*.txt")) for entry in read_entries(path, "text")]
    return {entry.name: _kind(entry) for entry in entries}


KINDS = read_kinds(LAKE)
# The word under `kind:` in a `sources:` entry -> the kind that it fills.
MAPPED_KINDS = {kind.kind_word: kind.name for kind in KINDS.values() if kind.kind_word}
# What a `field:` of the settings may begin with -> the kind whose files have it.
FIELD_KINDS = {kind.field_prefix: kind.name for kind in KINDS.values() if kind.field_prefix}
# List-valued columns are kept as field values under their own names, where attributes are too.
LIST_COLUMNS = frozenset(name for kind in KINDS.values() for name in kind.lists)
ACCOUNT_KINDS = tuple(kind.name for kind in KINDS.values() if kind.holds_accounts)
