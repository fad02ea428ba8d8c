"""Product events in every file format: counted by group, user and day, each event once."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_folder import Landing

from icp_pipeline.sources import tasks
from icp_pipeline.sources.declared.plan import FileFormat, ReadPlan
from icp_pipeline.sources.text.delimited import read_one_by_one

TRACKS = "id,received_at,timestamp,event,event_text,user_id,anonymous_id,context_group_id\n"


def track(event: str, at: str = "2026-07-01T09:00:01.870Z", user: str = "u_501", group: str = "acct_halden") -> str:
    return f"{event},2026-07-02T00:00:00.000Z,{at},report_shared,Report Shared,{user},,{group}\n"


def test_tracks_are_counted_by_group_user_and_day(landing: Landing) -> None:
    landing.put("usage/t.csv", TRACKS + track("a") + track("b") + track("c", user="u_7", group=""))
    assert landing.land().daily() == {
        ("acct_halden", "u_501", "2026-07-01"): 2,
        (None, "u_7", "2026-07-01"): 1,
    }
    assert landing.counts("usage/t.csv") == (3, 3, 0)


def test_a_late_event_belongs_to_its_own_day(landing: Landing) -> None:
    landing.put(
        "usage/t.csv", TRACKS + track("a", "2026-06-30T22:01:44.000Z") + track("b", "2026-07-01T00:30:00+02:00")
    )
    assert landing.land().daily() == {("acct_halden", "u_501", "2026-06-30"): 2}


def test_a_repeated_event_counts_once(landing: Landing) -> None:
    landing.put("usage/t.csv", TRACKS + track("a") + track("b") + track("a"))
    assert landing.land().daily() == {("acct_halden", "u_501", "2026-07-01"): 2}
    assert landing.counts("usage/t.csv") == (3, 3, 0), "a repeat is read and loaded; it is only not counted twice"


def test_overlapping_files_count_an_event_once_in_any_order(new_landing: Callable[[str], Landing]) -> None:
    parts = {
        "one": TRACKS + track("a") + track("b") + track("c", user="u_2"),
        "two": TRACKS + track("b") + track("c", user="u_2") + track("d", "2026-07-02T01:00:00Z"),
        "three": TRACKS + track("d", "2026-07-02T01:00:00Z") + track("a"),
    }
    expected = {
        ("acct_halden", "u_501", "2026-07-01"): 2,
        ("acct_halden", "u_2", "2026-07-01"): 1,
        ("acct_halden", "u_501", "2026-07-02"): 1,
    }
    for number, order in enumerate(itertools.permutations(parts)):
        landing = new_landing(str(number))
        for name in order:
            landing.put(f"usage/{name}.csv", parts[name])
            landing.land()
        assert landing.daily() == expected
        assert landing.parsed() == {f"usage/{order[-1]}.csv"}


def test_two_versions_of_one_event_settle_by_content_whatever_the_file_names(
    new_landing: Callable[[str], Landing],
) -> None:
    early, late = track("a", "2026-07-01T00:00:00Z"), track("a", "2026-07-03T00:00:00Z")
    results = []
    for number, (first, second) in enumerate([(early, late), (late, early)]):
        landing = new_landing(str(number))
        landing.put("usage/1.csv", TRACKS + first)
        landing.put("usage/2.csv", TRACKS + second)
        results.append(landing.land().daily())
    assert results[0] == results[1] and sum(results[0].values()) == 1


def test_a_file_taken_away_gives_its_events_back_to_the_others(landing: Landing) -> None:
    landing.put("usage/1.csv", TRACKS + track("a") + track("b"))
    second = landing.put("usage/2.csv", TRACKS + track("b") + track("c"))
    assert sum(landing.land().daily().values()) == 3
    second.unlink()
    assert sum(landing.land().daily().values()) == 2


def test_bad_rows_are_found_by_line_and_the_good_ones_stay(landing: Landing) -> None:
    landing.put(
        "usage/t.csv",
        TRACKS
        + track("a")
        + track("b", "2026-02-30T00:00:00Z")
        + "c,too,short\n"
        + track("")
        + '"d",x,2026-07-01T00:00:00Z,"multi\nline",,u_1,,g\n'
        + track("e", user="u\u200b1")
        + track("f", "1901-01-01T00:00:00Z"),
    )
    assert landing.land().daily() == {("acct_halden", "u_501", "2026-07-01"): 1, ("g", "u_1", "2026-07-01"): 1}
    assert landing.rejects() == [
        (3, "timestamp", "no such date or time", "row"),
        (4, "timestamp", "not a date: expected YYYY-MM-DD", "row"),
        (5, "id", "required, but empty", "row"),
        (8, "user_id", "hidden or control character inside an id", "row"),
        (9, "timestamp", "date outside 1950-2100", "row"),
    ]
    assert landing.counts("usage/t.csv") == (7, 2, 5)


def test_the_fast_and_the_exact_reader_agree(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        track(
            f"e{number}",
            f"2026-07-{1 + number % 9:02d}T{number % 24:02d}:00:00.000Z",
            f"u{number % 5}",
            f"g{number % 3}",
        )
        for number in range(300)
    )
    landing.put("usage/t.csv", TRACKS + rows + track("e1", "2026-07-02T01:00:00.000Z", "u1", "g1"))
    fast = landing.land().daily()
    monkeypatch.setattr(tasks, "read_batches", lambda *given: iter([read_one_by_one(*given[:3])]))
    for entry in (landing.lake / "files").glob("*/about.json"):
        entry.unlink()
    assert landing.land().daily() == fast and sum(fast.values()) == 300


def test_events_of_both_readers_share_their_hashes(landing: Landing) -> None:
    landing.put("usage/clean.csv", TRACKS + track("a") + track("b"))
    landing.put("usage/dirty.csv", TRACKS + track("a") + "broken\n")
    landing.put("usage/ph.jsonl", json.dumps(posthog("b")) + "\n")
    assert sum(landing.land().daily().values()) == 2


def test_addresses_used_as_user_ids_do_not_reach_the_lake(landing: Landing) -> None:
    landing.put("usage/t.csv", TRACKS + track("a", user="Kim@Halden.example") + track("b", user="kim@halden.example"))
    landing.put(
        "usage/groups.csv", "id,group_id,user_id,received_at\n1,acct_halden,kim@halden.example,2026-07-01T00:00:00Z\n"
    )
    landing.land()
    users = {user for _, user, _ in landing.daily()} | set(landing.rows("usage_group", "user_id"))
    assert len(users) == 1 and all(user and user.startswith("user_") and "@" not in user for user in users)
    assert not any(
        b"halden.example" in path.read_bytes() for path in (landing.lake / "files").rglob("usage_daily.parquet")
    )


def test_reordered_and_extra_columns_change_nothing(landing: Landing) -> None:
    landing.put(
        "usage/t.csv", "context_group_id,extra,Extra,user_id,event,timestamp,id\ng,1,2,u,x,2026-07-01T00:00:00Z,a\n"
    )
    assert landing.land().daily() == {("g", "u", "2026-07-01"): 1}


def test_zone_less_times_follow_the_declared_zone(landing: Landing) -> None:
    landing.put("usage/t.csv", TRACKS + track("a", "2026-07-01 01:00:00"))
    assert landing.land(ReadPlan(vendors={"usage": FileFormat(timezone="Europe/Berlin")})).daily() == {
        ("acct_halden", "u_501", "2026-06-30"): 1
    }


def test_a_day_without_a_time_stays_that_day_in_any_zone(landing: Landing) -> None:
    landing.put("usage/t.csv", TRACKS + track("a", "2026-07-01"))
    landing.land(ReadPlan(vendors={"usage": FileFormat(timezone="Europe/Berlin")}))
    assert landing.daily() == {("acct_halden", "u_501", "2026-07-01"): 1}


def test_groups_and_mapping_files_link_groups_to_accounts(landing: Landing) -> None:
    landing.put(
        "usage/groups.csv",
        "id,group_id,user_id,name,website,received_at\n1,acct_h,u_1,Halden,https://www.halden.example,2026-07-01T00:00:00Z\n",
    )
    landing.put("usage/my_group_map.csv", "group_id,crm_id\nacct_b,001Hs00004kXyZb\nacct_c,18273645501\n,1\n")
    rows = landing.land().rows("usage_group", "group_id", "user_id", "account_key", "domain")
    assert rows == [
        {"group_id": "acct_h", "user_id": "u_1", "account_key": None, "domain": "halden.example"},
        {"group_id": "acct_b", "user_id": None, "account_key": "001Hs00004kXyZbIAK", "domain": None},
        {"group_id": "acct_c", "user_id": None, "account_key": "18273645501", "domain": None},
    ]
    assert landing.rejects() == [(4, "group_id", "required, but empty or not usable", "row")]


def posthog(uuid: str, event: str = "report shared", **properties: Any) -> dict[str, Any]:
    properties = {"$groups": {"company": "acct_halden"}, "$group_0": "acct_halden"} | properties
    return {
        "uuid": uuid,
        "event": event,
        "distinct_id": "u_501",
        "properties": properties,
        "timestamp": "2026-07-01T09:00:01.870000Z",
    }


POSTHOG = [
    posthog("1"),
    posthog("2"),
    posthog("2"),
    posthog("3", "$identify"),
    posthog("4", "$autocapture"),
    posthog("5", "$pageleave"),
    posthog("6", "$groupidentify", **{"$group_key": "acct_halden", "$group_set": {"domain": "www.halden.example"}}),
]


def _as_parquet(path: Path) -> None:
    table = pa.Table.from_pylist([record | {"properties": json.dumps(record["properties"])} for record in POSTHOG])
    pq.write_table(table, path, compression="zstd")


@pytest.mark.parametrize("name", ["e.jsonl", "e.parquet", "e.parquet.zst", "e.json.gz"])
def test_posthog_exports_count_activity_only(landing: Landing, name: str) -> None:
    path = landing.put(f"usage/{name}", "")
    lines = "".join(json.dumps(record) + "\n" for record in POSTHOG)
    if "parquet" in name:
        _as_parquet(path)
    else:
        path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    assert landing.land().daily() == {("acct_halden", "u_501", "2026-07-01"): 2}
    assert landing.rows("usage_group", "group_id", "domain") == [
        {"group_id": "acct_halden", "domain": "halden.example"}
    ]
    assert landing.counts(f"usage/{name}") == (7, 7, 0)


def test_amplitude_lines_with_group_lists(landing: Landing) -> None:
    landing.put(
        "usage/123_2026-07-01_9#0.json",
        '{"event_type":"x","event_time":"2026-07-01 09:00:01.870000","user_id":"u",'
        '"groups":{"company":["g"]},"$insert_id":"e1"}\n'
        '{"event_type":"x","event_time":"2026-07-01 09:00:02","user_id":"u","groups":{},"$insert_id":"e2"}\n',
    )
    assert landing.land().daily() == {("g", "u", "2026-07-01"): 1, (None, "u", "2026-07-01"): 1}


def test_broken_json_lines_are_rejected_by_line(landing: Landing) -> None:
    landing.put("usage/e.jsonl", json.dumps(posthog("1")) + '\n{"cut\n[1]\n\n' + json.dumps(posthog("2")) + "\n")
    assert sum(landing.land().daily().values()) == 2
    assert landing.rejects() == [(2, None, "not a JSON object", "row"), (3, None, "not a JSON object", "row")]
    assert landing.counts("usage/e.jsonl") == (4, 2, 2)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("e.parquet", b"PAR1 cut", "not readable as Parquet"),
        ("e.jsonl", b"id,event\n1,2\n", "not JSON lines"),
        ("e.jsonl", b"", "empty file"),
        ("t.csv", b"id;event;user_id\n1;x;u\n", "missing: 'timestamp'"),
        ("t.csv", (TRACKS + '"open,').encode(), "never closed"),
        ("t.csv", b"id,event,user_id\n1,x,u\n", "missing: 'timestamp'"),
    ],
)
def test_unreadable_usage_files_are_held(landing: Landing, name: str, content: bytes, reason: str) -> None:
    landing.put(f"usage/{name}", content)
    message = landing.held()
    assert f"usage/{name}: " in message and reason in message
