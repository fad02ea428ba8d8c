"""Full exports pile up in a folder; a record deleted in the CRM between two of them is deleted here too (F56)."""

from __future__ import annotations

import os
from pathlib import Path

from end_to_end.pipeline_runs import copy_home, read_rows, run_pipeline, values, write_rows


def test_accounts_that_were_deleted_between_two_full_exports_are_gone(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    first = home / "landing" / "salesforce" / "Account.csv"
    header, rows = read_rows(first)
    only_there = values(
        home,
        "select salesforce_account_id from core.accounts where salesforce_account_id is not null "
        "and hubspot_company_id is null order by 1 limit 5",
    )
    deleted = {record[:15] for record in only_there}
    assert len(deleted) == 5
    newer = first.with_name("Account_2026-11-22.csv")
    write_rows(newer, header, [row for row in rows if row[0][:15] not in deleted])
    later = first.stat().st_mtime + 86_400
    os.utime(newer, (later, later))
    # Twice the rows lie there now, but the older ones count no more: the guard finds nothing.
    run_pipeline(home)
    found = set(values(home, "select salesforce_account_id[:15] from core.accounts"))
    assert not deleted & found
    assert values(home, "select message[:9] from quality.warnings where code = 'REPLACED_FILE'") == ["5 records"]
    status = "select status from quality.source_files where table_name = 'salesforce_account' order by path"
    assert values(home, status) == ["replaced", "loaded"]
    in_exports = values(home, "select record_id from exports.changes where target = 'salesforce'")
    assert not deleted & {record[:15] for record in in_exports}
    # Half the rows are removed from landing, and none that counted.
    first.unlink()
    run_pipeline(home)
