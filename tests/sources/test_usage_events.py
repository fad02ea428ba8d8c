"""Times and ids that are parsed a column at a time, and events that are counted by codes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from icp_pipeline.sources.declared.cell_rules import UTC_MOMENT, Rules
from icp_pipeline.sources.usage import daily_counts
from icp_pipeline.sources.usage.daily_counts import DAILY, HASHES, Entry, Events, write_counted
from icp_pipeline.sources.usage.event_parts import are_plain_ids, days_of
from icp_pipeline.sources.values.by_type import parse_id

_FUZZ = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
_PLAIN = "2026-07-01T09:00:01.870Z"


def day_of(moment: str) -> str:
    """What the column-wise reader must return for one time."""
    return moment[:10] if re.fullmatch(UTC_MOMENT, moment, re.ASCII) else moment


@given(at=st.integers(0, len(_PLAIN) - 1), char=st.characters(max_codepoint=0x17F), count=st.integers(1, 3))
@example(at=11, char="2", count=1).via("hour 29")
@example(at=14, char="6", count=1).via("minute 60")
@example(at=17, char="6", count=2).via("second 61")
@example(at=10, char=" ", count=1).via("a blank for the T in one of them")
@example(at=3, char="é", count=1).via("as many characters and more bytes")
@example(at=4, char="/", count=1).via("one below the expected character")
@example(at=5, char=":", count=1).via("one above the digits")
@_FUZZ
def test_moments_of_one_form_are_cut_to_their_day_and_others_left(at: int, char: str, count: int) -> None:
    other = _PLAIN[:at] + char + _PLAIN[at + 1 :]
    for moments in ([_PLAIN, *[other] * count], [other] * count, [other, _PLAIN]):
        assert days_of(pa.array(moments)).to_pylist() == [day_of(moment) for moment in moments]


@pytest.mark.parametrize("moment", ["2026-07-01T00:00:00Z", "2026-07-01 23:59:59.999999999Z", "2026-07-01", "", "Z"])
def test_moments_of_every_length(moment: str) -> None:
    for moments in ([moment], [moment, None], [moment, _PLAIN], [moment] * 3, []):
        found = days_of(pa.array(moments, pa.string())).to_pylist()
        assert found == [text and day_of(text) for text in moments]
    assert days_of(pa.array(["x", moment, moment]).slice(1)).to_pylist() == [day_of(moment)] * 2


@given(ids=st.lists(st.text(st.sampled_from("aZ9.0eE+ \t\x7f\u200b\u00a0é-_@"), max_size=6), max_size=4))
@_FUZZ
def test_ids_are_plain_only_where_the_parser_would_change_nothing(ids: list[str]) -> None:
    for texts in (pa.array(ids, pa.string()), pa.array(["\t", *ids, "\t"], pa.string()).slice(1, len(ids))):
        if are_plain_ids(texts):
            assert [parse_id(text, Rules()) for text in ids] == [text or None for text in ids]


@pytest.mark.parametrize(
    ("ids", "is_plain"),
    [
        (["a-1", "", "B_2"], True),
        (["a.b"], True),
        (["1E5"], True),
        (["0190f5e2-7c1b-7e43-bb55-0242ac120002"], True),
        (["1.5"], False),
        (["x y"], False),
        (["é"], False),
        (["a", "null"], False),
        (["90,010,000,003"], False),
        (['="007"'], False),
        (["a", "7.0"], False),
        (["1e+5"], False),
        ([" a"], False),
        (["a\u200b"], False),
        (["a\x7f"], False),
    ],
)
def test_which_ids_are_plain(ids: list[str], is_plain: bool) -> None:
    assert are_plain_ids(pa.array(ids)) is is_plain


@given(
    parts=st.lists(
        st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["u", "v", None])), max_size=8), min_size=1
    ),
    most=st.sampled_from([1 << 62, 4, 1]),
    bits=st.sampled_from([63, 5, 0]),
)
@_FUZZ
def test_parts_of_a_file_are_counted_together_and_each_hash_stands_in_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: list[list[tuple[str, str | None]]], most: int, bits: int
) -> None:
    monkeypatch.setattr(daily_counts, "_MOST_KEYS", most)
    monkeypatch.setattr(daily_counts, "_BITS", bits)
    entry = Entry(tmp_path, "usage/t.csv")
    number, given_parts = 0, []
    expected: Counter[tuple[str, str | None]] = Counter()
    row_of: dict[int, tuple[str, str | None]] = {}
    for part in parts:
        expected.update(part)
        row_of.update(dict(enumerate(part, start=number)))
        groups, users = ([row[place] for row in part] for place in (0, 1))
        given_parts.append(
            Events(
                pa.array(groups, pa.string()).dictionary_encode(),
                pa.array(users, pa.string()).dictionary_encode(),
                pa.array(["2026-07-01"] * len(part), pa.string()).dictionary_encode(),
                np.arange(number, number + len(part), dtype=np.uint64),
            )
        )
        number += len(part)
    write_counted(entry, given_parts)
    daily = pq.read_table(tmp_path / DAILY).to_pylist()
    keys = [(row["group_id"], row["user_id"]) for row in daily]
    assert dict(zip(keys, (row["events"] for row in daily), strict=True)) == expected
    found = pq.read_table(tmp_path / HASHES).to_pylist()
    assert {each["event"]: keys[each["day_row"]] for each in found} == row_of and len(found) == number


def test_rows_that_stand_for_several_events_keep_what_they_weigh(tmp_path: Path) -> None:
    same = pa.array(["g"] * 4).dictionary_encode()
    days = pa.array(["2026-07-01"] * 3 + ["2026-07-02"]).dictionary_encode()
    counts = pa.array(["2", "2.5", None, None])
    write_counted(Entry(tmp_path, "t"), [Events(same, same, days, np.arange(4, dtype=np.uint64), counts)])
    daily = pq.read_table(tmp_path / DAILY).to_pylist()
    assert [(row["usage_date"].day, row["events"]) for row in daily] == [(1, 5), (2, None)]
    weights = {each["event"]: each["weight"] for each in pq.read_table(tmp_path / HASHES).to_pylist()}
    assert weights == {0: 2, 1: 3, 2: 0, 3: 0}


def test_events_without_ids_have_no_hashes(tmp_path: Path) -> None:
    same = pa.array(["2026-07-01"] * 2).dictionary_encode()
    write_counted(Entry(tmp_path, "t"), [Events(same, same, same, None)])
    assert not (tmp_path / HASHES).exists()
    assert [row["events"] for row in pq.read_table(tmp_path / DAILY).to_pylist()] == [2]


def test_more_combinations_than_a_number_can_tell_apart_stay_apart() -> None:
    many = range((1 << 40) - 1)
    columns = [daily_counts._Coded(np.array(codes), many) for codes in ([0, 1, 1, 0], [5, 5, 5, 5], [7, 7, 7, 8])]
    keys = daily_counts._combined(columns).tolist()
    assert keys[1] == keys[2] and len(set(keys)) == 3
