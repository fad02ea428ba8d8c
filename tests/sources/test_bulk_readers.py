"""The bulk readers give the same rows, rejects and counts as the exact ones, or leave the file to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from icp_pipeline.duck import connect
from icp_pipeline.sources import tasks
from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.scan import scan
from icp_pipeline.sources.table.reading import FileFacts, Reading
from icp_pipeline.sources.text import blocks
from icp_pipeline.sources.text.delimited import RawTable, read_one_by_one
from icp_pipeline.sources.usage.daily_counts import DAILY, HASHES
from icp_pipeline.sources.vendors.usage import posthog

Read = Callable[[Path, Path], Reading]
_FUZZ = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def read_json(path: Path, out: Path) -> Reading:
    with connect(temp_directory=out / "spill", allowed=[out.parent]) as con:
        return posthog.read_json_events(con, path, out, FileFacts("usage/e", rules=Rules(epoch=True)))


def read_tracks(path: Path, out: Path) -> Reading:
    found = next(found for found in scan(path.parent.parent) if found.path == path)
    with connect(temp_directory=out / "spill", allowed=[out.parent]) as con:
        return tasks.tasks_for([found], ReadPlan())[0].read(con, out, None)


def outcome(read: Read, path: Path, out: Path) -> object:
    """Everything that reading a file gives, in a fixed order; an error is an outcome too."""
    out.mkdir(exist_ok=True)
    try:
        reading = read(path, out)
    except Held as held:
        return str(held)
    daily = pq.read_table(out / DAILY).to_pylist()
    rows = sorted((str(row["group_id"]), str(row["user_id"]), str(row["usage_date"]), row["events"]) for row in daily)
    hashes = sorted(pq.read_table(out / HASHES).column("event").to_pylist()) if (out / HASHES).exists() else []
    tables = {name: table.to_pylist() for name, table in reading.tables.items()}
    return rows, hashes, tables, reading.rejects.to_pylist(), reading.rows_read, reading.rows_rejected


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Read, str, bytes], tuple[object, object, bool]]:
    """A file's outcome with and without the bulk readers, and whether they took it."""

    def run(read: Read, name: str, content: bytes) -> tuple[object, object, bool]:
        path = tmp_path / "landing" / "usage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        taken: list[bool] = []
        with monkeypatch.context() as patch:
            patch.setattr(posthog, "copy_clean_json", _watched(posthog.copy_clean_json, taken))
            patch.setattr(blocks._Blocks, "_in_bulk", _watched(blocks._Blocks._in_bulk, taken))
            bulk = outcome(read, path, tmp_path / "bulk")
        with monkeypatch.context() as patch:
            patch.setattr(posthog, "copy_clean_json", lambda *_: None)
            patch.setattr(blocks, "_batches", _one_by_one)
            exact = outcome(read, path, tmp_path / "exact")
        return bulk, exact, all(taken)

    return run


def _one_by_one(*given: Any) -> Iterator[RawTable]:
    yield read_one_by_one(*given[:3])


def _watched(reader: Callable[..., Any], taken: list[bool]) -> Callable[..., Any]:
    def watch(*given: Any) -> Any:
        result = reader(*given)
        taken.append(result is not None)
        return result

    return watch


_IDS = st.sampled_from(
    ["a", "b", "c", "ünï", "x y", " a", "7", "007", "1.0", "1e+5", "", "null", "Kim@halden.example", 'q"t', "b\\s"]
)
_ODD = st.sampled_from([None, 0, 7, -3, 2.5, True, False, [], {}, ["g"], {"a": 1}])
_MOMENTS = st.sampled_from(
    [
        *("2026-07-01T09:00:01.870000Z", "2026-07-01T23:59:59Z", "2026-07-01 09:00:01Z", "2026-07-01"),
        *("2026-07-01T09:00:01+02:00", "2026-07-01T00:30:00+02:00", "2026-07-01 09:00:01", "2026-02-30T00:00:00Z"),
        *("1782896401", "1782896401870", "1901-01-01T00:00:00Z", "2026-07-01T24:00:00Z", "soon", "2026-7-1T9:00:00Z"),
    ]
)
_RECORDS = st.fixed_dictionaries(
    {"event": st.sampled_from(["report shared", "$identify", "$pageleave", "$groupidentify", "", "ü"]) | _ODD},
    optional={
        "uuid": _IDS | _ODD,
        "$insert_id": _IDS,
        "event_type": _IDS,
        "distinct_id": _IDS | _ODD,
        "user_id": _IDS | _ODD,
        "timestamp": _MOMENTS | _ODD,
        "event_time": _MOMENTS,
        "groups": _ODD | st.just({"account": "g1"}),
        "properties": _ODD
        | st.fixed_dictionaries(
            {},
            optional={
                "$groups": _ODD | st.dictionaries(st.sampled_from(["company", "account", "x"]), _IDS | _ODD),
                "$group_0": _IDS | _ODD,
                "$group_3": _IDS,
                "company_id": _IDS | _ODD,
                "$insert_id": _IDS,
                "time": _MOMENTS | _ODD,
                "$group_key": _IDS,
                "$group_set": st.just({"domain": "www.halden.example", "crm_id": "001Hs00004kXyZa"}),
            },
        ),
    },
)
_PLAIN = st.builds(
    lambda uuid, user, group: {
        "uuid": uuid,
        "event": "report shared",
        "distinct_id": user,
        "properties": {"$groups": {"company": group}, "$group_0": group},
        "timestamp": "2026-07-01T09:00:01.870000Z",
    },
    *(st.sampled_from(["a", "b", "c1", "7"]) for _ in range(3)),
)


@given(records=st.lists(_PLAIN, min_size=1, max_size=8), odd=st.lists(_RECORDS, max_size=2), compact=st.booleans())
@_FUZZ
def test_json_lines_read_alike_in_bulk_and_one_by_one(
    both: Any, records: list[Any], odd: list[Any], compact: bool
) -> None:
    spaces = (",", ":") if compact else (", ", ": ")
    content = "".join(json.dumps(record, separators=spaces) + "\n" for record in [*records, *odd])
    bulk, exact, _ = both(read_json, "e.jsonl", content.encode())
    assert bulk == exact


_LINE = json.dumps({"uuid": "a", "event": "x", "distinct_id": "u", "timestamp": "2026-07-01T09:00:00Z"})


@given(line=st.binary(max_size=6), at=st.integers(0, len(_LINE)), cut=st.integers(0, 8))
@example(line=b"\n", at=0, cut=0).via("an empty line")
@example(line=b",", at=len(_LINE) - 1, cut=0).via("a comma before the closing brace")
@example(line=b"\xef\xbb\xbf", at=0, cut=0).via("a byte-order mark inside the file")
@example(line=b"\r", at=len(_LINE), cut=0).via("a Windows line end")
@example(line=b"\x0b", at=len(_LINE), cut=0).via("a blank the standard does not know")
@example(line=b"null", at=0, cut=len(_LINE)).via("a record that is null")
@example(line=b'"x":inf,', at=1, cut=0).via("a number that is none")
@_FUZZ
def test_damaged_json_lines_read_alike(both: Any, line: bytes, at: int, cut: int) -> None:
    damaged = _LINE[:at].encode() + line + _LINE[at + cut :].encode()
    bulk, exact, _ = both(read_json, "e.jsonl", _LINE.replace('"a"', '"b"').encode() + b"\n" + damaged + b"\n")
    assert bulk == exact


@pytest.mark.parametrize(
    ("record", "is_taken"),
    [
        ({}, True),
        ({"distinct_id": 12345}, True),
        ({"properties": {"$groups": {"other": ["g"]}}}, True),
        ({"timestamp": 1782896401}, True),
        ({"timestamp": "2026-07-01T00:30:00+02:00"}, True),
        ({"timestamp": "soon"}, False),
        ({"uuid": "a\u200b"}, False),
        ({"event": "$groupidentify", "properties": {"$group_key": "g", "$group_set": {"domain": "h.example"}}}, True),
        ({"event": "$identify", "uuid": None, "timestamp": None}, True),
    ],
)
def test_which_json_lines_are_read_in_bulk(both: Any, record: dict[str, Any], is_taken: bool) -> None:
    lines = json.dumps(json.loads(_LINE) | record) + "\n" + _LINE.replace('"a"', '"b"') + "\n"
    bulk, exact, taken = both(read_json, "e.jsonl", lines.encode())
    assert bulk == exact and taken is is_taken


def test_an_escaped_event_name_is_the_name_it_stands_for(both: Any) -> None:
    escaped = _LINE.replace('"x"', '"\\u0024identify"')
    bulk, exact, taken = both(read_json, "e.jsonl", f"{_LINE}\n{escaped}\n".encode())
    assert bulk == exact and taken
    rows, *_, rows_read, _ = bulk
    assert rows == [("None", "u", "2026-07-01", 1)] and rows_read == 2


@pytest.mark.parametrize("at", ["uuid", "$insert_id", "properties.$insert_id"])
@pytest.mark.parametrize("user", ["distinct_id", "user_id", "device_id", "properties.distinct_id"])
@pytest.mark.parametrize("time", ["timestamp", "event_time", "client_event_time", "properties.time"])
def test_places_that_only_some_records_fill_are_read_alike(both: Any, at: str, user: str, time: str) -> None:
    """One record fills only the first places, one fills others, and one leaves the first ones empty."""
    first = {"uuid": "a", "event": "x", "distinct_id": "u", "timestamp": "2026-07-01T09:00:00Z"}
    other: dict[str, Any] = {"event_type": "y", "properties": {"$group_2": "g2", "$groups": {"team": "t"}}}
    for place, value in ((at, "b"), (user, 7), (time, "2026-07-02T09:00:00Z")):
        inner = place.removeprefix("properties.")
        (other if inner == place else other["properties"])[inner] = value
    empty = {"uuid": "", "event": "", "distinct_id": "", "timestamp": ""} | {
        name: value if isinstance(value, dict) else {"b": "c"}.get(value, value) for name, value in other.items()
    }
    for records in ([first, other], [other], [first, other, empty]):
        bulk, exact, _ = both(read_json, "e.jsonl", "".join(json.dumps(each) + "\n" for each in records).encode())
        assert bulk == exact


_CELLS = st.sampled_from(
    ["a", "b", "", "x y", " a", "ü", "1.0", "1e+5", "u\u200b1", '"q"', '"a,b"', '"m\nl"', "Kim@h.example"]
)
_TRACK_MOMENTS = st.sampled_from(
    [
        *("2026-07-01T09:00:01.870Z", "2026-07-01T23:59:59.1Z", "2026-07-01T23:59:59Z", "2026-07-01 09:00:01.870Z", ""),
        *("2026-07-01", "2026-02-30T00:00:00.000Z", "2026-07-01T00:30:00+02:00", "2026-07-01T24:00:00.000Z", "epoch"),
        *("1901-01-01T00:00:00.000Z", "2026-7-1T09:00:00.000Z", "2026-07-01T09:00:60.000Z", "20260701T090001.000Z"),
        *("2026-07-01 09:00:01.870 UTC", "2026-07-01 09:00:01.870+00", "2026-07-01 09:00:01", "infinity"),
    ]
)
_HEADER = b"id,timestamp,event,user_id,context_group_id\n"


@given(
    moment=_TRACK_MOMENTS,
    rows=st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["u", "v"]), st.sampled_from("gh")), max_size=8),
    odd=st.lists(st.tuples(_CELLS, _TRACK_MOMENTS, _CELLS, _CELLS), max_size=2),
    tail=st.sampled_from(
        ["", "c,too,short\n", "a,b,c,d,e,f\n", "a,b,c,d,e,\n", "\n", "   \n", "x\r\n", '"open\n', '"a"b,,,,\n']
    ),
)
@_FUZZ
def test_tracks_read_alike_in_bulk_and_one_by_one(
    both: Any, moment: str, rows: list[Any], odd: list[Any], tail: str
) -> None:
    lines = [f"{event},{moment},x,{user},{group}\n" for event, user, group in rows]
    lines += [f"{event},{at},x,{user},{group}\n" for event, at, user, group in odd]
    bulk, exact, _ = both(read_tracks, "t.csv", _HEADER + "".join([*lines, tail]).encode())
    assert bulk == exact


@pytest.mark.parametrize(
    ("row", "is_taken"),
    [
        ("a,2026-07-01T09:00:01+02:00,x,u,g\n", True),
        ("a,soon,x,,g\r\n", True),
        ('"a",2026-07-01T09:00:01Z,"x, y","u ""v""\nw",g\n', True),
        ("a,2026-07-01T09:00:01Z,x,u\n", False),
        ('a,2026-07-01T09:00:01Z,"x"y,u,g\n', False),
        ("\na,2026-07-01T09:00:01Z,x,u,g\n", False),
    ],
)
def test_which_tracks_are_read_in_bulk(both: Any, row: str, is_taken: bool) -> None:
    content = _HEADER + f"{row}b,2026-07-01T09:00:01Z,x,Kim@h.example,\n".encode()
    bulk, exact, taken = both(read_tracks, "t.csv", content)
    assert bulk == exact and taken is is_taken
