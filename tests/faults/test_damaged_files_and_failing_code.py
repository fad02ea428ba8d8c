"""A published file that changed, a model that fails, a check library that crashes, a file 100 times as large."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import live_state, one, query, run_pipeline
from fault_runs import assert_as_never_broken, assert_whole, started

from icp_pipeline.errors import IcpError, PublishError
from icp_pipeline.home import SQL, Home
from icp_pipeline.run import session as runs
from icp_pipeline.run.live_version import roll_back
from icp_pipeline.sample.write import write_sample
from icp_pipeline.warehouse.versions import versions


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flip(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.slow
def test_a_damaged_version_is_found_by_its_checksum(home: Path) -> None:
    """The older of two versions is damaged: rollback refuses it, and the live version stays."""
    first = assert_whole(home)
    run_pipeline(home)
    file = next(item.path for item in versions(home) if item.run_id == first)
    file.chmod(0o644)
    whole, before = file.read_bytes(), live_state(home)
    for damaged in (_cut(whole), _flip(whole), b""):
        file.write_bytes(damaged)
        with pytest.raises(PublishError, match="is damaged: its checksum differs"):
            roll_back(Home(home), first)
        assert live_state(home) == before
    file.write_bytes(whole)
    roll_back(Home(home), first)
    assert assert_whole(home) == first


@pytest.mark.slow
def test_a_damaged_live_version_can_be_left_by_rollback_and_is_not_built_upon(home: Path) -> None:
    first = assert_whole(home)
    second = run_pipeline(home).run_id
    file = (home / "warehouse" / "icp.duckdb").resolve()
    file.chmod(0o644)
    file.write_bytes(_cut(file.read_bytes()))
    with pytest.raises(PublishError, match=f"{second}.*(cannot be read|damaged).*"):
        run_pipeline(home)
    assert first in roll_back(Home(home), first)
    assert assert_whole(home) == first
    # As the message says: once the file is moved away, the run continues from the version before.
    file.unlink()
    file.with_suffix(".json").unlink()
    run_pipeline(home)
    assert_whole(home)


@pytest.mark.slow
def test_a_damaged_export_is_never_shown_again(home: Path) -> None:
    first = assert_whole(home)
    second = run_pipeline(home).run_id
    file = home / "exports" / first / "salesforce_account_update.csv"
    file.write_bytes(_flip(file.read_bytes()))
    with pytest.raises(PublishError, match="differs from manifest"):
        roll_back(Home(home), first)
    assert assert_whole(home) == second


@pytest.mark.slow
def test_a_model_that_raises_on_a_value_names_the_file_and_not_the_value(
    home: Path, clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = one(home, "select name from core.accounts where name is not null order by account_id")
    shutil.copytree(SQL, tmp_path / "sql")
    model = tmp_path / "sql" / "core" / "customers.sql"
    text = model.read_text(encoding="utf-8")
    broken = "select cast(name as integer) from staging.salesforce_accounts"
    model.write_text(text.rstrip().rstrip(";") + f"\nlimit (select max(n) from ({broken}) as names(n))\n")
    before = live_state(home)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "SQL", tmp_path / "sql")
        with pytest.raises(IcpError, match=r"core/customers\.sql: core\.customers cannot be built") as refused:
            run_pipeline(home)
    assert str(name) not in str(refused.value)
    assert live_state(home) == before
    run_pipeline(home)
    assert_as_never_broken(home, clean)


def _grow(home: Path) -> tuple[Path, int]:
    """The newest usage file with 100 times its rows, nearly all of one group, each event with its own id."""
    path = max((home / "landing" / "usage").glob("tracks_*.csv"), key=lambda item: item.stat().st_size)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    id_column = header.index("id")
    grown = [list(row) for row in rows]
    for copy in range(99 * len(rows)):
        row = list(rows[0])
        row[id_column] = f"{copy:08x}-aaaa-4bbb-8ccc-{copy:012x}"
        grown.append(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *grown])
    return path, len(grown)


def _bounded_run(home: Path, memory: str) -> tuple[str, int]:
    """The output of a run, and the peak memory of its process in bytes."""
    process = started(home, "--peak", ICP_MEMORY_LIMIT=memory)
    said, trace = process.communicate()
    assert process.returncode == 1, trace
    *words, peak = said.splitlines()
    return "\n".join(words), int(peak.removeprefix("peak "))


@pytest.mark.slow
def test_100_times_the_accounts_are_read_in_bounds_and_held_by_their_volume(home: Path) -> None:
    before = live_state(home)
    shutil.rmtree(home / "landing")
    write_sample(home, accounts=20_000, events=1_000)
    said, peak = _bounded_run(home, "1GB")
    assert said.startswith("error: blocked") and "salesforce salesforce_account: " in said and "--accept" in said, said
    assert peak < 1_250_000_000, f"{peak / 1e6:.0f} MB"
    assert live_state(home) == before
    run_pipeline(home, accept="the other business unit moved in")
    assert one(home, "select count(*) from core.accounts") >= 20_000
    assert_whole(home)


@pytest.mark.slow
def test_a_file_100_times_as_large_is_read_in_bounds_and_held_by_its_volume(home: Path) -> None:
    before = live_state(home)
    path, rows = _grow(home)
    said, peak = _bounded_run(home, "500MB")
    assert said.startswith("error: blocked") and "usage usage_daily" in said and "--accept" in said, said
    assert peak < 650_000_000, f"{peak / 1e6:.0f} MB"
    assert live_state(home) == before
    run_pipeline(home, accept="a year of history was loaded")
    read = query(home, f"select rows_read from quality.source_files where path = 'usage/{path.name}'")
    assert read["rows_read"].tolist() == [rows]
    assert one(home, "select accept_reason from history.runs where accept_reason is not null")
