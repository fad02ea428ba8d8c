"""The columns of one file while they are converted to normal form, and the cells rejected on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.declared.cell_rules import LONGEST_NULL_WORD, NULL_WORDS, Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.by_type import PARSERS, reader
from icp_pipeline.sources.values.numerals import DOUBTFUL, convention
from icp_pipeline.sources.values.plain_cells import plain_cells
from icp_pipeline.sources.values.record_ids import id_items, list_items, unguarded

_BLANK = ("", "\u00a0")
# Types in which any word can be a value.
_WORDS = frozenset({"text", "code", "rating"})
# Types whose list cells hold names without blanks, so any separator between them belongs to the list.
_NAMES = frozenset({"id", "key", "sf_id", "domain"})
# Cells that only one decimal convention can have written, as an RE2 pattern.
_POINT = r"^-?(\d+\.(\d{1,2}|\d{4,})|(0|\d{4,})\.\d{3})$"


@dataclass(frozen=True)
class Problem:
    """Unusable cells of one column: row numbers within the file, and a reason for each."""

    column: str
    rows: np.ndarray
    reasons: list[str]


@dataclass
class Cells:
    """Columns by canonical name, all of the same length; the vendors' `finish` functions work on this."""

    size: int
    rules: Rules
    file_name: str = ""
    note: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    columns: dict[str, pa.Array] = field(default_factory=dict)
    raw: dict[str, pa.Array] = field(default_factory=dict)
    lists: dict[str, tuple[np.ndarray, list[str]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused_rows: dict[int, tuple[str, str]] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    # Code of a file's note -> the rows it is about.
    noted: dict[str, np.ndarray] = field(default_factory=dict)

    def get(self, name: str) -> pa.Array:
        """A column, all NULL if the file does not have it."""
        return self.columns.get(name, pa.nulls(self.size, pa.string()))

    def has(self, name: str) -> bool:
        """Whether the file has the column."""
        return name in self.columns

    def fill(self, name: str, *sources: str) -> None:
        """The first non-null value of the column itself and the given ones."""
        self.columns[name] = pc.coalesce(self.get(name), *(self.get(source) for source in sources))

    def derive(self, name: str, source: str, change: Callable[[str], str | None]) -> None:
        """Fill `name` where it is NULL from the value of `source`; a value that cannot be converted gives NULL."""
        self.columns[name] = pc.coalesce(self.get(name), map_values(self.get(source), change))

    def refuse(self, column: str, mask: pa.Array, reason: str) -> None:
        """Null the marked cells and record why."""
        rows = np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))
        if len(rows):
            self.problems.append(Problem(self.spellings.get(column, column), rows, [reason] * len(rows)))
            self.columns[column] = pc.if_else(pc.fill_null(mask, False), None, self.get(column))

    def read(self, name: str, raw: pa.Array, type_: str, spelling: str, nulls: frozenset[str]) -> None:
        """Convert one raw column to the normal form of its type."""
        self.raw[name] = raw
        self.spellings[name] = spelling
        self.columns[name], problem = normalise(raw, type_, self.rules, spelling, nulls)
        if problem:
            self.problems.append(problem)

    def read_list(self, name: str, raw: pa.Array, type_: str, spelling: str, commas: bool) -> None:
        """Split a multi-valued column into single values; at `,` only if the vendor writes lists this way."""
        rows, values, problem = split_values(raw, type_, self.rules, spelling, commas)
        self.lists[name] = (rows, values)
        if problem:
            self.problems.append(problem)


def normalise(
    raw: pa.Array, type_: str, rules: Rules, spelling: str, nulls: frozenset[str] = frozenset()
) -> tuple[pa.Array, Problem | None]:
    """Keep cells in normal form and parse the others; unusable ones become NULL and a problem."""
    found = plain_cells(raw, type_, rules, nulls)
    if found is None:
        return _parse_each(raw, type_, rules, spelling, nulls)
    is_plain, plain = found
    rest = pc.if_else(pc.or_(is_plain, pc.equal(raw, "")), None, raw)
    if rest.null_count == len(rest):
        return pc.if_else(is_plain, plain, None), None
    of_column = column_rules(raw, type_, rules)
    if of_column != rules:
        return normalise(raw, type_, of_column, spelling, nulls)
    values, problem = _parse_each(rest, type_, rules, spelling, nulls)
    return pc.if_else(is_plain, plain, values), problem


def column_rules(raw: pa.Array, type_: str, rules: Rules) -> Rules:
    """The rules for a column of numbers: one cell may show which decimal convention all of them have."""
    read = reader(type_, rules)
    if read is None or rules.decimal or rules.mixed or not pc.any(pc.match_substring_regex(raw, DOUBTFUL)).as_py():
        return rules
    has_point = pc.fill_null(pc.match_substring_regex(raw, _POINT), False)
    others = raw.filter(pc.invert(has_point)).drop_null().unique().to_pylist()
    seen = ["."] if pc.any(has_point).as_py() else []
    return convention(read, (text for text in others if "." in text or "," in text or not text.isascii()), seen, rules)


def _parse_each(
    raw: pa.Array, type_: str, rules: Rules, spelling: str, nulls: frozenset[str]
) -> tuple[pa.Array, Problem | None]:
    """Parse each distinct text once."""
    parse = parser_of(type_)
    encoded = raw.dictionary_encode()
    parsed: list[str | None] = []
    reasons: dict[int, str] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        value, reason = _parse(text, parse, rules, nulls)
        parsed.append(value)
        if reason:
            reasons[code] = reason
    values = pa.array(parsed, pa.string()).take(encoded.indices)
    return values, problem_of(spelling, encoded.indices, reasons)


def _parse(
    text: str, parse: Callable[[str, Rules], str | None], rules: Rules, nulls: frozenset[str]
) -> tuple[str | None, str | None]:
    bare = text.strip()
    if not bare or bare in _BLANK or bare in nulls:
        return None, None
    try:
        return parse(text, rules), None
    except Unusable as unusable:
        return None, str(unusable)


def parser_of(type_: str) -> Callable[[str, Rules], str | None]:
    """The parser of a type for cells of a file: a spreadsheet's guard or a null's name is a value only among words."""
    parse = PARSERS[type_]
    if type_ in _WORDS:
        return parse

    def parse_cell(text: str, rules: Rules) -> str | None:
        bare = unguarded(text)
        is_null = not bare or (len(bare) <= LONGEST_NULL_WORD and bare.casefold() in NULL_WORDS)
        return None if is_null else parse(bare, rules)

    return parse_cell


def problem_of(spelling: str, codes: pa.Array, reasons: dict[int, str]) -> Problem | None:
    """The rows whose code has a reason; None if no code has one."""
    if not reasons:
        return None
    numbers = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(numbers, list(reasons)))
    return Problem(spelling, rows, [reasons[int(code)] for code in numbers[rows]])


def split_values(
    raw: pa.Array, type_: str, rules: Rules, spelling: str, commas: bool
) -> tuple[np.ndarray, list[str], Problem | None]:
    """Row numbers and single values; the values of one row are distinct and keep their order."""
    parse = parser_of(type_)
    encoded = raw.dictionary_encode()
    parts: list[list[str]] = []
    reasons: dict[int, str] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        kept: dict[str, None] = {}
        try:
            items = id_items(text) if type_ in _NAMES else list_items(text, commas)
        except Unusable as unusable:
            items, reasons[code] = [], str(unusable)
        for item in items:
            value, reason = _parse(item, parse, rules, frozenset())
            if value:
                kept[value] = None
            if reason:
                reasons[code] = reason
        parts.append(list(kept))
    rows: list[int] = []
    values: list[str] = []
    for row, code in enumerate(encoded.indices.to_pylist()):
        if code is not None:
            values.extend(parts[code])
            rows.extend([row] * len(parts[code]))
    return np.array(rows, dtype=np.int64), values, problem_of(spelling, encoded.indices, reasons)


def map_values(values: pa.Array, change: Callable[[str], str | None]) -> pa.Array:
    """Apply a function to each distinct value."""
    encoded = values.dictionary_encode()
    changed: list[str | None] = []
    for text in encoded.dictionary.to_pylist():
        try:
            changed.append(change(text))
        except Unusable:
            changed.append(None)
    return pa.array(changed, pa.string()).take(encoded.indices)
