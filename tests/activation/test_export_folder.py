"""An export folder is complete or absent, describes its contents, and is the same each time."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from export_frames import RUN, Frames, frames_of, write_exports

from icp_pipeline import duck
from icp_pipeline.activation import list_files
from icp_pipeline.activation.csv_files import WrittenFile
from icp_pipeline.activation.export_folders import flip_latest
from icp_pipeline.activation.manifest import read_manifest, verify
from icp_pipeline.activation.safe_cells import salesforce_id_18
from icp_pipeline.activation.target import ExportRun
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.errors import PublishError
from icp_pipeline.names import TableName
from icp_pipeline.run.publishing import CRM_TAGS

FILES = {
    "salesforce_account_update.csv",
    "salesforce_account_update.sdl",
    "hubspot_company_update.csv",
    "hubspot_import_mapping.json",
    "salesforce_account_changes.csv",
    "salesforce_lead_update.csv",
    "salesforce_lead_changes.csv",
    "hubspot_contact_update.csv",
    "hubspot_contact_changes.csv",
    "hubspot_company_changes.csv",
    "accounts_review.csv",
    "validation_sheet.csv",
    "interview_candidates.csv",
    "changes.csv",
    "audiences/README.md",
    "audiences/left_out_review.csv",
    *(
        f"audiences/{audience}/{file}.csv"
        for audience in ("tier_1", "exclusions")
        for file in ("sales_navigator_accounts_1", "apollo_accounts", "6sense_accounts", "domains")
    ),
}


def test_everything_is_forced_to_disk_before_the_folder_has_its_name(
    tmp_path: Path, frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: dict[int, bool] = {}
    force = os.fsync

    def noted(handle: int) -> None:
        forced.setdefault(os.fstat(handle).st_ino, (tmp_path / "out").exists())
        force(handle)

    monkeypatch.setattr(os, "fsync", noted)
    write_exports(frames, tmp_path / "out", RUN)
    inside = [tmp_path / "out", *(tmp_path / "out").rglob("*")]
    assert len(inside) > len(FILES)
    assert {forced.get(path.stat().st_ino) for path in inside} == {False}


def modes_of(folder: Path) -> set[tuple[bool, int]]:
    """Whether it is a folder, and its mode, of the folder and all that is in it."""
    return {(path.is_dir(), path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_export_can_be_read_under_any_umask_by_whoever_may_enter_the_folder_around_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_exports(frames_of(), tmp_path / "exports" / "r1", RUN)
    finally:
        os.umask(before)
    assert modes_of(tmp_path / "exports" / "r1") == {(True, 0o755), (False, 0o644)}
    assert (tmp_path / "exports").stat().st_mode & 0o777 == 0o700, "who may enter is not the run's to say"


def test_the_manifest_describes_every_file(exported: Path) -> None:
    manifest = json.loads((exported / "manifest.json").read_text())
    assert set(manifest["files"]) == FILES == files_of(exported) - {"manifest.json"}
    for name, facts in manifest["files"].items():
        content = (exported / name).read_bytes()
        assert (facts["sha256"], facts["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert manifest["files"]["salesforce_account_update.csv"]["rows"] == 4
    assert manifest["tiers"] == {"tier_1": 1, "tier_2": 1, "tier_3": 0, "not_icp": 1, "unscored": 1}
    assert (manifest["run_id"], manifest["as_of"], manifest["icp_version"]) == ("run-1", "2026-11-21", "2026.11.1")


def test_the_manifest_is_read_as_it_was_written(exported: Path) -> None:
    assert verify(exported) == read_manifest(exported)


@pytest.mark.parametrize("harm", ["truncate", "remove", "no manifest", "broken manifest", "odd manifest"])
def test_a_damaged_export_is_noticed(exported: Path, harm: str) -> None:
    file = exported / "hubspot_company_update.csv"
    if harm == "truncate":
        file.write_bytes(file.read_bytes()[:-1])
    elif harm == "remove":
        file.unlink()
    elif harm == "no manifest":
        (exported / "manifest.json").unlink()
    else:
        (exported / "manifest.json").write_text("{" if harm == "broken manifest" else '{"files": []}')
    with pytest.raises(PublishError, match=r"hubspot_company_update\.csv|manifest\.json"):
        verify(exported)


def test_the_same_frames_give_the_same_bytes(tmp_path: Path, frames: Frames) -> None:
    shuffled = {name: frame.sample(frac=1, random_state=7) for name, frame in frames.items()}
    write_exports(frames, tmp_path / "one", RUN)
    time.sleep(0.01)
    write_exports(shuffled, tmp_path / "two", RUN)
    for name in {*FILES, "manifest.json"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_another_run_differs_in_the_manifest_only(tmp_path: Path, frames: Frames) -> None:
    write_exports(frames, tmp_path / "one", RUN)
    write_exports(frames, tmp_path / "two", ExportRun("run-2", RUN.as_of, RUN.icp_version))
    differing = {
        name
        for name in {*FILES, "manifest.json"}
        if (tmp_path / "one" / name).read_bytes() != (tmp_path / "two" / name).read_bytes()
    }
    assert differing == {"manifest.json"}


def test_an_error_leaves_nothing_behind(tmp_path: Path, frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    real = list_files.write_rows

    def full_disk(path: Path, *arguments: Any) -> WrittenFile:
        if path.name == "changes.csv":
            raise OSError(28, "No space left on device")
        return real(path, *arguments)

    monkeypatch.setattr(list_files, "write_rows", full_disk)
    with pytest.raises(PublishError, match=r"No space left on device.*the last export stays live"):
        write_exports(frames, tmp_path / "exports" / "run-1", RUN)
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_repeated_step_replaces_its_own_folder_until_it_is_live(tmp_path: Path, frames: Frames) -> None:
    out = tmp_path / "exports" / "run-1"
    write_exports(frames, out, RUN)
    (out / "stray").touch()
    write_exports(frames, out, RUN)
    assert not (out / "stray").exists()
    flip_latest(tmp_path, "run-1")
    with pytest.raises(PublishError, match="already live"):
        write_exports(frames, out, RUN)
    verify(out)


def many(accounts: int) -> Frames:
    rows = [("Acme", salesforce_id_18(f"001Hs{n:010d}") or "", str(n + 1), "tier_2", n % 100) for n in range(accounts)]
    return frames_of(*rows)


WRITER = """
import pickle, resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from export_frames import rows_of
from icp_pipeline.activation import export, targets
from icp_pipeline.settings.crm_fields import CrmFields
frames, about = pickle.loads(Path(sys.argv[1]).read_bytes())
spool = Path(sys.argv[1]).with_name("spool")
spool.mkdir()
rows = rows_of(frames, targets.queries(CrmFields()), spool)
if limit := int(sys.argv[3]):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
export.write_exports(rows, Path(sys.argv[2]), about)
"""


def writer(tmp_path: Path, frames: Frames, limit: int = 0) -> subprocess.Popen[bytes]:
    pd.to_pickle((frames, RUN), tmp_path / "frames.pickle")
    places = [tmp_path / "frames.pickle", tmp_path / "exports" / "run-1", str(limit), Path(__file__).parent]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *map(str, places)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_killed_writer_leaves_no_folder_under_the_final_name(tmp_path: Path) -> None:
    frames = many(20_000)
    process = writer(tmp_path, frames)
    work = tmp_path / "exports" / ".run-1.partial"
    deadline = time.monotonic() + 60
    # As soon as the first file is there, delete the rest.
    while not any(work.glob("*.csv")) and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [".run-1.partial"]
    assert not (work / "manifest.json").exists()
    write_exports(frames, tmp_path / "exports" / "run-1", RUN)
    assert [path.name for path in (tmp_path / "exports").iterdir()] == ["run-1"]


def test_a_disk_that_really_refuses_is_named(tmp_path: Path) -> None:
    process = writer(tmp_path, many(2_000), limit=50_000)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert b"PublishError" in errors and b"run-1: the export cannot be written (File too large)" in errors
    assert list((tmp_path / "exports").iterdir()) == []


@pytest.fixture
def history(frames: Frames) -> Iterator[duck.Connection]:
    """A work file with the changes of one run; no CRM has received anything yet."""
    with duck.connect() as connection:
        connection.execute("create schema history")
        connection.execute("create schema exports")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in INPUTS[TableName("history", "crm_tags")].items())
        connection.execute(f"create table history.crm_tags ({columns})")
        connection.register("given", frames["exports.changes"])
        connection.execute("create table exports.changes as select * from given")
        yield connection


def test_the_crm_has_what_this_run_moved(history: duck.Connection) -> None:
    history.execute(CRM_TAGS, ["run-1"])
    found = history.execute("select target, tier, score, run_id from history.crm_tags").fetchall()
    assert [row[1] for row in found if row[0] == "salesforce"] == ["tier_1", "tier_2", "not_icp", "unscored"]
    assert len(found) == 8 and found[0][0] == "hubspot" and {row[3] for row in found} == {"run-1"}


def test_a_record_that_is_gone_is_noted_once(history: duck.Connection) -> None:
    history.execute("update exports.changes set new_tier = null, new_score = null where record_id = '100'")
    history.execute(CRM_TAGS, ["run-2"])
    gone = "select tier, score from history.crm_tags where record_id = '100'"
    assert history.execute(gone).fetchall() == [("gone", None)]
