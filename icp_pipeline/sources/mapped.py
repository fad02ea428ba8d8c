"""Any other CSV: an entry of `sources:` maps headers to canonical columns. No code per source."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.catalog.kinds import KINDS, MAPPED_KINDS
from icp_pipeline.errors import SourceError, nearest
from icp_pipeline.sources.declared.plan import DATE_ORDERS, FieldRequest, FileFormat, MappedSource
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table import deletions, derive
from icp_pipeline.sources.table.cell_columns import Cells, map_values
from icp_pipeline.sources.table.deal_outcomes import stage_flags
from icp_pipeline.sources.table.deletions import has_marks
from icp_pipeline.sources.table.reading import FileFacts, Reading, read_table, request_positions
from icp_pipeline.sources.table.recognition import Layout, Match, Names, fold, nearest_header, refuse_duplicate
from icp_pipeline.sources.text.blocks import read_rows
from icp_pipeline.sources.text.delimited import RawTable, read_header
from icp_pipeline.sources.text.file_notes import FileNotes
from icp_pipeline.sources.text.file_parts import FilePart
from icp_pipeline.sources.values.by_type import Rules, plain
from icp_pipeline.sources.values.record_ids import first_id
from icp_pipeline.sources.vendors import nps
from icp_pipeline.sources.vendors.usage import segment

# Used in place of a header: the file has no id, so its rows are identified by their position.
LINE = "#line"
_NUMERIC = ("number", "count", "money", "range", "money_range", "percent", "score")
# Words people use for a canonical column in a mapping.
_SYNONYMS = {
    "account": "account_key",
    "account_id": "account_key",
    "usage_date": "occurred_at",
    "website": "domain",
    "email": "email_domain",
    "title": "role",
    "employees": "number_of_employees",
}

# Kinds whose rows are about one account.
_OF_ONE_ACCOUNT = frozenset({"deal", "deal_account"})
# At least one of these columns is needed, or no purchase is known.
_TELLS = {"deal": ("is_won", "stage_id", "won_on"), "deal_stage": ("is_won", "probability", "label")}

_FINISH: dict[str, Callable[[Cells], None]] = {
    **dict.fromkeys(("account", "clearbit_company"), derive.country("country", "country_code")),
    **dict.fromkeys(("lead", "form"), derive.chain(derive.person, derive.country("country", "country_code"))),
    "contact": derive.person,
    "builtwith_technology": derive.is_live,
    "usage_count": derive.chain(segment.people_as_pseudonyms, derive.counted_once),
    "usage_group": next(layout.finish for layout in segment.LAYOUTS if layout.kind == "usage_group" and layout.finish),
    "deal": derive.won_by_day,
    "deal_stage": stage_flags,
    "subscription": derive.chain(derive.domain_from_key, derive.intervals),
    "survey_response": derive.chain(derive.domain_from_key, derive.answers_only),
    **dict.fromkeys(("ticket", "trigger", "engagement"), derive.domain_from_key),
}


def check_mapping(source: MappedSource) -> None:
    """Raises SourceError, before any file is read, naming the invalid key of `sources:`."""
    where = f"icp.yaml: sources.{source.key}"
    if source.kind not in MAPPED_KINDS:
        hint = nearest(source.kind, MAPPED_KINDS)
        raise SourceError(
            f"{where}.kind: '{source.kind}' is not a kind.{hint} Expected one of {', '.join(MAPPED_KINDS)}"
        )
    check_format(source.format, where)
    for part in ("columns", "constants", "values", "units"):
        _canonical(source, part)
    types = KINDS[MAPPED_KINDS[source.kind]].readable
    for name in _canonical(source, "units"):
        if types.get(name) not in _NUMERIC:
            raise SourceError(f"{where}.units: '{name}' is not a numeric column of kind {source.kind}")


def check_format(declared: FileFormat, where: str) -> None:
    """Raises SourceError for an unknown date order, time zone or encoding."""
    if declared.date_order not in DATE_ORDERS:
        raise SourceError(f"{where}.date_order: expected one of {', '.join(DATE_ORDERS)}")
    zone, encoding = declared.timezone, declared.encoding
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SourceError(f"{where}.timezone: no time zone '{zone}'; expected a name such as Europe/Berlin") from None
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise SourceError(f"{where}.encoding: no encoding '{encoding}'; expected one such as utf-8 or cp1252") from None


def _canonical(source: MappedSource, part: str) -> dict[str, Any]:
    """A part of the mapping, keyed by canonical names."""
    allowed = known_columns(MAPPED_KINDS[source.kind])
    where = f"icp.yaml: sources.{source.key}.{part}"
    return {_known(name, allowed, where): value for name, value in getattr(source, part).items()}


def known_columns(kind: str) -> tuple[str, ...]:
    """The columns a mapping of this kind may fill."""
    return tuple(name for name in (*KINDS[kind].readable, *KINDS[kind].lists) if name != "source_name")


def _known(name: str, allowed: Sequence[str], where: str) -> str:
    if name in allowed:
        return name
    if _SYNONYMS.get(name) in allowed:
        return _SYNONYMS[name]
    raise SourceError(f"{where}: no column '{name}'.{nearest(name, allowed)} Expected some of {', '.join(allowed)}")


def mapped_rules(source: MappedSource) -> Rules:
    """How to read the source's text."""
    return source.format.rules(epoch=True)


def match_mapped(path: Path, source: MappedSource) -> Match:
    """Positions of the mapped headers; raises Held naming the missing ones."""
    columns = _canonical(source, "columns")
    kind = KINDS[MAPPED_KINDS[source.kind]]
    header = read_header(path, source.format)
    at = _positions({name: wanted for name, wanted in columns.items() if wanted != LINE}, header)
    filled = {*at, *_by_line(source), *_canonical(source, "constants")}
    lacking = [name for name in kind.headers if name not in filled]
    if lacking:
        raise Held(f"sources.{source.key} maps no column to {', '.join(lacking)}, which kind {source.kind} needs")
    if kind.name in _TELLS and not filled & {*_TELLS[kind.name]} and source.lost_after_days is None:
        raise Held(
            f"sources.{source.key} maps no column that says which deals are won: map one of "
            f"{', '.join(_TELLS[kind.name])}"
        )
    scratch: dict[str, tuple[str, Names]] = {}
    if has_marks(kind.name) and "is_deleted" not in filled:
        scratch = deletions.scratch_names()
        folded = [fold(name) for name in header]
        marks = {name: fold(spelling) for name, (_, (spelling,)) in scratch.items()} | {"is_deleted": "isdeleted"}
        at |= {name: folded.index(mark) for name, mark in marks.items() if mark in folded}
    layout = Layout(
        name=f"sources.{source.key}",
        kind=kind.name,
        scratch=scratch,
        lists={n: () for n in at if n in kind.lists},
        list_commas=True,
    )
    return Match(layout, at, tuple(header))


def is_mapped(source: MappedSource, header: list[str]) -> bool:
    """Whether a header has every mapped column."""
    wanted = {fold(name) for name in source.columns.values() if name != LINE}
    return bool(header) and wanted <= {fold(name) for name in header}


def _by_line(source: MappedSource) -> list[str]:
    """Canonical columns that hold `<file>:<line>`, the same in every entry of `sources:` that reads the file."""
    return [name for name, wanted in _canonical(source, "columns").items() if wanted == LINE]


def _positions(columns: dict[str, str], header: Sequence[str]) -> dict[str, int]:
    folded = [fold(name) for name in header]
    at, missing = {}, []
    for name, wanted in columns.items():
        if wanted in header:
            at[name] = header.index(wanted)
        elif fold(wanted) in folded:
            at[name] = folded.index(fold(wanted))
        else:
            missing.append(f"'{wanted}'" + nearest_header([wanted], header, folded))
            continue
        refuse_duplicate(header, folded, at[name])
    if missing:
        raise Held(f"missing mapped column {', '.join(missing)}. Found: {', '.join(header[:20])}")
    return at


def mapped_rows(
    path: Path,
    source: MappedSource,
    match: Match,
    requests: Sequence[FieldRequest],
    notes: FileNotes,
    part: FilePart | None = None,
) -> tuple[RawTable, Match]:
    """The wanted cells with `values` translated and `constants` filled in."""
    wanted = [*match.at.values(), *request_positions(requests, match.header).values()]
    raw = read_rows(path, source.format, wanted, notes, part)
    at = dict(match.at)
    # Translated, constant and numbered columns get their own positions: a header may serve several canonical columns.
    next_place = len(match.header)
    for name, text in _canonical(source, "constants").items():
        at[name], next_place = next_place, next_place + 1
        raw.columns[at[name]] = pa.array([str(text)] * len(raw.lines), pa.string())
    for name in _by_line(source):
        at[name], next_place = next_place, next_place + 1
        raw.columns[at[name]] = pa.array([f"{path.name}:{line}" for line in raw.lines], pa.string())
    for name, words in _canonical(source, "values").items():
        if name in at:
            raw.columns[next_place] = _translated(raw.columns[at[name]], words)
            at[name], next_place = next_place, next_place + 1
    if (
        match.layout.kind in _OF_ONE_ACCOUNT
        and "account_id" in at
        and _take_first(raw, at["account_id"], next_place, notes)
    ):
        at["account_id"], next_place = next_place, next_place + 1
    spelled = [*match.header, *(_name_at(at, place) for place in range(len(match.header), next_place))]
    return raw, Match(match.layout, at, tuple(spelled))


def _take_first(raw: RawTable, place: int, next_place: int, notes: FileNotes) -> bool:
    """If a cell has several accounts, the first counts, as in HubSpot; returns whether there was such a cell."""
    ids = raw.columns[place]
    first = map_values(ids, first_id)
    changed = pc.fill_null(pc.not_equal(ids, first), False).to_numpy(zero_copy_only=False)
    notes.add("SEVERAL_ACCOUNTS", raw.lines[np.flatnonzero(changed)].tolist())
    raw.columns[next_place] = first
    return bool(changed.any())


def _name_at(at: dict[str, int], place: int) -> str:
    return next((name for name, position in at.items() if position == place), "")


def _translated(column: pa.Array, words: dict[str, str]) -> pa.Array:
    table = {str(word).strip().casefold(): str(meaning) for word, meaning in words.items()}
    return map_values(column, lambda text: table.get(text.strip().casefold(), text))


def read_mapped_file(
    path: Path, facts: FileFacts, source: MappedSource, match: Match, requests: Sequence[FieldRequest]
) -> Reading:
    """Read one mapped file into lake tables."""
    kind = match.layout.kind or ""
    raw, match = mapped_rows(path, source, match, requests, facts.notes)
    if source.units:
        facts = replace(facts, rules=replace(facts.rules, fractions=True))
    layout = Layout(
        name=match.layout.name,
        kind=kind,
        lists=match.layout.lists,
        scratch=match.layout.scratch,
        list_commas=True,
        finish=derive.chain(
            *(_units(source), _survey_names(source), _key_as_domain(kind), _FINISH.get(kind, _nothing), _marks(kind))
        ),
    )
    return read_table(raw, Match(layout, match.at, match.header), requests, facts)


def _key_as_domain(kind: str) -> Callable[[Cells], None]:
    """If accounts are named by domain only, the domain is the key too."""

    def finish(cells: Cells) -> None:
        if "account_key" in KINDS[kind].cells:
            cells.fill("account_key", "domain")

    return finish


def _survey_names(source: MappedSource) -> Callable[[Cells], None]:
    """A type given in icp.yaml is used as it is."""
    is_said = {"survey_type"} & {*_canonical(source, "constants"), *_canonical(source, "values")}
    return nps.names_as_nps if source.kind == "survey" and not is_said else _nothing


def _nothing(cells: Cells) -> None:
    """No rule for this kind."""


def _marks(kind: str) -> Callable[[Cells], None]:
    return deletions.take_marks if has_marks(kind) else _nothing


def _units(source: MappedSource) -> Callable[[Cells], None]:
    def finish(cells: Cells) -> None:
        for name, factor in _canonical(source, "units").items():
            if cells.has(name):
                by = Decimal(str(factor))
                cells.columns[name] = map_values(cells.get(name), lambda text, by=by: plain(Decimal(text) * by))  # type: ignore[misc]

    return finish
