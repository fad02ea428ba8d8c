"""A row, an account or a rejected line is lost or doubled on its way: the run stops before it publishes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from end_to_end.pipeline_runs import live_state, run_pipeline
from fault_runs import assert_as_never_broken
from orchestration.published_homes import models_with

from icp_pipeline.errors import CheckError
from icp_pipeline.home import Home
from icp_pipeline.run import accounting
from icp_pipeline.run.session import Request, Run

Breaks = Callable[[Path], object]


def _first_lost(rows: pa.Table) -> pa.Table:
    return rows.slice(1)


def _first_twice(rows: pa.Table) -> pa.Table:
    return pa.concat_tables([rows.slice(0, 1), rows])


def _lake_file(home: Path, landed: str, kind: str) -> Path:
    """The Parquet file in the lake for a landed file's current content."""
    index = json.loads((home / "lake" / "index.json").read_text(encoding="utf-8"))
    for about in (home / "lake" / "files").glob("*/about.json"):
        said = json.loads(about.read_text(encoding="utf-8"))
        if said["path"] == landed and said["sha256"] == index[landed]["sha256"]:
            return about.parent / f"{kind}.parquet"
    pytest.fail(f"the lake has nothing of {landed}")


def _in_the_lake(landed: str, kind: str, change: Callable[[pa.Table], pa.Table]) -> Breaks:
    """Change a file between landing and staging."""

    def break_it(home: Path) -> None:
        file = _lake_file(home, landed, kind)
        rows = pq.read_table(file)
        pq.write_table(change(rows), file)

    return break_it


def _a_reader_that(landed: str, kind: str, **off_by: int) -> Breaks:
    """A reader with a wrong count, which the run relies on."""

    def break_it(home: Path) -> None:
        about = _lake_file(home, landed, kind).with_name("about.json")
        said: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
        about.write_text(json.dumps(said | {name: said[name] + by for name, by in off_by.items()}), encoding="utf-8")

    return break_it


def _refused(home: Path, message: str) -> None:
    """The run says so in one line, and the live version stays, byte for byte."""
    before = live_state(home)
    with pytest.raises(CheckError, match=message) as refused:
        run_pipeline(home)
    assert "Nothing was published; the last version stays live." in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert live_state(home) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        pytest.param(
            _in_the_lake(f"salesforce/{name}.csv", kind, change),
            rf"^salesforce/{name}\.csv: lines loaded and rows in the lake differ: .*delete the folder lake/",
            id=f"{name} {what}",
        )
        for name, kind in (("Account", "salesforce_account"), ("OpportunityHistory", "salesforce_opportunity_history"))
        for what, change in (("row lost", _first_lost), ("row twice", _first_twice))
    ]
    + [
        pytest.param(
            _in_the_lake("zendesk/tickets.csv", "ticket", lambda rows: rows.slice(0, 0)),
            r"^zendesk/tickets\.csv: lines loaded and rows in the lake differ: [\d,]+ and 0\.",
            id="every ticket lost",
        ),
        pytest.param(
            _a_reader_that("salesforce/Account.csv", "salesforce_account", rows_loaded=-1),
            r"^salesforce/Account\.csv: lines read and lines loaded \+ rejected differ: .*report it",
            id="a line neither loaded nor rejected",
        ),
        pytest.param(
            _a_reader_that("salesforce/Account.csv", "salesforce_account", rows_read=1, rows_rejected=1),
            r"^salesforce/Account\.csv: lines rejected and rows of quality\.rejected_rows differ: .*report it",
            id="a rejected line without a reason",
        ),
    ],
)
def test_a_row_that_disappears_or_doubles_before_staging(
    break_it: Breaks, message: str, home: Path, clean: Path
) -> None:
    run_pipeline(home)
    break_it(home)
    _refused(home, message)
    _mend(home)
    run_pipeline(home)
    assert_as_never_broken(home, clean)


def _mend(home: Path) -> None:
    """Do what the message says; a reader that counts wrongly is fixed by a new release, which reads all files again."""
    (home / "lake").rename(home / "lake_of_yesterday")


# The first account by id is missing, or there twice, in a model's last SELECT.
_ACCOUNTS_END = "left join core.account_relationships as relationships on facts.account_id = relationships.account_id"
_TIERS_END = "    on relationships.relationship = actions.relationship and decided.tier = actions.tier"
_COPIES = "inner join (select 1 as n union all select 2 as n) as copies"


def _lost(end: str, rows: str) -> tuple[str, str]:
    return end, f"{end}\nwhere {rows}.account_id <> (select min(account_id) from {rows})"


def _twice(end: str, rows: str) -> tuple[str, str]:
    first = f"inner join (select min(account_id) as first_id from {rows}) as firsts on true"
    return end, f"{end}\n{first}\n{_COPIES}\n    on copies.n = 1 or {rows}.account_id = firsts.first_id"


_RECORD_LOST = ("from records", "from records\nwhere record_id <> (select min(record_id) from records)")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edits", "message"),
    [
        pytest.param({"core__accounts": _lost(_ACCOUNTS_END, "facts")}, r"core\.account", id="an account lost"),
        pytest.param(
            {"core__accounts": _twice(_ACCOUNTS_END, "facts")},
            r"core\.accounts\.account_id: unique",
            id="an account twice",
        ),
        pytest.param({"core__account_records": _RECORD_LOST}, r"core\.|quality\.", id="a CRM record lost"),
        pytest.param(
            {"icp__account_tiers": _lost(_TIERS_END, "decided")},
            r"icp\.account_tiers\.\w+: same_count_as",
            id="an ICP loses an account",
        ),
        pytest.param(
            {"icp__account_tiers": _twice(_TIERS_END, "decided")}, r"icp\.account_tiers", id="an ICP doubles an account"
        ),
    ],
)
def test_a_model_that_loses_or_doubles_an_account(
    edits: dict[str, tuple[str, str]], message: str, home: Path, clean: Path, tmp_path: Path
) -> None:
    (tmp_path / "edited").mkdir()
    with models_with(tmp_path / "edited", **edits):
        _refused(home, message)
    run_pipeline(home)
    assert_as_never_broken(home, clean)


# For each reconciliation, a change that it must notice although all checks of the models have passed.
_BEHIND_ITS_BACK = {
    "lines read and lines loaded + rejected": "update quality.source_files set rows_read = rows_read + 1",
    "lines loaded and rows in the lake": """
        update quality.source_files set rows_loaded = rows_loaded + 1, rows_read = rows_read + 1
        where table_name = 'ticket'
    """,
    "lines rejected and rows of quality.rejected_rows": "delete from quality.rejected_rows",
    "account rows loaded and account rows in quality.account_balance": """
        delete from quality.account_balance where outcome = 'merged'
    """,
    "account records and records of core.accounts": """
        delete from core.account_records where record_id = (select min(record_id) from core.account_records)
    """,
    "accounts and accounts tiered + unscored + outside the filter": """
        delete from icp.account_tiers where account_id = (select max(account_id) from icp.account_tiers)
    """,
    "events loaded without duplicates and events in the lake": """
        update staging.usage_daily set events = events + 1
        where usage_date = (select max(usage_date) from staging.usage_daily)
    """,
}


@pytest.mark.slow
def test_every_book_stops_a_run_by_itself(home: Path) -> None:
    run_pipeline(home)
    with Run(Home(home), "29991231_000000_behind", Request(starts_from_live=True)) as run:
        run.open()
        assert set(_BEHIND_ITS_BACK) == set(accounting._books(run))
        accounting.account_for_everything(run)
        for name, change in _BEHIND_ITS_BACK.items():
            run.build.execute("begin")
            run.build.execute(change)
            with pytest.raises(CheckError) as refused:
                accounting.account_for_everything(run)
            assert f": {name} differ: " in str(refused.value)
            run.build.execute("rollback")
            accounting.account_for_everything(run)
