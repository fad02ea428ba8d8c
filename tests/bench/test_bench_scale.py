"""The benchmark of large homes: its usage files, the disk that a version takes, and what counts as reached."""

from __future__ import annotations

import csv
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.many_events import ManyEvents
from bench.results import Machine
from bench.scale import MOST_DISK_TIMES, Kept, Measurement, Part, kept, on_spark, report, targets
from bench.spark import Usage
from icp_pipeline.warehouse.versions import Version


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_file_repeats_the_end_of_the_one_before_and_the_last_ends_before_the_run(tmp_path: Path) -> None:
    made = ManyEvents(tmp_path, accounts=60, events_a_file=2_000)
    made.land(6_000)
    files = [_rows(path) for path in sorted((made.home.landing / "usage").glob("tracks_*.csv"))]
    assert [len(rows) for rows in files] == [2_030, 2_030, 2_030]
    assert files[1][:30] == files[0][-30:] and files[2][:30] == files[1][-30:]
    assert len({row["id"] for rows in files for row in rows}) == 6_030
    assert (files[0][30]["timestamp"][:10], files[2][-1]["timestamp"][:10]) == ("2026-11-03", "2026-11-20")
    groups = {row["group_id"] for row in _rows(made.home.landing / "usage" / "groups.csv")}
    assert {row["context_group_id"] for row in files[0]} <= groups


def test_fewer_events_are_the_last_files_of_more(tmp_path: Path) -> None:
    made = ManyEvents(tmp_path, accounts=60, events_a_file=1_000)
    made.land(3_000)
    many = {path.name: path.read_bytes() for path in (made.home.landing / "usage").glob("tracks_*.csv")}
    made.land(1_000)
    (last,) = (made.home.landing / "usage").glob("tracks_*.csv")
    assert last.name == max(many) and last.read_bytes() == many[last.name]


def _version(folder: Path, name: str, contents: dict[str, str], files: tuple[str, ...]) -> Version:
    path = folder / f"{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema core; create schema history")
        connection.execute("create table history.table_fingerprints (table_name varchar, content_hash varchar)")
        connection.executemany("insert into history.table_fingerprints values (?, ?)", list(contents.items()))
        for table in contents:
            connection.execute(f"create table {table} as select random() as cell from range(500_000)")
    return Version(name, path, 1, "", path.stat().st_size, "", True, files)


def test_a_version_is_compared_with_what_differs_from_the_one_before(tmp_path: Path) -> None:
    for name, size in (("old.parquet", 4_000_000), ("new.parquet", 3_000_000)):
        (tmp_path / name).write_bytes(bytes(size))
    before = _version(tmp_path, "before", {"core.same": "1", "core.other": "1"}, ("old.parquet",))
    version = _version(tmp_path, "after", {"core.same": "1", "core.other": "2"}, ("old.parquet", "new.parquet"))
    found = kept(version, before, tmp_path)
    assert (found.version_mb, found.own_mb, found.usage_mb) == (version.size / 1e6, version.size / 1e6, 3.0)
    # Half of the file, and the new usage file.
    assert found.changed_mb == pytest.approx(found.version_mb / 2 + 3, rel=0.05)
    assert found.times > MOST_DISK_TIMES
    assert kept(version, None, tmp_path).usage_mb == 7.0


def _run(name: str, seconds: float, peak_mb: float, **more: Any) -> Measurement:
    stages = [{"name": "landing", "seconds": 1.0, "peak_mb": peak_mb, "cpu_seconds": 2.0}]
    return replace(Measurement(name, seconds, seconds, peak_mb, 0.5, stages), **more)


@pytest.fixture
def parts() -> dict[str, Part]:
    machine = asdict(Machine(2, 25.3, "3.11", "Linux", 0.1, {"duckdb": "2.0.0"}, 1.25))
    version = Kept(300.0, 100.0, 10.0, 100.0)
    runs = [
        _run("start", 7, 700),
        _run("start again", 5, 400),
        _run("first run", 110, 3_900, kept=version),
        _run("second run", 15, 900, kept=version),
        _run("new day", 19, 1_200, kept=version),
    ]
    company = Part(
        "2026-12-01",
        machine,
        {"accounts": 10, "events": 20, "landed_mb": 1, "file_system": "xfs", "new_day_rows": 3},
        runs,
    )
    many = [
        _run("few", 20, 900, events=20_000_000, new_events=20_000_000),
        _run("many", 300, 1_000, events=300_000_000, new_events=280_000_000),
    ]
    usage = [
        on_spark(Usage("Spark, 1 worker", 19.0, {"staging.a": 4.0, "core.b": 30.0}, 40.0), 20_000_000, 1_500),
        on_spark(Usage("Spark, 1 worker", 19.0, {"staging.a": 9.0, "core.b": 700.0}, 750.0), 300_000_000, 22_600),
    ]
    return {
        "company": company,
        "landing": Part("", machine, {"accounts": 9, "users": 9, "events_a_file": 5}, many),
        "spark": Part("", machine, {"accounts": 9, "users": 9}, usage),
    }


def test_every_target_is_judged_on_its_own_run(parts: dict[str, Part]) -> None:
    assert [reached for _, _, reached in targets(parts)] == [True] * 7
    worse: list[tuple[str, dict[str, Any]]] = [
        ("first run", {"seconds": 121.0}),
        ("first run", {"peak_mb": 4_001.0}),
        ("new day", {"seconds": 20.5}),
        ("second run", {"kept": Kept(300.0, 100.0, 10.0, 90.0)}),
        ("new day", {"kept": Kept(300.0, 100.0, 10.0, 90.0)}),
    ]
    for place, (name, figures) in enumerate(worse):
        runs = [replace(run, **figures) if run.name == name else run for run in parts["company"].runs]
        found = targets(parts | {"company": replace(parts["company"], runs=runs)})
        assert [number for number, (_, _, reached) in enumerate(found) if not reached] == [place]
    many = [parts["landing"].runs[0], _run("many", 300, 1_200, events=300_000_000, new_events=280_000_000)]
    assert [reached for *_, reached in targets({"landing": replace(parts["landing"], runs=many)})] == [False]
    dear = [parts["spark"].runs[0], replace(parts["spark"].runs[1], cpu_seconds=751.0)]
    ((asked, found, reached),) = targets({"spark": replace(parts["spark"], runs=dear)})
    assert "from 20 to 300 million events" in asked and (found, reached) == ("1.25 x", False)


def test_the_page_shows_what_was_measured_so_far(parts: dict[str, Part]) -> None:
    page = report(parts)
    assert "| new day | 19.0 | 19.0 | 1,200 | 0 |  | 300 | 100 | 10 | 100 |" in page
    assert "| 300,000,000 | 280,000,000 |" in page and page.count("| ok |") == 7
    assert "| events | files, GB | seconds | of these core.b | processor s | microseconds an event |" in page
    assert "| 20,000,000 | 1.5 | 34 | 30 | 40 | 2.00 |" in page
    assert "| 300,000,000 | 22.6 | 709 | 700 | 750 | 2.50 |" in page
    assert "DuckDB 2.0.0; 20 million additions in Python take 1.25 s. Load" in page
    assert "accounts, 20 usage events" not in report({"landing": parts["landing"]})
    some = replace(parts["company"], runs=parts["company"].runs[:3])
    assert [asked[:20] for asked, *_ in targets({"company": some})] == ["first run at most 12", "first run at most 4 "]
    assert "## Targets" not in report({"landing": replace(parts["landing"], runs=parts["landing"].runs[:1])})
