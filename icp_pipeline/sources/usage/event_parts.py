"""Product events as text -> normal form, one part of a file at a time: the hot path of the lake.

Only distinct users, groups and days are looked at one by one; ids and timestamps are checked a column at a time and
parsed only if they are not in normal form already. Of an event id a 64-bit hash is kept. Events that occur twice, in
one file or in several, are resolved by `overlaps`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.duck import Connection
from icp_pipeline.sources.declared.cell_rules import LONGEST_NULL_WORD, ODD_ID, UTC_MOMENT, Rules
from icp_pipeline.sources.declared.usage_rules import UsageRules, first_of, text_of
from icp_pipeline.sources.table.cell_columns import Problem, map_values, normalise, problem_of
from icp_pipeline.sources.table.column_quality import EventCounts
from icp_pipeline.sources.table.reading import FileFacts, Reading, reject_table
from icp_pipeline.sources.table.recognition import Match, fold
from icp_pipeline.sources.text.delimited import RawTable
from icp_pipeline.sources.usage.daily_counts import Entry, Events, write_counted

Rejected = tuple[int, str | None, str]

_TYPES = {"id": "id", "occurred_at": "event_day", "user_id": "id", "group_id": "id", "events": "number"}
_REQUIRED = ("id", "occurred_at")
_DAY_LENGTH = 10
_DELETE = 0x7F
# What every odd id of some length contains, if it is printable (see `ODD_ID`).
_ODD_MARKS = (b".", b"+", b",", b"'", b'"', b"=", b"#", b"[")
# The largest digit at each position of a timestamp; hours are also checked as a whole.
_MOST_AT = np.full(len("2026-07-01T09:00:00.123456789Z"), 9)
_MOST_AT[[11, 14, 17]] = 2, 5, 5


def pseudonym(user_id: str) -> str:
    """User ids that are e-mail addresses do not reach the lake; the same address always gets the same pseudonym."""
    if "@" not in user_id:
        return user_id
    return "user_" + hashlib.sha256(user_id.strip().lower().encode()).hexdigest()[:20]


def with_group_key(match: Match, group_key: str | None) -> Match:
    """If icp.yaml names the column of an event's account, and the file has it, use that column."""
    folded = [fold(name) for name in match.header]
    if group_key is None or fold(group_key) not in folded:
        return match
    named = folded.index(fold(group_key))
    # If it is blank, the usual columns count, as they do for events in JSON.
    usual = (match.at.get("group_id"), *match.also.get("group_id", ()))
    others = tuple(place for place in usual if place is not None and place != named)
    return replace(match, at=match.at | {"group_id": named}, also=match.also | {"group_id": others})


def load_events(
    con: Connection,
    parts: Iterable[RawTable],
    at: Mapping[str, int],
    entry: Entry,
    rules: Rules,
    spellings: Mapping[str, str] | None = None,
    counts: EventCounts | None = None,
) -> tuple[int, list[Rejected]]:
    """Write the daily rows of a file's events; returns the rows kept, and the rejected lines with reasons."""
    counts = counts or EventCounts()
    kept: list[Events] = []
    rejected: list[Rejected] = []
    for raw in parts:
        part = _Part(raw, at, rules, spellings or {}, counts)
        kept.append(part.events(con))
        rejected += raw.rejected + part.rejected
    if not kept:
        nothing = RawTable(dict.fromkeys(at.values(), pa.array([], pa.string())), np.zeros(0, dtype=np.int64))
        kept.append(_Part(nothing, at, rules, spellings or {}, counts).events(con))
    write_counted(entry, kept)
    return sum(map(len, kept)), rejected


@dataclass
class Activity:
    """Pass on user activity; count the rest by event name."""

    usage: UsageRules
    place: int | None
    left_out: int = 0

    def only(self, parts: Iterable[RawTable]) -> Iterator[RawTable]:
        """The same parts without events that are not activity."""
        return map(self._only, parts)

    def _only(self, raw: RawTable) -> RawTable:
        if self.place is None:
            return raw
        coded = raw.columns[self.place].dictionary_encode()
        names = coded.dictionary.to_pylist()
        library = [code for code, name in enumerate(names) if name is not None and not self.usage.is_activity(name)]
        if not library:
            return raw
        codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
        keep = ~np.isin(codes, library)
        self.left_out += int((~keep).sum())
        mask = pa.array(keep)
        return replace(
            raw, columns={at: cells.filter(mask) for at, cells in raw.columns.items()}, lines=raw.lines[keep]
        )


class _Part:
    """The events of a part of a file: which of them can be used, and why the others cannot."""

    def __init__(
        self,
        raw: RawTable,
        at: Mapping[str, int],
        rules: Rules,
        spellings: Mapping[str, str],
        column_counts: EventCounts,
    ) -> None:
        self._column_counts = column_counts
        self.rejected: list[Rejected] = []
        self._raw = raw
        self._at = at
        self._rules = rules
        self._spellings = spellings
        self._keep = np.ones(len(raw.lines), dtype=bool)

    def events(self, con: Connection) -> Events:
        """The events that can be used."""
        ids = self._plain("id")
        days = self._coded("occurred_at")
        users, groups = self._coded("user_id"), self._coded("group_id")
        counts = self._plain("events")
        if not self._keep.all():
            keep = pa.array(self._keep)
            ids, counts = (None if column is None else column.filter(keep) for column in (ids, counts))
            days, users, groups = (column.filter(keep) for column in (days, users, groups))
        hashes = None if ids is None else hashes_of(con, ids)
        return Events(groups, with_pseudonyms(users), days, hashes, counts)

    def _plain(self, column: str) -> pa.Array | None:
        """A column whose values hardly repeat, in normal form; None if the file does not have it."""
        if column not in self._at:
            return None
        raw = self._raw.columns[self._at[column]]
        if _TYPES[column] == "id" and are_plain_ids(raw):
            values, problem = pc.if_else(pc.equal(raw, ""), None, raw), None
        else:
            values, problem = normalise(raw, _TYPES[column], self._rules, self._spelling(column))
        self._refuse(column, values, problem)
        return values

    def _coded(self, column: str) -> pa.DictionaryArray:
        """A column whose values repeat, in normal form; all NULL if the file does not have it."""
        if column not in self._at:
            return pa.nulls(len(self._keep), pa.string()).dictionary_encode()
        raw = self._raw.columns[self._at[column]]
        coded = (days_of(raw) if column == "occurred_at" else raw).dictionary_encode()
        if column == "group_id":
            coded = _first_groups(coded)
        values, problem = normalise(coded.dictionary, _TYPES[column], self._rules, self._spelling(column))
        found = recoded(coded.indices, values)
        if problem:
            reasons = dict(zip(problem.rows.tolist(), problem.reasons, strict=True))
            problem = problem_of(problem.column, coded.indices, reasons)
        self._refuse(column, found, problem)
        return found

    def _spelling(self, column: str) -> str:
        return self._spellings.get(column, column)

    def _refuse(self, column: str, values: pa.Array, problem: Problem | None) -> None:
        self._column_counts.add(column, self._spelling(column), values, problem, self._raw.lines)
        if problem is None and not (column in _REQUIRED and values.null_count):
            return
        reasons = dict(zip(problem.rows.tolist(), problem.reasons, strict=True)) if problem else {}
        if column in _REQUIRED:
            empty = np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False)).tolist()
            reasons = dict.fromkeys(empty, "required, but empty") | reasons
        spelling, lines = self._spelling(column), self._raw.lines
        self.rejected += [(int(lines[row]), spelling, reasons[row]) for row in sorted(reasons) if self._keep[row]]
        self._keep[list(reasons)] = False


def _first_groups(groups: pa.DictionaryArray) -> pa.DictionaryArray:
    """An event of several groups, as a JSON list, counts for the first one."""
    if not pc.any(pc.starts_with(groups.dictionary, "[")).as_py():
        return groups
    return recoded(groups.indices, map_values(groups.dictionary, lambda text: text_of(first_of(text))))


def hashes_of(con: Connection, ids: pa.Array) -> np.ndarray:
    """DuckDB's hashes of event ids, the same wherever an id was read."""
    con.register("event_ids", pa.table({"id": ids}))
    hashes = con.sql("select hash(id) as hash from event_ids").fetchnumpy()["hash"]
    con.unregister("event_ids")
    return np.asarray(hashes, dtype=np.uint64)


def with_pseudonyms(users: pa.DictionaryArray) -> pa.DictionaryArray:
    """Replace user ids that are e-mail addresses with their pseudonyms."""
    if not pc.any(pc.match_substring(users.dictionary, "@")).as_py():
        return users
    return recoded(users.indices, map_values(users.dictionary, pseudonym))


def recoded(indices: pa.Array, values: pa.Array) -> pa.DictionaryArray:
    """New codes after the values have changed; some may be NULL or equal now."""
    coded = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices.take(indices), coded.dictionary)


def are_plain_ids(texts: pa.Array) -> bool:
    """Whether reading would accept all of these ids unchanged; empty ones do not qualify."""
    ends, characters = text_buffers(texts)
    if len(characters) == 0:
        return True
    # Printable, without blanks or any character of an odd id, and too long for a word that means NULL.
    if characters.min() > ord(" ") and characters.max() < _DELETE:
        together = characters.tobytes()
        lengths = np.diff(ends)
        is_long = lengths[lengths > 0].min() > LONGEST_NULL_WORD
        if is_long and not any(mark in together for mark in _ODD_MARKS):
            return True
    return not pc.any(pc.match_substring_regex(texts, ODD_ID)).as_py()


def days_of(moments: pa.Array) -> pa.Array:
    """UTC timestamps cut to their date; anything else unchanged."""
    days = _days_of_one_form(moments)
    if days is not None:
        return days
    is_utc = pc.match_substring_regex(moments, f"^{UTC_MOMENT}$")
    return pc.if_else(is_utc, pc.utf8_slice_codeunits(moments, 0, _DAY_LENGTH), moments)


def _days_of_one_form(moments: pa.Array) -> pa.Array | None:
    """The same, character by character down the column; None unless all are UTC timestamps in one format."""
    first = moments[0].as_py() if len(moments) and not moments.null_count else None
    if first is None or not re.fullmatch(UTC_MOMENT, first, re.ASCII):
        return None
    ends, characters = text_buffers(moments)
    if (np.diff(ends) != len(first)).any():
        return None
    pattern = np.frombuffer(first.encode(), dtype=np.uint8)
    is_digit = (pattern >= ord("0")) & (pattern <= ord("9"))
    most = np.where(is_digit, _MOST_AT[: len(first)], 0)
    # Values below the minimum wrap around, and are too large then.
    digits = characters.reshape(-1, len(first)) - np.where(is_digit, ord("0"), pattern).astype(np.uint8)
    if (digits > most.astype(np.uint8)).any() or (digits[:, 11] * 10 + digits[:, 12] > 23).any():
        return None
    days = np.ascontiguousarray(characters.reshape(-1, len(first))[:, :_DAY_LENGTH])
    places = np.arange(len(moments) + 1, dtype=np.int32) * _DAY_LENGTH
    return pa.StringArray.from_buffers(len(moments), pa.py_buffer(places), pa.py_buffer(days))


def text_buffers(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Where texts start and end, and all their bytes; NULL and empty ones have none."""
    _, ends, data = texts.buffers()
    if ends is None or len(texts) == 0:
        return np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    places = np.frombuffer(ends, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    characters = np.frombuffer(data if data is not None else b"", dtype=np.uint8)
    return places, characters[places[0] : places[-1]]


def reading_of(
    rows: int, rejected: list[Rejected], facts: FileFacts, left_out: int = 0, counts: EventCounts | None = None
) -> Reading:
    """The row counts of an events file whose rows went to Parquet directly."""
    quality = counts.rows(facts.path) if counts else []
    table = reject_table(facts.path, rejected)
    read = rows + left_out + len(rejected)
    return Reading({}, table, read, len(rejected), rows_left_out=left_out, quality=quality)
