"""Which events count as activity and for which group, the same in JSON lines, Parquet and CSV."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.declared.usage_rules import UsageRules
from icp_pipeline.sources.lake import land

ACCOUNTS = "Id,Name,Website\n001Hs00004kXyZaIAK,Halden,halden.example\n"


@pytest.mark.parametrize(
    "name",
    [
        *("$feature_flag_called", "$web_vitals", "$identify", "$set", "$autocapture", "$rageclick", "$exception"),
        *("$mp_session_start", "$ae_updated", "[Amplitude] Start Session", "session_end", "Survey Shown"),
        *("Application Backgrounded", " $PAGELEAVE "),
    ],
)
def test_what_a_library_writes_by_itself_is_no_activity(name: str) -> None:
    assert not UsageRules().is_activity(name)


@pytest.mark.parametrize(
    "name",
    [
        "report opened",
        "$50 plan chosen",
        "$1",
        "$pageview",
        "$screen",
        "$mp_web_page_view",
        "Application Opened",
        "[Amplitude] Page Viewed",
    ],
)
def test_what_a_person_does_is_activity(name: str) -> None:
    assert UsageRules().is_activity(name)


def test_settings_add_names_that_are_no_activity() -> None:
    rules = UsageRules(ignore_events=("Heartbeat",))
    assert not rules.is_activity("heartbeat ")
    assert rules.is_activity("heartbeats")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"properties": {"company_id": ["a", "b"]}}, "a"),
        ({"properties": {"company_id": '["a"]'}}, "a"),
        ({"properties": {"workspace_id": 7}}, 7),
        ({"properties": {"tenantId": "t"}}, "t"),
        ({"properties": {"company": "name", "account_id": "id"}}, "id"),
        ({"groups": {"team": ["x"], "company": ["c"]}}, "c"),
        ({"groups": {"project": ["p"]}}, "p"),
        ({"properties": {"$groups": {"workspace": "w"}, "company_id": "c"}}, "w"),
        ({"properties": {"$group_1": "g"}}, "g"),
        ({"user_properties": {"org_id": "o"}}, "o"),
        ({"properties": {"company_id": [], "account_id": {"id": 1}}}, None),
        ({"properties": {"plan": "pro"}}, None),
    ],
)
def test_the_group_is_named_in_the_usual_places(record: dict[str, Any], expected: Any) -> None:
    assert UsageRules().group_of(record) == expected


def test_the_key_in_the_settings_wins() -> None:
    rules = UsageRules(group_key="site")
    assert rules.group_of({"properties": {"site": "s", "company_id": "c"}}) == "s"
    assert rules.group_of({"groups": {"company": "c", "site": ["s"]}}) == "s"
    assert rules.group_of({"properties": {"company_id": "c"}}) == "c"


def _daily(tmp_path: Path, files: dict[str, str | pa.Table], usage: UsageRules) -> tuple[list[Any], int, int]:
    landing = tmp_path / "landing"
    for name, content in files.items():
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            (landing / name).write_text(content)
        else:
            pq.write_table(content, landing / name)
    state = land(landing, tmp_path / "lake", ReadPlan(usage=usage))
    rows: Counter[str | None] = Counter()
    for path in state.parquet["usage_daily"]:
        for row in pq.read_table(path).to_pylist():
            rows[row["group_id"]] += row["events"]
    file = next(file for file in state.files if file.source == "usage")
    return sorted(rows.items(), key=str), file.rows_read, file.rows_left_out


EVENTS = [
    {
        "event": "opened",
        "timestamp": "2026-07-01T09:00:00Z",
        "uuid": "1",
        "distinct_id": "u",
        "properties": {"site": "s"},
    },
    {"event": "$web_vitals", "timestamp": "2026-07-01T09:00:00Z", "uuid": "2", "properties": {"site": "s"}},
    {"event": "Ping", "timestamp": "2026-07-01T09:00:00Z", "uuid": "3", "properties": {"site": "s"}},
    {"event": "opened", "timestamp": "2026-07-01T09:00:00Z", "uuid": "4", "properties": {"company_id": ["c", "d"]}},
]


@pytest.mark.parametrize("form", ["bulk", "exact", "parquet", "csv"])
def test_every_reader_counts_the_same(tmp_path: Path, form: str) -> None:
    name, content = {
        "bulk": ("e.jsonl", "".join(json.dumps(event) + "\n" for event in EVENTS)),
        # One comma too many, so the exact reader takes it.
        "exact": ("e.jsonl", "".join(json.dumps(event)[:-1] + ",}\n" for event in EVENTS)),
        "parquet": (
            "e.parquet",
            pa.Table.from_pylist([event | {"properties": json.dumps(event["properties"])} for event in EVENTS]),
        ),
        "csv": (
            "tracks.csv",
            "id,timestamp,event,user_id,site,plan\n1,2026-07-01T09:00:00Z,opened,u,s,\n"
            "2,2026-07-01T09:00:00Z,$web_vitals,u,s,\n3,2026-07-01T09:00:00Z,ping,u,s,\n"
            '4,2026-07-01T09:00:00Z,opened,u,"[""c"",""d""]",\n',
        ),
    }[form]
    files = {"salesforce/Account.csv": ACCOUNTS, f"usage/{name}": content}
    rows, read, left_out = _daily(tmp_path, files, UsageRules("site", ("ping",)))
    assert (rows, read, left_out) == ([("c", 1), ("s", 1)], 4, 2)


def test_usual_group_columns_of_tracks_are_read(tmp_path: Path) -> None:
    tracks = "id,timestamp,event,user_id,workspace_id\n1,2026-07-01T09:00:00Z,opened,u,w\n"
    rows, _, _ = _daily(tmp_path, {"salesforce/Account.csv": ACCOUNTS, "usage/tracks.csv": tracks}, UsageRules())
    assert rows == [("w", 1)]


def test_settings_say_which_events_count_and_for_whom(tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text("vendors:\n  usage: {group_key: site, ignore_events: [PING]}\n")
    plan = read_plan(load_settings(tmp_path))
    tracks = (
        "id,timestamp,event,user_id,site,company_id\nt1,2026-07-01T09:00:00Z,opened,u,s,c\n"
        "t2,2026-07-01T09:00:00Z,ping,u,s,c\nt3,2026-07-01T09:00:00Z,opened,u,,c\n"
    )
    files = {"e.jsonl": "".join(json.dumps(event) + "\n" for event in EVENTS), "tracks.csv": tracks}
    landing = tmp_path / "landing"
    for name, content in (
        {f"usage/{name}": text for name, text in files.items()} | {"salesforce/a.csv": ACCOUNTS}
    ).items():
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text(content)
    state = land(landing, tmp_path / "lake", plan)
    rows: Counter[str | None] = Counter()
    for path in state.parquet["usage_daily"]:
        for row in pq.read_table(path).to_pylist():
            rows[row["group_id"]] += row["events"]
    assert rows["s"] == 2
    assert rows["c"] == 2
    assert sum(rows.values()) == 4
    assert {file.path: file.rows_left_out for file in state.files if file.source == "usage"} == {
        "usage/e.jsonl": 2,
        "usage/tracks.csv": 1,
    }
