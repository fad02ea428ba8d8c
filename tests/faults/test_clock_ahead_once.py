"""A clock that was ahead for one run hides nothing afterwards: the order is that of publication (F53)."""

from __future__ import annotations

import datetime
import types
from pathlib import Path

import duckdb
import pytest
from end_to_end.pipeline_runs import copy_home, query, read_rows, run_pipeline, values, write_rows

from icp_pipeline.home import Home
from icp_pipeline.run import session
from icp_pipeline.terminal.diff import read_diff
from icp_pipeline.terminal.live import live
from icp_pipeline.terminal.run_summary import read_summary
from icp_pipeline.terminal.scorecard import read_scorecard
from icp_pipeline.warehouse.versions import newest

TIERS = "select account_id, tier from icp.account_tiers where icp_id = 'primary'"
SUITED = "select segment from icp.criteria where points > 0 and attribute = 'industry' order by points desc limit 1"


class _Ahead(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return datetime.datetime.now(tz) + datetime.timedelta(days=3)


def run_ahead(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run while the clock is three days ahead."""
    names = {name: getattr(datetime, name) for name in dir(datetime) if not name.startswith("__")}
    with monkeypatch.context() as patched:
        patched.setattr(session, "datetime", types.SimpleNamespace(**names | {"datetime": _Ahead}))
        return run_pipeline(home, accept="the clock is ahead").run_id


def improved(home: Path) -> None:
    """Some accounts that fit badly get the traits of the ICP."""
    path = home / "landing" / "salesforce" / "Account.csv"
    header, rows = read_rows(path)
    names = [name.upper() for name in header]
    industry, employees = names.index("INDUSTRY"), names.index("NUMBEROFEMPLOYEES")
    chosen = set(values(home, "select salesforce_account_id[:15] from icp.account_tiers inner join core.accounts "
                              "using (account_id) where tier in ('tier_3', 'not_icp') and not is_customer "
                              "and salesforce_account_id is not null order by 1 limit 60"))  # fmt: skip
    wanted = values(home, SUITED)[0]
    for row in rows:
        if row[0][:15] in chosen:
            row[industry], row[employees] = wanted, "300"
    write_rows(path, header, rows)


def tiers(home: Path) -> dict[str, str]:
    return dict(query(home, TIERS).itertuples(index=False))


@pytest.mark.slow
def test_after_a_run_with_the_clock_ahead_every_change_is_told(
    scored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copy_home(scored, tmp_path / "home")
    accounts = home / "landing" / "salesforce" / "Account.csv"
    first, before = values(home, "select run_id from history.runs")[0], tiers(home)
    original = accounts.read_bytes()
    improved(home)
    better = accounts.read_bytes()
    second = run_ahead(home, monkeypatch)
    moved = {account for account, tier in tiers(home).items() if tier != before[account]}
    assert moved, "the improved accounts have another tier"
    accounts.write_bytes(original)
    third = run_pipeline(home, accept="as it was").run_id
    # Those near an edge may stay for a day where the run before had put them.
    between = tiers(home)
    back = {account for account in moved if between[account] == before[account]}
    assert back
    accounts.write_bytes(better)
    fourth = run_pipeline(home, accept="and again").run_id
    moved = {account for account, tier in tiers(home).items() if tier != between[account]}
    assert back <= moved

    # The CRM was last given the tiers of the third run, so each of these goes out again.
    listed = set(values(home, "select account_id from exports.changes where icp_id = 'primary'"))
    assert moved <= listed
    assert values(home, "select run_id from history.runs order by sequence") == [first, second, third, fourth]
    assert (newest(home) or pytest.fail()).sequence == 4
    assert read_summary(Home(home))["run"]["run_id"] == fourth
    told = read_diff(Home(home), None)
    assert (told["from"]["run_id"], told["to"]["run_id"]) == (third, fourth)
    assert {row["account_id"] for row in told["accounts"]} == moved
    with live(Home(home)) as connection:
        card = read_scorecard(connection, min(back), "primary")
    assert [row["run_id"] for row in card["history"]] == [fourth, third, second, first]
    now = dict(query(home, "select account_id, tier from icp.tier_intervals where icp_id = 'primary' "
                           "and taken_on is null").itertuples(index=False))  # fmt: skip
    # Intervals are of the runs before: the last of them for that day was the third.
    assert {account: now[account] for account in moved} == {account: between[account] for account in moved}


def test_a_file_of_an_older_release_is_read_in_the_order_of_its_runs(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    path = (home / "warehouse" / "icp.duckdb").resolve()
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table history.runs drop column sequence")
        connection.execute(
            "insert into history.runs by name select * replace ('later' as run_id, started_at - interval 5 day as "
            "started_at) from history.runs"
        )
    assert read_diff(Home(home), None)["to"]["run_id"] == "later"
    assert read_summary(Home(home))["run"]["run_id"] == "later"
