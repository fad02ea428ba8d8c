"""Later runs read only what changed, and reading a file again gives the same rows."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline_runs import add_rows, copy_home, exports, one, put, run_pipeline, table_text

NEW_DAY = "usage/tracks_2026-11.csv"
TRACKS = (
    "id,received_at,timestamp,event,event_text,user_id,anonymous_id,context_group_id\n"
    "new-1,2026-11-20T10:00:00Z,2026-11-20T10:00:00Z,login,Login,u_1,,acct_new\n"
)


def test_nothing_changed_and_nothing_is_parsed(copied: Path) -> None:
    assert run_pipeline(copied).parsed == set()
    before = exports(copied)
    # A new file time is not a change.
    os.utime(copied / "landing" / "salesforce" / "Account.csv", (1, 1))
    assert run_pipeline(copied).parsed == set()
    assert exports(copied) == before


def test_one_new_file_is_the_only_one_parsed(copied: Path) -> None:
    put(copied, NEW_DAY, TRACKS)
    events = one(copied, "select events from core.usage_mapping")
    assert run_pipeline(copied).parsed == {NEW_DAY}
    assert one(copied, "select events from core.usage_mapping") == events + 1


def test_one_changed_file_is_the_only_one_parsed_and_its_old_rows_are_gone(copied: Path) -> None:
    path = copied / "landing" / "triggers" / "events.csv"
    before = one(copied, "select count(*) from core.account_triggers")
    account = one(copied, "select domain from core.accounts where domain is not null order by domain limit 1")
    add_rows(path, {"account": account, "trigger": "new_executive", "happened_on": "2026-11-19"})
    assert run_pipeline(copied).parsed == {"triggers/events.csv"}
    assert one(copied, "select count(*) from core.account_triggers") == before + 1


def test_a_new_attribute_reads_only_the_files_it_stands_in(copied: Path) -> None:
    settings = copied / "icp.yaml"
    text = settings.read_text(encoding="utf-8")
    line = "  billing_state: {field: salesforce.account.BillingState, type: categorical}\n"
    settings.write_text(text.replace("attributes:\n", "attributes:\n" + line, 1), encoding="utf-8")
    # Interviews are checked against attribute names, so they are read again too.
    assert {path.split("/")[0] for path in run_pipeline(copied).parsed} == {"salesforce", "voice"}
    assert one(copied, "select count(*) from core.account_attributes where attribute = 'billing_state'") > 0


def test_settings_that_concern_no_file_read_none(copied: Path) -> None:
    settings = copied / "icp.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("best_share: 0.2", "best_share: 0.25"), encoding="utf-8")
    assert run_pipeline(copied, accept="other shares").parsed == set()


def test_a_deleted_lake_is_rebuilt_to_the_same_result(small: Path, tmp_path: Path) -> None:
    kept, lost = copy_home(small, tmp_path / "kept"), copy_home(small, tmp_path / "lost")
    shutil.rmtree(lost / "lake")
    run_pipeline(kept)
    landed = {path.relative_to(lost / "landing").as_posix() for path in (lost / "landing").rglob("*") if path.is_file()}
    assert run_pipeline(lost).parsed == landed
    assert exports(kept) == exports(lost)
    for table in ("core.accounts", "core.account_usage_daily", "outcomes.customer_scores", "quality.rejected_rows"):
        assert table_text(kept, table) == table_text(lost, table)
