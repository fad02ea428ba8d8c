"""Resolving overlaps only for files that were added or removed gives the same result as resolving all of them."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landing_folder import Landing

from icp_pipeline.duck import connect
from icp_pipeline.sources.usage import overlaps
from icp_pipeline.sources.usage.daily_counts import Entry, Events, write_counted
from icp_pipeline.sources.usage.overlaps import UsageFile, net_daily

_HEADER = "id,timestamp,event,user_id,context_group_id\n"


def _file(rng: random.Random) -> str:
    """Events with few different ids, sometimes with another day, user or group than elsewhere."""
    days, users, groups = ["2026-07-01", "2026-07-01", "2026-07-02"], "uuv", "ggh"
    rows = (
        f"e{rng.randrange(60)},{rng.choice(days)}T09:00:00.000Z,x,{rng.choice(users)},{rng.choice(groups)}\n"
        for _ in range(rng.randrange(1, 25))
    )
    return _HEADER + "".join(rows)


@pytest.mark.parametrize("seed", range(2))
def test_files_that_come_change_and_go_leave_what_a_new_lake_would_hold(
    new_landing: Callable[[str], Landing], seed: int
) -> None:
    rng = random.Random(seed)
    grown = new_landing("grown")
    for number in range(5):
        grown.put(f"usage/base{number}.csv", _file(rng))
    for step in range(6):
        name = f"usage/{rng.choice(['base0', 'base1', 'extra', f'new{step}'])}.csv"
        if rng.random() < 0.3 and (grown.folder / name).exists():
            (grown.folder / name).unlink()
        else:
            grown.put(name, _file(rng))
        fresh = new_landing(str(step))
        for path in (grown.folder / "usage").iterdir():
            fresh.put(f"usage/{path.name}", path.read_bytes())
        assert grown.land().daily() == fresh.land().daily()


def test_one_more_file_is_settled_without_settling_the_others_again(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        rows = "".join(f"e{number}-{row},2026-07-01T09:00:00Z,x,u,g\n" for row in range(50))
        landing.put(f"usage/{number}.csv", _HEADER + rows + "shared,2026-07-01T09:00:00Z,x,u,g\n")
    assert sum(landing.land().daily().values()) == 201
    nets = {path: path.stat().st_mtime_ns for path in (landing.lake / "usage").glob("*.parquet")}
    monkeypatch.setattr(overlaps, "repeated", _never)
    landing.put("usage/new.csv", _HEADER + "e2-7,2026-07-01T09:00:00Z,x,u,g\nn,2026-07-01T09:00:00Z,x,u,g\n")
    assert sum(landing.land().daily().values()) == 202
    assert sum(path.stat().st_mtime_ns == changed for path, changed in nets.items() if path.exists()) >= 2


def _never(*given: object) -> None:
    raise AssertionError("every event was settled again")


def test_a_note_that_cannot_be_read_or_whose_files_are_gone_counts_as_none(landing: Landing) -> None:
    row = "a,2026-07-01T09:00:00Z,x,u,g\n"
    for name in "pq":
        landing.put(f"usage/{name}.csv", _HEADER + row)
    first = landing.land().daily()
    for spoil in (lambda path: path.write_text("{"), Path.unlink):
        for path in [*(landing.lake / "usage").glob("*.json"), *(landing.lake / "usage").glob("*.lost")]:
            spoil(path)
        assert landing.land().daily() == first == {("g", "u", "2026-07-01"): 1}


def test_net_files_that_no_note_needs_are_removed(landing: Landing) -> None:
    for step in range(9):
        for name in "pq":
            rows = f"a,2026-07-0{1 + step}T09:00:00Z,x,u,g\nb{step}{name},2026-07-01T09:00:00Z,x,u,g\n"
            landing.put(f"usage/{name}.csv", _HEADER + rows)
        landing.land()
    assert len(list((landing.lake / "usage").glob("*.json"))) == 5
    assert len(list((landing.lake / "usage").glob("*.parquet"))) == 5


# An event of a file: its id, day, user, group, and count.
Event = tuple[int, int, str | None, str | None, int | None]
_EVENT = st.tuples(
    st.integers(0, 5),
    st.integers(1, 2),
    st.sampled_from(["u", None]),
    st.just("g"),
    st.sampled_from([1, 1, 2, 0, None]),
)
# Files whose events have no ids, or each count once, take another path than all others.
_FILE = st.tuples(st.booleans(), st.booleans(), st.lists(_EVENT, min_size=1, max_size=12))
_NIGHTS = st.lists(st.sets(st.integers(0, 4)), min_size=2, max_size=4)


@given(st.lists(_FILE, min_size=5, max_size=5), _NIGHTS, st.sampled_from([1 << 24, 3]), st.sampled_from([0, 1 / 3, 9]))
@settings(deadline=None, max_examples=40)
def test_of_each_event_the_first_copy_counts_whatever_came_and_went_and_however_it_was_compared(
    files: list[tuple[bool, bool, list[Event]]], nights: list[set[int]], at_once: int, most_changed: float
) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(overlaps, "_AT_ONCE", at_once)
        patch.setattr(overlaps, "_MOST_CHANGED", most_changed)
        lake = Path(folder)
        landed = [_landed(lake / "files" / f"entry{number}", *file) for number, file in enumerate(files)]
        for night in nights:
            there = [landed[number] for number in sorted(night)]
            with connect(allowed=[lake]) as con:
                nets = net_daily(con, there, lake / "usage")
            assert [_counts_of(net) for net in nets] == _expected(there, [files[number] for number in sorted(night)])


def _landed(folder: Path, has_ids: bool, is_counted: bool, events: list[Event]) -> UsageFile:
    folder.mkdir(parents=True)
    ids, days, users, groups, counts = (list(column) for column in zip(*events, strict=True))
    coded = [pa.array(texts, pa.string()).dictionary_encode() for texts in (groups, users, [_day(day) for day in days])]
    hashes = np.array(ids, dtype=np.uint64) * np.uint64(0x1999_9999_9999_9999)
    said = pa.array([None if count is None else str(count) for count in counts], pa.string()) if is_counted else None
    write_counted(Entry(folder, folder.name), [Events(*coded, hashes if has_ids else None, said)])
    # The later file's content sorts first, so that name order cannot be mistaken for rank.
    return UsageFile(folder, folder.name, str(9 - int(folder.name[-1])))


def _expected(
    landed: Sequence[UsageFile], files: Sequence[tuple[bool, bool, list[Event]]]
) -> list[Counter[tuple[str | None, str | None, str]]]:
    """Copy by copy: of all with one id, the smallest by content, count and file content is kept."""
    found: list[Counter[tuple[str | None, str | None, str]]] = [Counter() for _ in files]
    copies: dict[object, list[tuple[tuple[int, int, str], int, tuple[str | None, str | None, str]]]] = {}
    for number, (file, (has_ids, is_counted, events)) in enumerate(zip(landed, files, strict=True)):
        for place, (event, day, user, group, count) in enumerate(events):
            weight = (count or 0) if is_counted else 1
            order = (_content(_day(day), group, user), weight, file.sha256)
            copies.setdefault(event if has_ids else (number, place), []).append(
                (order, number, (group, user, _day(day)))
            )
    for group_of_copies in copies.values():
        (_, weight, _), number, key = min(group_of_copies, key=lambda copy: copy[:2])
        found[number][key] += weight
    return [+counts for counts in found]


def _counts_of(net: Path) -> Counter[tuple[str | None, str | None, str]]:
    rows = pq.read_table(net).to_pylist()
    return +Counter({(r["group_id"], r["user_id"], r["usage_date"].isoformat()): r["events"] or 0 for r in rows})


def _day(day: int) -> str:
    return f"2026-07-{day:02d}"


@cache
def _content(day: str, group: str | None, user: str | None) -> int:
    with duckdb.connect() as connection:
        found = connection.execute("select hash(cast(? as date), ?, ?)", [day, group, user]).fetchone()
    assert found
    return int(found[0])
