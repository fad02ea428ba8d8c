"""The command itself, through Dagster and Great Expectations, as people run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from orchestration.published_homes import icp
from pipeline_runs import ROOT, exports, live_state, manifest, one, query, table_text

from icp_pipeline.sample.world_options import World
from icp_pipeline.sample.write import write_sample

ICP = Path(sys.executable).with_name("icp")


def _icp(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ICP_", "DAGSTER_"))}
    command = [str(ICP), *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=400)


def test_icp_run_publishes_what_the_stages_publish_and_reconciles_in_print(small: Path, tmp_path: Path) -> None:
    """Guards the other tests in this folder: the stages they run are those of the command."""
    home = tmp_path / "home"
    shutil.copytree(small / "landing", home / "landing")
    shutil.copy(small / "icp.yaml", home)
    done = _icp(home, "run")
    assert done.returncode == 0, done.stderr
    assert exports(home) == exports(small)
    assert manifest(home) == manifest(small)
    for table in ("core.accounts", "segments.segment_lift", "icp.criteria", "quality.rejected_rows"):
        assert table_text(home, table) == table_text(small, table), table
    read, loaded, rejected = query(
        home, "select sum(rows_read), sum(rows_loaded), sum(rows_rejected) from quality.source_files"
    ).iloc[0]
    assert read == loaded + rejected
    total = next(line for line in done.stdout.splitlines() if line.strip().startswith("all"))
    assert total.split()[-3:] == [f"{read:,.0f}", f"{loaded:,.0f}", f"{rejected:,.0f}"]
    assert (home / "state" / "data_docs" / "index.html").exists()


def test_a_held_file_is_one_clear_error_on_the_terminal(copied: Path) -> None:
    (copied / "landing" / "salesforce" / "Account.csv").write_bytes(b"")
    before = live_state(copied)
    done = _icp(copied, "run")
    assert done.returncode == 1
    assert "salesforce/Account.csv: empty file (0 bytes)" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert live_state(copied) == before


@pytest.mark.slow
def test_a_world_without_signal_is_a_success(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_sample(home, accounts=150, events=300, seed=5, world=World(signal=0))
    said = icp("run", "--home", home, "--as-of", "2026-11-21")
    assert said.code == 0, said.err
    assert "NO_SIGNAL" in said.out and "no criteria" in said.out
    assert one(home, "select count(*) from icp.account_tiers where tier <> 'unscored'") == 0
    refitted = icp("refit", "--home", home, "--as-of", "2026-11-21")
    assert refitted.code == 0, refitted.err
