"""The same inputs, settings and day give the same bytes, whatever the machine, time zone or order of files."""

from __future__ import annotations

import random
import re
import shutil
import time
from pathlib import Path

import pytest
from faults.fault_runs import ran
from pipeline_runs import copy_home, exports, manifest, read_rows, run_pipeline, table_text, write_rows

pytestmark = pytest.mark.slow

TABLES = (
    "core.accounts",
    "core.account_attributes",
    "outcomes.customer_scores",
    "segments.segment_lift",
    "icp.criteria",
)


def _shuffle_rows(landing: Path) -> None:
    order = random.Random(5)
    for path in sorted(landing.rglob("*.csv")):
        header, rows = read_rows(path)
        order.shuffle(rows)
        write_rows(path, header, rows)
    for path in sorted(landing.rglob("*.jsonl")):
        lines = path.read_bytes().splitlines(keepends=True)
        order.shuffle(lines)
        path.write_bytes(b"".join(lines))


def _reorder_columns(landing: Path) -> None:
    order = random.Random(6)
    for path in sorted(landing.rglob("*.csv")):
        header, rows = read_rows(path)
        places = list(range(len(header)))
        order.shuffle(places)
        write_rows(path, [header[at] for at in places], [[row[at] for at in places] for row in rows])


def _reverse_files(landing: Path) -> None:
    """Rename the files of a folder, so that anything read in name order is read the other way round."""
    for folder in sorted(path for path in landing.iterdir() if path.is_dir() and path.name != "builtwith"):
        names = sorted(path for path in folder.iterdir() if path.suffix == ".csv" and "group" not in path.name)
        for number, path in enumerate(reversed(names)):
            path.rename(folder / f"{number:03d}_{path.name}")


def _mark(landing: Path) -> None:
    """Add or remove the byte order mark that Excel writes."""
    for path in sorted(landing.rglob("*.csv")):
        data = path.read_bytes()
        mark = "\ufeff".encode()
        path.write_bytes(data.removeprefix(mark) if data.startswith(mark) else mark + data)


CHANGES = (_shuffle_rows, _reorder_columns, _reverse_files, _mark)


def _published(home: Path) -> dict[str, object]:
    run_pipeline(home)
    return _shown(home)


def _shown(home: Path) -> dict[str, object]:
    tables: dict[str, object] = {table: table_text(home, table) for table in TABLES}
    return {**tables, **exports(home), "manifest": manifest(home), "page": _page(home)}


def _page(home: Path) -> list[str]:
    """The report's lines, without the name of its run, the names of landed files (which order some lines),
    and the first of several lines at fault."""
    latest = (home / "exports" / "latest").resolve()
    page = (latest / "index.html").read_text(encoding="utf-8").replace(latest.name, "its run")
    page = re.sub(r"first in line [\d,]+: .*? Fix the export", "first Fix the export", page)
    page = re.sub(r"an unknown account \(line [\d,]+;", "an unknown account (", page)
    return sorted(re.sub(r"(?<=/)\d{3}_", "", page).splitlines())


def _same(first: dict[str, object], second: dict[str, object]) -> None:
    assert [name for name in first if first[name] != second[name]] == []
    assert first.keys() == second.keys()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch):
    def be(threads: int, zone: str) -> None:
        monkeypatch.setenv("ICP_THREADS", str(threads))
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield be
    monkeypatch.undo()
    time.tzset()


def _landed(small: Path, target: Path) -> Path:
    """The small company's files and settings only."""
    shutil.copytree(small / "landing", target / "landing")
    shutil.copy(small / "icp.yaml", target)
    return target


def test_order_threads_and_time_zone_change_no_byte(small: Path, tmp_path: Path, environment) -> None:
    """All changes at once."""
    environment(1, "UTC")
    first = _published(_landed(small, tmp_path / "first"))
    second = _landed(small, tmp_path / "second")
    for change in CHANGES:
        change(second / "landing")
    environment(4, "Pacific/Kiritimati")
    _same(first, _published(second))


def test_another_home_and_another_day_of_work_change_no_byte(small: Path, tmp_path: Path) -> None:
    """A run shows its as-of date, never the time it ran; what it changes is reported once."""
    again = copy_home(small, tmp_path / "again")
    run_pipeline(again)
    before, after = exports(small), exports(again)
    differing = [name for name in before if before[name] != after[name]]
    # Tags that the CRM already has are no longer changes.
    told_once = {name for name in before if name.endswith("changes.csv")}
    accounts = {"changes.csv", "salesforce_account_changes.csv", "hubspot_company_changes.csv"}
    assert accounts <= set(differing) <= told_once
    assert all(after[name].count(b"\n") == 1 for name in differing)


# By number of threads: 14 hours ahead, a quarter of an hour off, and 10 hours behind.
ZONES = {"1": "Pacific/Kiritimati", "2": "Asia/Kathmandu", "4": "America/Adak"}


@pytest.mark.parametrize(("as_of", "pair"), [("2026-03-08", ("1", "4")), ("2026-10-25", ("2", "4"))])
def test_threads_and_zone_on_days_of_clock_changes(
    small: Path, tmp_path: Path, as_of: str, pair: tuple[str, str]
) -> None:
    """In separate processes, so that no time zone was set before."""
    results = []
    for threads in pair:
        home = _landed(small, tmp_path / threads)
        said = ran(home, "--as-of", as_of, TZ=ZONES[threads], ICP_THREADS=threads)
        assert said.startswith("published"), said
        results.append(_shown(home))
    _same(*results)
