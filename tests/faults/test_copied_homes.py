"""A home that was copied with its links lost or followed is still the same home (F51, F52)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import copy_home, read_rows, run_pipeline, values, write_rows
from fault_runs import assert_whole
from orchestration.published_homes import icp

from icp_pipeline.errors import PublishError
from icp_pipeline.home import Home
from icp_pipeline.run.dry_run import copy_of, rehearse
from icp_pipeline.run.guards import HeldError
from icp_pipeline.run.live_version import refuse_lost, repair, roll_back
from icp_pipeline.run.session import Run

pytestmark = pytest.mark.slow

RUNS = "select run_id from history.runs order by sequence"


def copied(published: Path, target: Path, way: str) -> Path:
    """As scp and zip (links followed) or rsync without -l (links dropped) leave it."""
    shutil.copytree(published, target, symlinks=way == "dropped")
    for link in (target / "warehouse" / "icp.duckdb", target / "exports" / "latest"):
        if way == "dropped":
            link.unlink()
        assert not link.is_symlink()
    return target


@pytest.mark.parametrize("way", ["followed", "dropped"])
def test_a_copied_home_is_guarded_and_goes_on_with_its_history(way: str, published: Path, tmp_path: Path) -> None:
    home = copied(published, tmp_path / "home", way)
    first = assert_whole(published)
    accounts = home / "landing" / "salesforce" / "Account.csv"
    header, rows = read_rows(accounts)
    write_rows(accounts, header, rows[: len(rows) // 4])
    with pytest.raises(HeldError, match="160 rows before, 40 now"):
        run_pipeline(home)
    # The blocked run has restored the links, and they show what was published before.
    assert assert_whole(home) == first
    write_rows(accounts, header, rows)
    second = run_pipeline(home).run_id
    assert assert_whole(home) == second
    assert values(home, RUNS) == [first, second]
    assert sorted(path.name for path in (home / "exports").iterdir()) == sorted([first, second, "latest"])


@pytest.mark.parametrize("way", ["followed", "dropped"])
def test_commands_read_a_copied_home_and_say_what_became_of_its_link(way: str, published: Path, tmp_path: Path) -> None:
    home = copied(published, tmp_path / "home", way)
    account = values(published, "select account_id from core.accounts order by 1 limit 1")[0]
    for command in (("versions",), ("diff",), ("explain", account)):
        said = icp(*command, "--home", home)
        assert (said.code, said.out) == (0, icp(*command, "--home", published).out)
        assert said.err.startswith("note: ") and "icp.duckdb was " in said.err and said.err.count("\n") == 1
    assert rehearse(Home(home), None)["held_because"] == []


def test_a_home_that_was_restored_from_what_the_guide_says_to_back_up_goes_on(published: Path, tmp_path: Path) -> None:
    """Settings, vendors' exports and the newest version, restored elsewhere from a backup taken during a run."""
    home, restored = copy_home(published, tmp_path / "home"), tmp_path / "put back" / "home"
    first = values(home, RUNS)
    with Run(Home(home), "in_progress") as at_work:
        at_work.open()
        shutil.copytree(home / "landing", restored / "landing")
        shutil.copy(home / "icp.yaml", restored)
        versions = restored / "warehouse" / "versions"
        versions.mkdir(parents=True)
        newest = (home / "warehouse" / "icp.duckdb").resolve()
        for path in (newest, newest.with_suffix(".json")):
            shutil.copy2(path, versions)
        shutil.copytree(home / "warehouse" / "work", restored / "warehouse" / "work")
        shutil.copytree(home / "state", restored / "state")
    second = run_pipeline(restored).run_id
    assert assert_whole(restored) == second
    assert values(restored, RUNS) == [*first, second]
    assert not list((restored / "warehouse" / "work").glob("*in_progress*"))
    # Earlier exports were not backed up.
    with pytest.raises(PublishError, match="exports"):
        roll_back(Home(restored), first[-1])
    assert assert_whole(restored) == second


def test_a_rollback_mends_a_copied_home(published: Path, tmp_path: Path) -> None:
    run = assert_whole(published)
    home = copied(published, tmp_path / "home", "followed")
    roll_back(Home(home), run)
    assert assert_whole(home) == run


def test_an_export_that_was_changed_in_the_place_of_the_link_is_kept(published: Path, tmp_path: Path) -> None:
    home = copied(published, tmp_path / "home", "followed")
    changed = home / "exports" / "latest" / "accounts_review.csv"
    changed.chmod(0o644)
    changed.write_text("somebody's notes", encoding="utf-8")
    roll_back(Home(home), assert_whole(published))
    assert_whole(home)
    kept = home / "exports" / "latest.set-aside" / "accounts_review.csv"
    assert kept.read_text(encoding="utf-8") == "somebody's notes"


def without_warehouse(home: Path) -> None:
    """A backup of the exports only."""
    shutil.rmtree(home / "warehouse")


def without_warehouse_and_links(home: Path) -> None:
    """The same, with a tool that drops links."""
    without_warehouse(home)
    (home / "exports" / "latest").unlink()


def without_large_files(home: Path) -> None:
    """A backup that leaves out files above a certain size, and drops links."""
    shutil.rmtree(home / "exports")
    for database in (*(home / "warehouse").glob("*.duckdb"), *(home / "warehouse" / "versions").glob("*.duckdb")):
        database.unlink()


def with_the_live_file_alone(home: Path) -> None:
    """Only the file that analysts have open, without any notes."""
    shutil.rmtree(home / "exports")
    shutil.rmtree(home / "warehouse" / "versions")
    (home / "warehouse" / "icp.duckdb").unlink()


@pytest.mark.parametrize(
    "lose", [without_warehouse, without_warehouse_and_links, without_large_files, with_the_live_file_alone]
)
def test_a_home_whose_warehouse_was_not_copied_is_not_taken_for_an_empty_one(
    lose: Callable[[Path], None], published: Path, tmp_path: Path
) -> None:
    home = copy_home(published, tmp_path / "home")
    lose(home)
    for attempt in (lambda: run_pipeline(home), lambda: rehearse(Home(home), None)):
        with pytest.raises(PublishError, match="holds none of them: copy that folder too"):
            attempt()
    assert not (home / "warehouse" / "icp.duckdb").exists()


def test_a_first_run_that_died_before_it_published_is_no_sign_of_a_publication(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "warehouse" / "work").mkdir(parents=True)
    (tmp_path / "exports" / "a").mkdir(parents=True)
    (tmp_path / "exports" / "a" / "manifest.json").write_text("{}", encoding="utf-8")
    refuse_lost(home)


def test_a_dry_run_needs_no_copy_of_what_was_judged_before(tmp_path: Path) -> None:
    """A check page that another run is replacing, or that this user may not read, must not end it."""
    docs = tmp_path / "home" / "state" / "data_docs"
    docs.mkdir(parents=True)
    (docs / "gone.html").symlink_to("nowhere")
    (docs / "index.html").write_text("judged", encoding="utf-8")
    with copy_of(Home(tmp_path / "home")) as copy:
        assert (copy.state / "data_docs" / "index.html").read_text(encoding="utf-8") == "judged"


def test_an_empty_volume_in_the_place_of_the_warehouse_is_no_empty_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "warehouse" / "lost+found").mkdir(parents=True)
    (tmp_path / "exports" / "a").mkdir(parents=True)
    (tmp_path / "exports" / "a" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PublishError, match="holds none of them: copy that folder too"):
        refuse_lost(home)


@pytest.mark.parametrize("name", ["live.duckdb", "icp.duckdb"])
def test_one_of_the_two_names_alone_is_lost_or_followed(name: str, published: Path, tmp_path: Path) -> None:
    """Missing, stale, a file instead of a link, or a folder: the other name, or the newest version, decides."""
    first = assert_whole(published)
    for number, state in enumerate(("missing", "stale", "a file", "a folder")):
        home = copy_home(published, tmp_path / str(number))
        path = home / "warehouse" / name
        content = path.read_bytes()
        path.unlink()
        if state == "a folder":
            path.mkdir()
        elif state != "missing":
            path.write_bytes(content if state == "a file" else content[: len(content) // 2])
        repair(Home(home))
        assert assert_whole(home) == first
        assert (home / "warehouse" / "live.duckdb").read_bytes() == (home / "warehouse" / "icp.duckdb").read_bytes()
