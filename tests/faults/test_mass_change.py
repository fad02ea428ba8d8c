"""Changes that must not be published unseen: sources that shrank, grew or went stale, moved tiers, changed code (F41,
F42, F50)."""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import copy_home, live_state, one, query, read_rows, run_pipeline, values, write_rows
from fault_runs import assert_whole

from icp_pipeline.errors import SettingsError
from icp_pipeline.home import SQL, Home
from icp_pipeline.run import session as runs
from icp_pipeline.run.guards import HeldError
from icp_pipeline.run.session import Request, Run, new_run_id
from icp_pipeline.settings.load import load_settings


def held(home: Path, **asked: object) -> str:
    """The message of a run that must be blocked; the live version must stay."""
    before = live_state(home)
    with pytest.raises(HeldError) as refused:
        run_pipeline(home, **asked)
    assert live_state(home) == before
    message = str(refused.value)
    assert "--accept" in message and "\n" not in message
    return message


def accept(home: Path, message: str, why: str = "looked at it") -> None:
    """Publish the same change with `--accept`, and check what history records."""
    run = run_pipeline(home, accept=why).run_id
    row = query(home, f"select * from history.runs where run_id = '{run}'").iloc[0]
    assert row["accept_reason"] == why and row["accepted_by"]
    assert row["accepted_changes"] in message
    assert_whole(home)


def settings(home: Path, guards: str) -> None:
    """Guards other than the shipped ones."""
    path = home / "icp.yaml"
    text, found = re.subn(r"(?m)^guards:\n(?:  .*\n)+", f"guards: {{{guards}}}\n", path.read_text(encoding="utf-8"))
    assert found == 1
    path.write_text(text, encoding="utf-8")


def keep(path: Path, share: float) -> None:
    header, rows = read_rows(path)
    write_rows(path, header, rows[: round(len(rows) * share)])


@pytest.mark.slow
def test_a_source_that_shrank_is_held_at_its_threshold_and_not_before(published: Path, tmp_path: Path) -> None:
    path = Path("landing/zendesk")
    home = copy_home(published, tmp_path / "home")
    file = next((home / path).glob("*.csv"))
    keep(file, 0.6)
    run_pipeline(home)
    keep(file, 0.45)
    message = held(home)
    found = re.search(r"zendesk ticket: ([\d,]+) rows before, ([\d,]+) now \(-5\d%\)", message)
    assert found, message
    settings(home, "volume_drop: 0.7")
    run_pipeline(home)


@pytest.mark.slow
def test_a_source_that_doubled_is_held_and_can_be_accepted(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    file = next((home / "landing" / "nps").glob("*.csv"))
    shutil.copy(file, file.with_name("again.csv"))
    message = held(home)
    assert "nps survey_response" in message and "(+100%)" in message
    accept(home, message)
    # The accepted run is what the next run is compared with.
    run_pipeline(home)


@pytest.mark.slow
def test_a_source_that_is_gone_is_held(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    shutil.rmtree(home / "landing" / "stripe")
    assert "stripe subscription" in held(home) and "(-100%)" in held(home)


def _as_if_live(home: Path, *statements: str) -> None:
    """Change the live file itself, as though an earlier run had published that; checksums do not matter here."""
    import duckdb

    live = (home / "warehouse" / "icp.duckdb").resolve()
    live.chmod(0o644)
    with duckdb.connect(str(live)) as connection:
        for statement in statements:
            connection.execute(statement)
    live.chmod(0o444)


@pytest.mark.slow
def test_many_accounts_that_change_tier_are_held_with_the_largest_moves(scored: Path, tmp_path: Path) -> None:
    """Other bands: everything upstream is the same, and half of the market would change tier."""
    home = copy_home(scored, tmp_path / "home")
    text = (home / "icp.yaml").read_text(encoding="utf-8")
    assert "bands: {a: 1.8, b: 1.2, d: 0.5}" in text
    text = text.replace("bands: {a: 1.8, b: 1.2, d: 0.5}", "bands: {a: 9.0, b: 8.0, d: 1.9}")
    (home / "icp.yaml").write_text(text, encoding="utf-8")
    message = held(home)
    found = re.search(r"(\d+) of (\d+) accounts would change tier \((\d+)%\): (\w+ -> \w+ \d+)", message)
    assert found and int(found[1]) / int(found[2]) > 0.2, message
    accept(home, message, "new bands")


@pytest.mark.slow
def test_tier_1_accounts_that_would_be_lost_are_held_although_few_accounts_move(scored: Path, tmp_path: Path) -> None:
    """The best accounts disappear from the CRM's export: no remaining account changes tier."""
    home = copy_home(scored, tmp_path / "home")
    lowest = values(home, "select account_id from icp.account_tiers where tier = 'tier_3' order by 1 limit 25")
    listed = ", ".join(f"'{account}'" for account in lowest)
    _as_if_live(home, f"update icp.account_tiers set tier = 'tier_1' where account_id in ({listed})")
    settings(home, "tier_moves: 0.99, tier_moves_new_code: 0.99")
    message = held(home)
    assert re.search(r"\d+ of \d+ tier 1 accounts would lose it \(\d+%\)", message), message
    assert "change tier" not in message


def _aged(home: Path, source: str, days: int) -> None:
    """Every file of a source was last written this many days before the day of the runs."""
    at = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC) - datetime.timedelta(days=days)
    for path in (home / "landing" / source).iterdir():
        os.utime(path, (at.timestamp(), at.timestamp()))


@pytest.mark.slow
def test_a_source_that_went_stale_is_held_once_and_a_fresh_file_is_enough(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    _aged(home, "stripe", 14)
    run_pipeline(home)
    _aged(home, "stripe", 15)
    message = held(home)
    assert "stripe: its newest file is 15 days old (limit: 14)" in message
    # Nothing else is stale, and the guard blocks each night until somebody accepts.
    assert message.count("days old") == held(home).count("days old") == 1
    _aged(home, "stripe", 0)
    run_pipeline(home)
    _aged(home, "stripe", 30)
    accept(home, held(home), "billing was moved elsewhere")


@pytest.mark.slow
def test_one_source_may_be_older_than_the_others(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    settings(home, "stale_days: 7, stale_days_by_source: {builtwith: 45}")
    for source in ("builtwith", "nps"):
        _aged(home, source, 40)
    message = held(home)
    assert "nps: its newest file is 40 days old (limit: 7)" in message and "builtwith" not in message


@pytest.mark.slow
def test_a_list_kept_by_hand_may_be_old_and_may_shrink_but_not_vanish(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    _aged(home, "suppress", 400)
    run_pipeline(home)
    path = next((home / "landing" / "suppress").iterdir())
    keep(path, 0.2)
    run_pipeline(home)
    path.unlink()
    message = held(home)
    assert "suppress suppression: 3 rows before, 0 now (-100%)" in message
    accept(home, message, "the list is kept in the CRM now")


def test_a_source_that_does_not_exist_cannot_have_a_limit(tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text("guards: {stale_days_by_source: {builtwiht: 45}}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="'builtwiht' is not a source; known: builtwith"):
        load_settings(tmp_path)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Another release of the models: files of `sql/` changed (text to text), added (None to text) or removed (None)."""

    def make(**changes: tuple[str | None, str | None]) -> Path:
        sql = tmp_path / "release"
        shutil.rmtree(sql, ignore_errors=True)
        shutil.copytree(SQL, sql)
        for name, (old, new) in changes.items():
            path = sql.joinpath(*name.split("__")).with_suffix(".sql")
            if new is None:
                path.unlink()
            elif old is None:
                path.write_text(new, encoding="utf-8")
            else:
                text = path.read_text(encoding="utf-8")
                assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
                path.write_text(text.replace(old, new), encoding="utf-8")
        monkeypatch.setattr(runs, "SQL", sql)
        return sql

    return make


EXTRA = "-- One row.\nselect\n    -- A number. #not_null\n    1 as number\n"


@pytest.mark.slow
def test_tables_added_and_removed_between_releases(
    published: Path, tmp_path: Path, release: Callable[..., Path]
) -> None:
    """Inputs are unchanged, so the work file starts as a copy of the live one: old tables must not survive in it."""
    home = copy_home(published, tmp_path / "home")
    exists = "select count(*) from duckdb_tables() where schema_name = 'core' and table_name = 'extra'"
    release(core__extra=(None, EXTRA))
    run_pipeline(home)
    assert one(home, exists) == 1
    release()
    run_pipeline(home)
    assert one(home, exists) == 0
    assert one(home, "select count(distinct code_version) from history.runs") == 2


@pytest.mark.slow
def test_a_release_that_scores_otherwise_is_asked_for_and_one_that_does_not_is_not(
    scored: Path, tmp_path: Path, release: Callable[..., Path]
) -> None:
    """If every code change had to be accepted, people would stop reading the message."""
    home = copy_home(scored, tmp_path / "home")
    before = one(home, "select code_version from history.runs")
    otherwise = "    case decided.tier when 'not_icp' then 'tier_3' else decided.tier end as tier,\n"
    release(icp__account_tiers=("    decided.tier,\n", otherwise))
    moved = one(home, "select count(*) from icp.account_tiers where tier = 'not_icp'")
    total = one(home, "select count(*) from icp.account_tiers where tier <> 'unscored'")
    assert moved / total > 0.02
    settings(home, "tier_moves: 0.9")
    message = held(home)
    assert re.search(rf"the code is new \({re.escape(before)} -> \S+\)\): not_icp -> tier_3 \d+", message), message
    accept(home, message, "release notes read")
    versions = values(home, "select code_version from history.runs order by started_at")
    first, accepted = versions
    assert first == before != accepted


def test_nothing_is_too_much_before_the_first_publication(tmp_path: Path) -> None:
    from icp_pipeline.run.guards import mass_change

    run = Run(Home(tmp_path), new_run_id(datetime.datetime.now(datetime.UTC), "first"), Request())
    assert mass_change(run) == []
