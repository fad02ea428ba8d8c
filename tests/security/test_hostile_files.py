"""Headers, values, settings and sizes meant to do harm: refused with a reason, or read as the plain text they are.

Hostile file names, links and pipes are in `end_to_end/test_held_files.py`.
"""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from icp_pipeline.errors import SourceError
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.sources.lake import LakeState, land
from icp_pipeline.sources.vendors.usage import posthog

SQL = "x'; drop table lake.account; attach '/etc/passwd' as p; --"
QUOTED = 'a"; drop table "lake"."account"; --'
ACCOUNTS = "Id,Name,Website\n001Hs00004kXyZaIAK,Halden,halden.example\n"


def landed(home: Path, settings: str, **files: str) -> LakeState:
    """Land files given as `salesforce__Account=text`."""
    (home / "icp.yaml").write_text(settings, encoding="utf-8")
    for name, text in files.items():
        path = home / "landing" / (name.replace("__", "/") + ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return land(home / "landing", home / "lake", read_plan(load_settings(home)))


def column(state: LakeState, kind: str, name: str) -> list[str]:
    return [value for path in state.parquet[kind] for value in pq.read_table(path)[name].to_pylist()]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@pytest.mark.parametrize("hostile", [SQL, QUOTED, "a\\'; b", "$1", "?", "{x}", "%s", "*"])
def test_headers_and_values_that_are_sql_are_text(hostile: str, tmp_path: Path) -> None:
    settings = (
        "attributes:\n  odd: {field: 'salesforce.account." + hostile.replace("'", "''") + "', type: categorical}\n"
        "sources:\n  other:\n    file: other/a.csv\n    kind: account\n"
        "    columns: {id: Id, name: '" + hostile.replace("'", "''") + "'}\n"
    )
    header, cell = quoted(hostile), quoted(hostile)
    state = landed(
        tmp_path,
        settings,
        salesforce__Account=f"Id,Name,Website,{header}\n001Hs00004kXyZaIAK,{cell},halden.example,{cell}\n",
        other__a=f"Id,a,b,c,d,e,{header}\n1,,,,,,{cell}\n",
        usage__tracks=f"id,received_at,timestamp,event,user_id,context_group_id\ne1,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,{cell},{cell},{cell}\n",
    )
    assert column(state, "salesforce_account", "name") == [hostile]
    assert column(state, "account", "name") == [hostile]
    assert column(state, "field_values", "value") == [hostile]
    assert column(state, "usage_daily", "group_id") == [hostile]


@pytest.mark.parametrize(
    "pattern", ["../outside/*.csv", "/etc/*", "salesforce/../../outside/a.csv", "**/../outside/a.csv"]
)
def test_a_mapping_reaches_nothing_outside_the_landing_folder(pattern: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.csv").write_text("Id,Name\n1,very secret\n")
    settings = f"sources: {{other: {{file: '{pattern}', kind: account, columns: {{id: Id, name: Name}}}}}}\n"
    try:
        state = landed(tmp_path, settings, salesforce__Account=ACCOUNTS)
    except SourceError as error:
        assert "very secret" not in str(error)
        return
    assert "account" not in state.parquet or state.parquet["account"] == ()
    assert {file.path for file in state.files if file.status != "missing"} == {"salesforce/Account.csv"}


def test_more_columns_than_any_export_has_are_refused(tmp_path: Path) -> None:
    wide = ",".join(["Id", "Name", *(f"c{number}" for number in range(10_000))])
    with pytest.raises(SourceError, match="10,002 columns, expected at most 10,000"):
        landed(tmp_path, "", salesforce__Account=wide + "\n")


def test_a_file_larger_than_the_disk_could_bear_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "landing" / "salesforce" / "Huge.csv"
    path.parent.mkdir(parents=True)
    path.write_text(ACCOUNTS)
    # A sparse file: it uses no disk space.
    os.truncate(path, 65 * 1024**3)
    with pytest.raises(SourceError, match=r"Huge\.csv.*larger than 64 GB"):
        landed(tmp_path, "", salesforce__Account=ACCOUNTS)


def _peak_growth(landing: Callable[[], object]) -> int:
    """The peak growth of memory held by Python's and Arrow's allocators, in bytes."""
    tracemalloc.start()
    before = pa.default_memory_pool().max_memory()
    try:
        landing()
        return tracemalloc.get_traced_memory()[1] + pa.default_memory_pool().max_memory() - before
    finally:
        tracemalloc.stop()


def test_an_archive_that_unpacks_to_one_endless_line_takes_no_memory(tmp_path: Path) -> None:
    """300 MB of one line in 300 kB of gzip: refused by its length, and never in memory as a whole."""
    path = tmp_path / "landing" / "usage" / "events.jsonl.gz"
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.write(b'{"event": "x", "uuid": "1", "distinct_id": "u", "timestamp": "2026-07-01T09:00:00Z"}\n')
        for _ in range(300):
            file.write(b"x" * 1_000_000)
    states: list[LakeState] = []
    grown = _peak_growth(lambda: states.append(landed(tmp_path, "", salesforce__Account=ACCOUNTS)))
    assert grown < 150_000_000
    assert [file.rows_rejected for file in states[0].files if file.source == "usage"] == [1]
    reasons = [value for path in states[0].parquet["reject"] for value in pq.read_table(path)["reason"].to_pylist()]
    assert reasons == ["a line longer than 16,777,216 bytes"]


def test_what_unpacks_beyond_any_export_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posthog, "_BIGGEST", 1_000_000)
    line = b'{"event": "x", "uuid": "1", "properties": {"a": "' + b"y" * 1000 + b'"}}\n'
    folder = tmp_path / "landing" / "usage"
    folder.mkdir(parents=True)
    (folder / "bomb.jsonl.gz").write_bytes(gzip.compress(line * 1_100))
    columns = {"uuid": ["1"] * 1_100, "event": ["x"] * 1_100, "properties": ['{"a": "' + "y" * 1000 + '"}'] * 1_100}
    pq.write_table(pa.table(columns), folder / "bomb.parquet")
    assert (folder / "bomb.parquet").stat().st_size < 10_000
    with pytest.raises(SourceError) as refused:
        landed(tmp_path, "", salesforce__Account=ACCOUNTS)
    assert str(refused.value).count("unpacks to more than") == 2


def test_a_parquet_cell_that_no_event_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posthog, "_LONGEST_LINE", 1_000)
    folder = tmp_path / "landing" / "usage"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"uuid": ["1"], "event": ["x" * 1_001]}), folder / "long.parquet")
    with pytest.raises(SourceError, match=r"long\.parquet: a cell longer than 1,000 bytes"):
        landed(tmp_path, "", salesforce__Account=ACCOUNTS)
