"""Files that are read in parts: the same rows, rejects and lines as when they are read as a whole."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from landing_folder import ACCOUNTS, Landing

from icp_pipeline.sources import large_files, tasks
from icp_pipeline.sources.declared.plan import FileFormat, MappedSource, ReadPlan
from icp_pipeline.sources.lake import land
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.text import blocks, file_parts
from icp_pipeline.sources.text.blocks import parts_of, read_batches
from icp_pipeline.sources.text.file_parts import FilePart, SplitRecord
from icp_pipeline.sources.text.raw_table import RawTable

_WANTED = (0, 2)
_HEADER = b"id,name,note\n"
_TRACKS = "id,received_at,timestamp,event,user_id,context_group_id\n"


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Parts of about so many bytes, in small blocks, begun wherever the next few bytes are clean."""

    def make(size: int) -> None:
        monkeypatch.setattr(file_parts, "SPLIT_ABOVE", 8 * size)
        sizes = {"_BLOCK": 64, "_STRETCH": 16, "_PROOF": max(12, size // 4), "_SEARCHED": max(60, size)}
        for name, value in sizes.items():
            monkeypatch.setattr(blocks, name, value)

    return make


def in_parts(path: Path) -> list[RawTable]:
    """Every part read separately."""
    return [
        batch
        for part in parts_of(path, FileFormat(), _WANTED)
        for batch in read_batches(path, FileFormat(), _WANTED, part=part)
    ]


def outcome(batches: list[RawTable]) -> object:
    columns = [[cell for batch in batches for cell in batch.columns[place].to_pylist()] for place in _WANTED]
    lines = [line for batch in batches for line in batch.lines.tolist()]
    rejected = sorted((reject for batch in batches for reject in batch.rejected), key=str)
    return columns, lines, rejected, sorted(line for batch in batches for line in batch.padded)


_PIECES = st.sampled_from(
    [
        *(b"a,b,c\n", b"a,b,c\n", b"a1,b,c\r\n", b'"a","b","c"\r\n', b'"a\nb",,"""c"""\n', b'a,"b\n\n,,\nx",c\n'),
        *(b"a1,b\n", b"a\n", b"\n", b"a,b,c,d\n", b'a,b"b,c\n', b'a,"b"x,c\n', b'"', b"\r", b"a,\xc3\xa9,c\n", b"\xff"),
        *(b'a,"x\ry",c\n', b"a,b,c\r"),
    ]
)


@given(pieces=st.lists(_PIECES, max_size=40), size=st.integers(5, 60))
@example(pieces=[b"a,b,c\n"] * 9 + [b"a,b\n"] * 9 + [b"a,b,c\n"] * 9, size=20).via("a part ends among short rows")
@example(pieces=[b"a,b,c\n"] * 5 + [b'a,"', *([b"a,b,c\n"] * 9), b'",c\n'] + [b"a,b,c\n"] * 5, size=9).via(
    "a long cell"
)
@example(pieces=[b"a,b,c\n", b'a,"x\ry",c\n'] * 9 + [b"a,b,c,d\n"], size=9).via("a return inside a cell is a line")
@example(pieces=[b"a,b,c\n"] * 9 + [b'"'] + [b"a,b,c\n"] * 9, size=9).via("a quote that is never closed")
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_the_bytes_parts_add_up_to_the_file_or_say_that_they_do_not(
    tmp_path: Path, small_parts: Callable[[int], None], pieces: list[bytes], size: int
) -> None:
    small_parts(size)
    path = tmp_path / "f.csv"
    path.write_bytes(_HEADER + b"".join(pieces))
    try:
        found = in_parts(path)
    except SplitRecord:
        return
    except Held as held:
        with pytest.raises(Held) as whole:
            list(read_batches(path, FileFormat(), _WANTED))
        assert str(held) == str(whole.value)
        return
    if found:
        assert outcome(found) == outcome(list(read_batches(path, FileFormat(), _WANTED)))


def test_parts_begin_after_whole_records_and_know_the_lines_before_them(
    tmp_path: Path, small_parts: Callable[[int], None]
) -> None:
    small_parts(40)
    path = tmp_path / "f.csv"
    path.write_bytes(_HEADER + b'a,b,c\r\n"d\nd",e,"f\r\n\rf"\n' * 30)
    parts = parts_of(path, FileFormat(), _WANTED)
    content = path.read_bytes()
    assert len(parts) > 10 and parts[0].start == 0 and parts[-1].end == len(content)
    for part, after in itertools.pairwise(parts):
        assert part.end == after.start
        before = content[: after.start]
        assert before.endswith((b"c\r\n", b'f"\n')), "not inside a cell"
        assert after.before == before.count(b"\n") + before.count(b"\n\r"), "a lone return is a line too"


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (_HEADER.replace(b"\n", b"\r") + b"a,b,c\r" * 200, FileFormat()),
        ((_HEADER + b"a,b,c\n" * 200).decode().encode("utf-16"), FileFormat(encoding="utf-16")),
        (_HEADER + b"a,\xe9,c\n" * 200, FileFormat(encoding="cp1252")),
        (_HEADER + b'a,"\\"b",c\n' * 200, FileFormat(escape="\\")),
    ],
    ids=["carriage returns only", "UTF-16", "Windows-1252", "backslashes"],
)
def test_what_cannot_be_split_for_certain_is_one_part(
    tmp_path: Path, small_parts: Callable[[int], None], content: bytes, declared: FileFormat
) -> None:
    small_parts(50)
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    assert not parts_of(path, declared, _WANTED)


def _events(count: int = 400) -> list[list[str]]:
    """Events of some days, users and groups; some ids occur twice, with the same day or with another one."""
    chance = random.Random(7)
    return [
        [
            f"e{chance.randrange(count)}",
            f"2026-07-0{1 + number // 100 if chance.random() < 0.9 else 9}T09:00:00.000Z",
            chance.choice(("u_1", "u_2", "Kim@Halden.example", "ü_4")),
            chance.choice(("acct_1", "acct_2", "")),
        ]
        for number in range(count)
    ]


def _csv(events: list[list[str]]) -> bytes:
    rows = [f'{event},Ã¼,{at},"a ""b""\n{"c" * (len(user) % 3)}",{user},{group}\n' for event, at, user, group in events]
    rows[50], rows[170], rows[333] = (
        "e,x,2026-02-30T00:00:00Z,x,u,g\n",
        "e2,x,2026-07-01T00:00:00Z\n",
        ',x,y,z,"u\nu",\n',
    )
    return (_TRACKS + "".join(rows)).encode()


def _records(events: list[list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "uuid": event,
            "event": "shared",
            "timestamp": at,
            "distinct_id": user,
            "properties": {"$groups": {"company": group}},
        }
        for event, at, user, group in events
    ]


def _lines(events: list[list[str]], *odd: str) -> bytes:
    traits = {"$group_key": "acct_1", "$group_set": {"domain": "halden.example"}}
    group = json.dumps({"event": "$groupidentify", "properties": traits})
    lines = [json.dumps(record, ensure_ascii=False) for record in _records(events)]
    lines[20:20], lines[250:250] = [group], [group, *odd]
    return ("\n".join(lines) + "\n").encode()


def _parquet(events: list[list[str]], path: Path) -> bytes:
    records = [record | {"properties": json.dumps(record["properties"])} for record in _records(events)]
    records[150]["timestamp"] = "never"
    pq.write_table(pa.Table.from_pylist(records), path, row_group_size=30)
    return path.read_bytes()


@pytest.fixture
def formats(tmp_path: Path) -> dict[str, bytes]:
    """The same events in each format that can be split."""
    events = _events()
    return {
        "csv": _csv(events),
        "jsonl": _lines(events),
        "odd.jsonl": _lines(events, "", '{"event": "shared", "uuid": 7', '{"uuid": "x", "event": "shared"}'),
        "parquet": _parquet(events, tmp_path / "f"),
    }


def entries(landing: Landing, name: str) -> list[tuple[Path, dict[str, Any]]]:
    """The entries of a landed file, and what they say: first that of the whole file."""
    found = [(path.parent, json.loads(path.read_text())) for path in (landing.lake / "files").glob("*/about.json")]
    of_file = [(folder, said) for folder, said in found if said["path"] == name]
    return sorted(of_file, key=lambda entry: (-entry[1]["rows_read"], entry[0]))


def content(landing: Landing, name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the entry of a landed file says, and its tables to the byte, except for usage, which its parts have."""
    folder, said = entries(landing, name)[0]
    of_parts = {"usage_daily", "event_hashes"}
    said["tables"] = sorted({*said["tables"]} - of_parts)
    return said, {path.stem: path.read_bytes() for path in folder.glob("*.parquet") if path.stem not in of_parts}


def same(one: Landing, other: Landing) -> None:
    """Everything that later steps see of a lake is the same in both."""
    assert one.state is not None and other.state is not None
    files = [[replace(file, last_modified="") for file in state.files] for state in (one.state, other.state)]
    assert files[0] == files[1]
    assert one.state.rejects.equals(other.state.rejects)
    assert one.state.column_quality.equals(other.state.column_quality)
    assert one.notes() == other.notes() and one.rows("usage_group") == other.rows("usage_group")
    assert one.daily() == other.daily()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "odd.jsonl", "parquet"])
def test_a_file_in_parts_lands_as_it_does_as_a_whole(
    new_landing: Callable[[str], Landing], small_parts: Callable[[int], None], formats: dict[str, bytes], kind: str
) -> None:
    """Next to a file that repeats some of its events; which copy counts does not depend on the parts."""
    again = _TRACKS + "".join(f"e{number},x,2026-07-03T00:00:00Z,x,u_1,acct_2\n" for number in range(0, 400, 7))
    name = f"usage/t.{kind}"
    landings = [new_landing(place) for place in ("whole", "split")]
    for landing in landings:
        landing.put(name, formats[kind])
        landing.put("usage/b.csv", again)
    landings[0].land()
    small_parts(2_000)
    whole, split = landings[0], landings[1].land()
    same(whole, split)
    said, tables = content(split, name)
    assert len(said.pop("parts")) > 4
    assert (said, tables) == content(whole, name), "to the byte, with lines and reasons"
    assert split.counts(name)[2] == {"csv": 2, "jsonl": 0, "odd.jsonl": 2, "parquet": 1}[kind]
    assert not split.land().parsed(), "nothing is read again"


def test_a_mapped_file_in_parts_lands_as_it_does_as_a_whole(
    new_landing: Callable[[str], Landing], small_parts: Callable[[int], None]
) -> None:
    columns = {"id": "#line", "occurred_at": "at", "user_id": "who", "group_id": "of", "events": "n"}
    source = MappedSource("app", "app/*.csv", "usage", columns=columns, format=FileFormat(decimal="."))
    text = "at,who,of,n\n" + "".join(f"2026-07-0{1 + n % 3},u{n % 4},g,{n % 5}\n" for n in range(300)) + "never,u,g,1\n"
    lakes = []
    for place, declared in (("whole", "."), ("split", "."), ("unclear", None)):
        landing = new_landing(place)
        landing.put("app/t.csv", text)
        if place != "whole":
            small_parts(400)
        plan = ReadPlan(mapped=(replace(source, format=FileFormat(decimal=declared)),))
        lakes.append(landing.land(plan))
    for other in lakes[1:]:
        same(lakes[0], other)
    assert "parts" in content(lakes[1], "app/t.csv")[0]
    assert "parts" not in content(lakes[2], "app/t.csv")[0], "one count may show how all of them are written"


@pytest.mark.parametrize(
    ("text", "pack"),
    [
        (_TRACKS + "e1,x,2026-07-01T00:00:00Z,x,u,g\n" * 60, gzip.compress),
        (_TRACKS + ("e1,x,2026-07-01T00:00:00Z,x,u,g\n" * 5 + "e1,x,2026-07-01T00:00:00Z,x\n" * 40) * 2, str.encode),
    ],
    ids=["compressed", "a part would end among short rows"],
)
def test_what_does_not_come_apart_is_read_as_a_whole(
    new_landing: Callable[[str], Landing], small_parts: Callable[[int], None], text: str, pack: Any
) -> None:
    landings = [new_landing(place) for place in ("whole", "split")]
    for landing in landings:
        landing.put("usage/t.csv", gzip.compress(text.encode()) if pack is gzip.compress else text)
    landings[0].land()
    small_parts(8)
    same(landings[0], landings[1].land())
    assert "parts" not in content(landings[1], "usage/t.csv")[0]


def test_a_quote_that_is_never_closed_is_reported_with_its_line(
    new_landing: Callable[[str], Landing], small_parts: Callable[[int], None]
) -> None:
    row = "e1,x,2026-07-01T00:00:00Z,x,u,g\n"
    landings = [new_landing(place) for place in ("whole", "split")]
    for landing in landings:
        landing.put("usage/t.csv", _TRACKS + row * 70 + f'"{row}' + row * 30)
    told = landings[0].held()
    small_parts(300)
    assert landings[1].held() == told and "the record of line 72 is never closed" in told


def test_parts_read_by_workers_give_the_same_lake_to_the_byte(
    new_landing: Callable[[str], Landing], small_parts: Callable[[int], None], formats: dict[str, bytes]
) -> None:
    small_parts(2_000)
    said: list[str] = []
    landings = [new_landing(place) for place in ("here", "there")]
    for landing in landings:
        landing.put("salesforce/zz_accounts.csv", ACCOUNTS)
        for kind, text in formats.items():
            landing.put(f"usage/t.{kind}", text)
    here, there = landings
    here.land()
    there.state = land(there.folder, there.lake, ReadPlan(), said.append, lambda read, jobs: [*map(read, jobs)])
    same(here, there)
    trees = [
        {str(file.relative_to(each.lake)): file.read_bytes() for file in each.lake.glob("files/*/*")}
        for each in landings
    ]
    assert trees[0] == trees[1]
    (line,) = [line for line in said if line.startswith("landing:")]
    assert line.startswith("landing: 1 file and ") and line.endswith(" parts of 4 large files read by Spark's workers")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FilePart | None]]:
    """The parts that are read, in any order."""
    taken: list[FilePart | None] = []
    read = tasks._vendor_reading

    def watched(*given: Any) -> Any:
        taken.append(given[-1])
        return read(*given)

    monkeypatch.setattr(tasks, "_vendor_reading", watched)
    yield taken


def test_parts_that_a_stopped_run_has_read_are_not_read_again(
    landing: Landing, small_parts: Callable[[int], None], reads: list[FilePart | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_parts(2_000)
    landing.put("usage/t.csv", _csv(_events()))
    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(large_files, "_together", _stop)
        landing.land()
    parts = [part for part in reads if part]
    assert len(parts) > 4
    reads.clear()
    assert landing.land().parsed() >= {"usage/t.csv"} and not [part for part in reads if part]
    daily = landing.daily()
    folder, _ = entries(landing, "usage/t.csv")[1]
    (folder / "about.json").unlink()
    assert landing.land().daily() == daily
    assert len([part for part in reads if part]) == 1, "only the one that is missing"


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
