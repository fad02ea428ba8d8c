"""One recognised table of text -> lake tables: normal forms, required cells, configured fields, and row counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.catalog.kinds import KINDS, Kind
from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.declared.plan import FieldRequest
from icp_pipeline.sources.declared.usage_rules import UsageRules
from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells, Problem
from icp_pipeline.sources.table.column_quality import ColumnCounts, quality_rows, refuse_undecided, refuse_unusable
from icp_pipeline.sources.table.recognition import Layout, Match, fold, refuse_duplicate
from icp_pipeline.sources.table.synonyms import Earlier, fill_from, refuse_contradictions
from icp_pipeline.sources.table.total_rows import REASON, total_rows
from icp_pipeline.sources.text.file_notes import FileNotes
from icp_pipeline.sources.text.file_parts import FilePart
from icp_pipeline.sources.text.raw_table import RawTable

# How a configured field of a type is converted to normal form; `multi` is split into one row per value.
_FIELD_TYPES = {"categorical": "text", "numeric": "number", "money": "money", "boolean": "boolean", "date": "date"}


@dataclass(frozen=True)
class FileFacts:
    """What is known about a file besides its rows. `note` holds what its name or a manifest says;
    `notes` collect remarks on how it was read; `attributes` are those in the settings. `part` is what of it to read.
    """

    path: str
    source_name: str | None = None
    rules: Rules = field(default_factory=Rules)
    note: dict[str, str] = field(default_factory=dict)
    usage: UsageRules = field(default_factory=UsageRules)
    notes: FileNotes = field(default_factory=FileNotes)
    attributes: tuple[str, ...] = ()
    part: FilePart | None = None

    def of_rows(self) -> FileFacts:
        """The same for the rows: remarks on the file as a whole belong to its first part only."""
        return replace(self, notes=FileNotes()) if self.part and self.part.start else self


@dataclass(frozen=True)
class Reading:
    """The result of reading one file; `missing` are configured columns that this file does not have.

    `rows_left_out` are rows that were understood but not needed, such as events of the tracking library.
    `table` is the record type of the file, if its tables alone do not show it.
    `quality` are rows of `lake.column_quality`; `taken_for` says how the file was recognised and by which columns.
    """

    tables: dict[str, pa.Table]
    rejects: pa.Table
    rows_read: int
    rows_rejected: int
    missing: tuple[str, ...] = ()
    rows_left_out: int = 0
    table: str = ""
    quality: list[dict[str, Any]] = field(default_factory=list)
    taken_for: str = ""

    @property
    def rows_loaded(self) -> int:
        """Records that reached the lake."""
        return self.rows_read - self.rows_rejected


def request_positions(requests: Sequence[FieldRequest], header: Sequence[str]) -> dict[str, int]:
    """Positions of configured columns, by attribute; raises Held if one of them occurs twice."""
    folded = [fold(name) for name in header]
    found = {}
    for request in requests:
        if fold(request.column) in folded:
            found[request.attribute] = folded.index(fold(request.column))
            refuse_duplicate(header, folded, found[request.attribute])
    return found


def read_table(raw: RawTable, match: Match, requests: Sequence[FieldRequest], facts: FileFacts) -> Reading:
    """Normalise every needed column, drop rows that miss a required cell, and account for each record."""
    layout = match.layout
    kind = KINDS[layout.kind or ""]
    cells = Cells(len(raw.lines), facts.rules, facts.path, facts.note, kind.name)
    refuse_contradictions(match, raw)
    counts = ColumnCounts(cells)
    for column in match.at:
        _read_spellings(cells, counts, match, kind, column, raw)
    refuse_unusable(kind, counts.columns, raw.lines)
    derive.currencies(kind.name)(cells)
    if layout.finish:
        layout.finish(cells)
    for code, rows in cells.noted.items():
        facts.notes.add(code, raw.lines[rows].tolist())
    at = request_positions(requests, match.header)
    values = _field_columns(cells, requests, at, raw)
    counts.note_later(
        (each.attribute, each.column, raw.columns[at[each.attribute]]) for each in requests if each.attribute in at
    )
    refuse_undecided(kind, cells, counts.columns, raw.lines)
    missing = tuple(request.column for request in requests if request.attribute not in values)
    reading = _assemble(raw, match, kind, cells, values, facts, missing)
    return replace(reading, quality=quality_rows(facts.path, kind, cells, counts.columns, raw.lines))


def _read_spellings(cells: Cells, counts: ColumnCounts, match: Match, kind: Kind, column: str, raw: RawTable) -> None:
    """Read a column under each name that the file has for it; in each row the first one with a value counts."""
    refused: list[Problem] = []
    for place in match.places(column):
        earlier = Earlier.of(cells, column)
        spelling = match.header[place]
        _read_column(cells, match.layout, kind, column, raw.columns[place], spelling)
        refused_now = counts.note(column, spelling, raw.columns[place])
        if place != match.at[column]:
            fill_from(cells, column, earlier, refused, is_identity=column in kind.cells)
        refused += refused_now


def _read_column(cells: Cells, layout: Layout, kind: Kind, column: str, raw: pa.Array, spelling: str) -> None:
    if column in layout.lists:
        cells.read_list(column, raw, kind.lists[column], spelling, layout.list_commas)
    elif column in layout.scratch:
        cells.read(column, raw, layout.scratch[column][0], spelling, layout.nulls)
    else:
        cells.read(column, raw, kind.types[column], spelling, layout.nulls)


@dataclass(frozen=True)
class FieldValues:
    """Values of one configured field or list column, the row of each, and for amounts the currency of each."""

    rows: np.ndarray
    values: list[str]
    currencies: pa.Array | None = None


def _field_columns(
    cells: Cells, requests: Sequence[FieldRequest], at: dict[str, int], raw: RawTable
) -> dict[str, FieldValues]:
    found: dict[str, FieldValues] = {}
    for request in requests:
        if request.attribute not in at:
            continue
        column = raw.columns[at[request.attribute]]
        name = f"field {request.attribute}"
        if request.type == "multi":
            cells.read_list(name, column, "text", request.column, commas=False)
            found[request.attribute] = FieldValues(*cells.lists.pop(name))
        else:
            found[request.attribute] = _field_values(cells, name, column, request)
    return found


def _field_values(cells: Cells, name: str, column: pa.Array, request: FieldRequest) -> FieldValues:
    """One value per row. If a number names a currency it is an amount, and so are all others of its column."""
    marked = request.type in ("numeric", "money") and derive.marks_in(column) is not None
    type_ = "money" if marked else _FIELD_TYPES[request.type]
    cells.read(name, column, type_, request.column, frozenset())
    currencies = None
    if type_ == "money":
        currency = f"{name} currency"
        record_currency = KINDS[cells.kind].record_currency if request.type == "money" and cells.kind else None
        if record_currency:
            cells.columns[currency] = cells.get(record_currency)
        derive.take_mark(cells, name, currency)
        currencies = pc.fill_null(cells.columns.pop(currency, cells.get("")), "HOME")
    values = cells.columns.pop(name)
    is_there = pc.is_valid(values)
    rows = np.flatnonzero(is_there.to_numpy(zero_copy_only=False))
    kept = currencies.filter(is_there) if currencies is not None else None
    return FieldValues(rows, values.drop_null().to_pylist(), kept)


def _assemble(
    raw: RawTable,
    match: Match,
    kind: Kind,
    cells: Cells,
    values: dict[str, FieldValues],
    facts: FileFacts,
    missing: tuple[str, ...],
) -> Reading:
    refused = _refused_rows(cells, kind, match)
    keep = np.ones(cells.size, dtype=bool)
    keep[list(refused)] = False
    rows = np.flatnonzero(keep)
    tables = {kind.name: kind_table(kind, cells, rows, raw.lines, facts)}
    record_ids = cells.get(kind.record_id)
    listed = {name: FieldValues(*cells.lists[name]) for name in kind.lists if name in cells.lists} | values
    field_rows = _field_table(kind.name, listed, keep, record_ids, raw.lines, facts)
    if field_rows.num_rows:
        tables["field_values"] = field_rows
    structural = [(line, column, reason) for line, column, reason in raw.rejected]
    row_rejects = structural + [(int(raw.lines[row]), column, reason) for row, (column, reason) in refused.items()]
    rejects = reject_table(facts.path, row_rejects, _value_rejects(cells.problems, keep, raw.lines))
    reading = Reading(tables, rejects, raw.rows_read, len(row_rejects), missing)
    if reading.rows_loaded != len(rows):  # pragma: no cover - an invariant, not an input error
        raise AssertionError(
            f"{facts.path}: {raw.rows_read} records read, {len(rows)} loaded, {len(row_rejects)} rejected"
        )
    return reading


# Why a row without a usable cell is rejected, if the cell itself gave no reason.
_EMPTY = "required, but empty or not usable"
_LACKING = {"domain": "required, but empty or the host of many companies (a mail provider, a shop system)"}


def _refused_rows(cells: Cells, kind: Kind, match: Match) -> dict[int, tuple[str, str]]:
    """Row number -> column and reason, for rows that lack a required cell."""
    refused = dict(cells.refused_rows)
    for column in kind.cells:
        spelling = match.spelling(column)
        reasons = {
            int(row): reason
            for problem in cells.problems
            if problem.column in (spelling, column)
            for row, reason in zip(problem.rows, problem.reasons, strict=True)
        }
        if kind.types[column] in ("id", "key"):
            refused |= {
                int(row): (spelling, REASON) for row in total_rows(cells.get(column)) if int(row) not in refused
            }
        for row in np.flatnonzero(pc.is_null(cells.get(column)).to_numpy(zero_copy_only=False)):
            refused.setdefault(int(row), (spelling, reasons.get(int(row), _LACKING.get(kind.types[column], _EMPTY))))
    return dict(sorted(refused.items()))


def kind_table(kind: Kind, cells: Cells, rows: np.ndarray, lines: np.ndarray, facts: FileFacts) -> pa.Table:
    """The rows of one kind, in its schema, with the file and line each comes from."""
    columns: dict[str, pa.Array] = {}
    for name in kind.columns:
        constant = facts.source_name if name == "source_name" else None
        columns[name] = pa.array([constant] * len(rows), pa.string()) if constant else cells.get(name).take(rows)
    columns["source_path"] = pa.array([facts.path] * len(rows), pa.string())
    columns["source_line"] = pa.array(lines[rows], pa.int64())
    # Cells are text; a kind that grows by day keeps dates and counts as such.
    return pa.table(columns).cast(kind.schema)


def _field_table(
    kind: str, listed: dict[str, FieldValues], keep: np.ndarray, ids: pa.Array, lines: np.ndarray, facts: FileFacts
) -> pa.Table:
    parts = []
    schema = KINDS["field_values"].schema
    for attribute, field_values in listed.items():
        kept = keep[field_values.rows]
        chosen = field_values.rows[kept]
        currencies = field_values.currencies
        count = len(chosen)
        columns = {
            "source_name": pa.array([facts.source_name] * count, pa.string()),
            "record_kind": pa.array([kind] * count, pa.string()),
            "record_id": ids.take(chosen),
            "attribute": pa.array([attribute] * count, pa.string()),
            "value": pa.array(field_values.values, pa.string()).filter(pa.array(kept)),
            "currency": pa.nulls(count, pa.string()) if currencies is None else currencies.filter(pa.array(kept)),
            "known_at": pa.nulls(count, pa.string()),
            "source_path": pa.array([facts.path] * count, pa.string()),
            "source_line": pa.array(lines[chosen], pa.int64()),
        }
        parts.append(pa.table(columns, schema=schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _value_rejects(problems: Sequence[Problem], keep: np.ndarray, lines: np.ndarray) -> list[tuple[int, str, str]]:
    return [
        (int(lines[row]), problem.column, reason)
        for problem in problems
        for row, reason in zip(problem.rows, problem.reasons, strict=True)
        if keep[row]
    ]


def reject_table(
    path: str, rows: Sequence[tuple[int, str | None, str]], values: Sequence[tuple[int, str, str]] = ()
) -> pa.Table:
    """`lake.reject` rows: first whole rows, then single cells, in line order."""
    marked = [(line, column or "", reason, "row") for line, column, reason in rows]
    marked += [(line, column, reason, "value") for line, column, reason in values]
    marked.sort(key=lambda reject: (reject[0], reject[3], reject[1]))
    return pa.table(
        {
            "path": pa.array([path] * len(marked), pa.string()),
            "line": pa.array([reject[0] for reject in marked], pa.int64()),
            "column_name": pa.array([reject[1] or None for reject in marked], pa.string()),
            "reason": pa.array([reject[2] for reject in marked], pa.string()),
            "scope": pa.array([reject[3] for reject in marked], pa.string()),
        },
        schema=KINDS["reject"].schema,
    )
