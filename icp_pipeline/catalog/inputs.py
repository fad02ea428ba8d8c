"""The input tables of models that no model builds: columns with DuckDB types and meanings."""

from __future__ import annotations

from pathlib import Path

from icp_pipeline.catalog.grammar import read_entries
from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.names import TableName

_ROOM = Path(__file__).parent
# The position of a row's file among those of its kind, newest last. It comes from the list of files, not from the files
# themselves. Values of configured fields belong to a row, so they do not need it.
SOURCE_ORDER = "source_order"

# The meaning of a column with this name in every table, input or model, that does not have its own.
WORDS_FILE = _ROOM / "words.txt"
WORDS = {entry.name: entry.meaning for entry in read_entries(WORDS_FILE, "")}
_OF_LAKE = {
    TableName("lake", kind.name): kind.sql_types | ({SOURCE_ORDER: "bigint"} if kind.is_ordered else {})
    for kind in KINDS.values()
}
_OTHERS = {
    TableName(schema, entry.name): entry
    for schema in ("settings", "history")
    for entry in read_entries(_ROOM / f"{schema}.txt", "varchar")
}
_ENTRIES = {TableName("lake", kind.name): kind for kind in KINDS.values()} | _OTHERS

INPUTS: dict[TableName, dict[str, str]] = _OF_LAKE | {name: entry.columns for name, entry in _OTHERS.items()}
# Inputs that grow, with their date column: a model may be rebuilt for the changed days only.
GROWING_INPUTS = {TableName("lake", kind.name): kind.grows_by for kind in KINDS.values() if kind.grows_by}
DAY_COLUMNS = frozenset(GROWING_INPUTS.values())


def inputs_of(schema: str) -> dict[TableName, dict[str, str]]:
    """The input tables of `lake`, `settings` or `history`."""
    return {name: columns for name, columns in INPUTS.items() if name.schema == schema}


def table_meaning(table: TableName) -> str:
    """One sentence on what a row of an input table is."""
    return _ENTRIES[table].meaning


def column_meaning(table: TableName, column: str) -> str:
    """What a column of an input table means; may be empty for `lake` and `settings`."""
    return _ENTRIES[table].meanings.get(column) or WORDS.get(column, "")
