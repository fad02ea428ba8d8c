"""Rollback moves warehouse, exports, ICP version and history together: twice, forward again, and when killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import copy_home, exports, live_state, one, query, run_pipeline, values
from fault_runs import assert_whole, environment

from icp_pipeline.errors import LockedError, PublishError
from icp_pipeline.home import Home
from icp_pipeline.run import live_version
from icp_pipeline.run.live_version import roll_back
from icp_pipeline.warehouse.lock import run_lock
from icp_pipeline.warehouse.versions import versions

LIVE_ICP = "select icp_version from history.icp_versions where status = 'live'"


@pytest.fixture(scope="session")
def promoted(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Three versions: as learned first, after a second refit, and after that version was promoted."""
    home = copy_home(scored, tmp_path_factory.mktemp("promoted") / "home")
    text = (home / "icp.yaml").read_text(encoding="utf-8").replace("_share: 0.2", "_share: 0.35")
    # Any move exceeds the guard, so what is learned waits for its promotion.
    (home / "icp.yaml").write_text(text.replace("tier_moves: 0.2", "tier_moves: 0.0001"), encoding="utf-8")
    run_pipeline(home, refit=True, accept="other shares")
    (home / "icp.yaml").write_text(text, encoding="utf-8")
    run_pipeline(home, promote="2026.11.2", accept="promotion")
    return home, [item.run_id for item in reversed(versions(home))]


def tiers(home: Path) -> dict[str, str]:
    return dict(query(home, "select account_id, tier from icp.account_tiers").itertuples(index=False))


@pytest.mark.slow
def test_everything_people_see_goes_back_and_forward_as_one(promoted: tuple[Path, list[str]], tmp_path: Path) -> None:
    home = copy_home(promoted[0], tmp_path / "home")
    first, second, third = promoted[1]
    seen = {third: live_state(home)}
    for target in (second, first, third, first):
        roll_back(Home(home), target)
        assert assert_whole(home) == target
        assert seen.setdefault(target, live_state(home)) == live_state(home)
        assert values(home, LIVE_ICP) == ["2026.11.2" if target == third else "2026.11.1"]
        assert [item.run_id for item in versions(home)] == [third, second, first]


@pytest.mark.slow
def test_after_going_back_the_next_run_scores_with_that_icp_and_history_forgets_nothing(
    promoted: tuple[Path, list[str]], tmp_path: Path
) -> None:
    """Otherwise the night after a rollback would undo it."""
    home = copy_home(promoted[0], tmp_path / "home")
    first, second, third = promoted[1]
    bad = tiers(home)
    given = query(home, "select * from history.crm_tags")
    roll_back(Home(home), second)
    good = tiers(home)
    assert good != bad
    fourth = run_pipeline(home).run_id
    assert assert_whole(home) == fourth
    assert values(home, LIVE_ICP) == ["2026.11.1"]
    assert values(home, "select status from history.icp_versions where icp_version = '2026.11.2'") == ["retired"]
    # Accounts near an edge may stay for a day where the version between had put them.
    differing = sum(tier != good[account] for account, tier in tiers(home).items())
    assert differing < sum(good[account] != bad[account] for account in good) / 2
    assert values(home, "select run_id from history.runs order by started_at") == [first, second, third, fourth]
    assert one(home, "select count(*) from history.crm_tags") > len(given)
    # And forward: a retired version can be promoted again.
    run_pipeline(home, promote="2026.11.2", accept="it was right after all")
    assert values(home, LIVE_ICP) == ["2026.11.2"]
    assert tiers(home) == bad


@pytest.mark.slow
def test_after_going_back_records_that_the_two_exports_give_other_tags_go_out_again(
    promoted: tuple[Path, list[str]], tmp_path: Path
) -> None:
    """Nobody knows which of the two was imported last, so neither is assumed."""
    home = copy_home(promoted[0], tmp_path / "home")
    second = promoted[1][1]

    def tags() -> dict[str, tuple[object, ...]]:
        rows = query(
            home, "select salesforce_account_id, tier, score, icp_version from exports.salesforce_account_update"
        )
        return {row[0]: tuple(str(cell) for cell in row[1:]) for row in rows.itertuples(index=False)}

    third_tags = tags()
    roll_back(Home(home), second)
    second_tags = tags()
    run_pipeline(home)
    listed = set(values(home, "select record_id from exports.changes where target = 'salesforce'"))
    unsure = {record for record in third_tags if third_tags[record] != second_tags[record]}
    wanted = tags()
    moved = {record for record in wanted if wanted[record] != third_tags[record]}
    never = {record for record in unsure if third_tags[record][0] == second_tags[record][0] == "unscored"}
    assert unsure - never and listed - never == (unsure | moved) - never
    # The run after has nothing more to report.
    run_pipeline(home)
    assert one(home, "select count(*) from exports.changes") == 0


@pytest.mark.slow
def test_as_many_versions_are_kept_as_the_settings_say_and_the_live_one_always(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    text = (home / "icp.yaml").read_text(encoding="utf-8")
    (home / "icp.yaml").write_text(text.replace("versions: 14", "versions: 2"), encoding="utf-8")
    first = assert_whole(home)
    second = run_pipeline(home).run_id
    roll_back(Home(home), first)
    third = run_pipeline(home).run_id
    kept = [item.run_id for item in versions(home)]
    assert kept == [third, second]
    assert sorted(path.name for path in (home / "exports").iterdir() if path.name != "latest") == sorted(kept)
    with pytest.raises(PublishError, match=f"no published version '{first}'. Known versions: {third}, {second}"):
        roll_back(Home(home), first)
    assert roll_back(Home(home), second) and assert_whole(home) == second


KILLED = """
import os, signal, sys
from pathlib import Path
from icp_pipeline.home import Home
from icp_pipeline.run import live_version
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
owner, name = (live_version.warehouse, "rollback") if sys.argv[3] == "before" else (live_version.exports, "flip_latest")
setattr(owner, name, die)
live_version.roll_back(Home(Path(sys.argv[1])), sys.argv[2])
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "between"])
def test_a_rollback_that_is_killed_is_ended_by_the_next_start(
    moment: str, promoted: tuple[Path, list[str]], tmp_path: Path
) -> None:
    home = copy_home(promoted[0], tmp_path / "home")
    first, _, third = promoted[1]
    before = exports(home)
    command = [sys.executable, "-c", KILLED, str(home), first, moment]
    done = subprocess.run(command, check=False, env=environment())
    assert done.returncode == -signal.SIGKILL
    shown = (home / "warehouse" / "icp.duckdb").resolve().stem.removeprefix("icp_")
    assert shown == (third if moment == "before" else first)
    assert exports(home) == before
    if moment == "between":
        assert live_version.repair(Home(home)) is not None
        assert assert_whole(home) == first
    # Neither the lock nor anything else is left of it.
    roll_back(Home(home), first)
    assert assert_whole(home) == first
    run_pipeline(home)
    assert values(home, LIVE_ICP) == ["2026.11.1"]


def test_a_rollback_waits_for_a_run_and_names_it(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = assert_whole(published)
    impatient = lambda home, what: run_lock(home, what, 0.2)  # noqa: E731
    monkeypatch.setattr(live_version, "run_lock", impatient)
    with run_lock(published, "20261122_030000_nightly"), pytest.raises(LockedError, match="20261122_030000_nightly"):
        roll_back(Home(published), run)
    assert assert_whole(published) == run
