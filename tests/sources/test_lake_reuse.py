"""The lake: unchanged files are not read again, and half-written entries never count."""

from __future__ import annotations

import gc
import json
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from landing_folder import ACCOUNTS, Landing

from icp_pipeline.sources import lake, store
from icp_pipeline.sources.declared.plan import FieldRequest, ReadPlan
from icp_pipeline.sources.lake import land
from icp_pipeline.sources.memory import give_back


def test_an_unchanged_folder_is_not_parsed_and_gives_the_same_files(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    landing.put("usage/t.csv", "id,event,timestamp,user_id\n1,x,2026-01-01T00:00:00Z,u\n")
    first = landing.land().state
    assert landing.parsed() == {"salesforce/Account.csv", "usage/t.csv"}
    second = landing.land().state
    assert landing.parsed() == set()
    assert first is not None and second is not None and first.parquet == second.parquet
    assert first.rejects.equals(second.rejects)


def test_an_unchanged_file_is_not_even_hashed(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    path = landing.put("salesforce/Account.csv", ACCOUNTS)
    landing.land()
    opened, really_open = [], Path.open

    def watched(self: Path, *args: Any, **rest: Any) -> Any:
        opened.append(self)
        return really_open(self, *args, **rest)

    monkeypatch.setattr(Path, "open", watched)
    landing.land()
    assert opened and path not in opened


def test_a_file_touched_but_not_changed_is_hashed_and_reused(landing: Landing) -> None:
    path = landing.put("salesforce/Account.csv", ACCOUNTS)
    landing.land()
    os.utime(path, ns=(1, 1))
    assert landing.land().parsed() == set()


def test_only_the_changed_file_is_parsed(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    landing.put("zendesk/t.csv", "Id,Created at\n1,2026-01-01\n")
    landing.land()
    landing.put("zendesk/t.csv", "Id,Created at\n1,2026-01-02\n")
    landing.land()
    assert landing.parsed() == {"zendesk/t.csv"}
    assert landing.rows("ticket", "created_at") == ["2026-01-02 00:00:00"]


def test_a_file_that_vanished_is_not_there(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    path = landing.put("zendesk/t.csv", "Id,Created at\n1,2026-01-01\n")
    landing.land()
    path.unlink()
    assert landing.land().rows("ticket") == []


def test_other_columns_asked_for_read_the_file_again(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", "Id,Name,Website,Tier__c\n001Hs00004kXyZa,A,a.example,Gold\n")
    landing.land()
    plan = ReadPlan(fields=(FieldRequest("tier", "salesforce_account", "Tier__c", "categorical"),))
    assert landing.land(plan).rows("field_values", "value") == ["Gold"]
    landing.land()
    assert landing.parsed() == set()


def test_a_changed_reader_reads_again(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    landing.land()
    monkeypatch.setattr(store, "reader_version", lambda: "another")
    told: list[str] = []
    assert {file.path for file in land(landing.folder, landing.lake, ReadPlan(), told.append).files if file.parsed} == {
        "salesforce/Account.csv"
    }
    assert told[-1] == "1 unchanged file read again: settings or the release changed"


def test_leftovers_of_a_killed_run_are_removed_and_never_used(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    landing.land()
    entry = next(path for path in (landing.lake / "files").iterdir())
    leftover = entry.with_name(f"unfinished-{entry.name}-1")
    entry.rename(leftover)
    (leftover / "about.json").unlink()
    assert landing.land().parsed() == {"salesforce/Account.csv"}
    assert not leftover.exists()


def test_a_lake_that_was_deleted_or_damaged_is_built_again(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS)
    landing.land()
    for about in (landing.lake / "files").glob("*/about.json"):
        about.write_text("{")
    (landing.lake / "index.json").write_text("not json")
    assert landing.land().parsed() == {"salesforce/Account.csv"}


def test_a_file_that_changes_while_it_is_read_is_held(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    path = landing.put("salesforce/Account.csv", ACCOUNTS)
    commit = store.Store.begin

    def begin(self: store.Store, key: str) -> Path:
        path.write_text(ACCOUNTS + "001Hs00004kXyZb,B,b.example\n")
        return commit(self, key)

    monkeypatch.setattr(store.Store, "begin", begin)
    assert "it changed while being read" in landing.held()


def test_row_order_and_file_order_do_not_change_the_rows(new_landing: Callable[[str], Landing]) -> None:
    lines = [f"001Hs00004kXyZ{letter},N{letter},{letter}.example\n" for letter in "abcdef"]
    one, two = new_landing("one"), new_landing("two")
    one.put("salesforce/Account.csv", "Id,Name,Website\n" + "".join(lines))
    two.put("salesforce/Account.csv", "Id,Name,Website\n" + "".join(reversed(lines)))

    def known(landing: Landing) -> list[str]:
        return sorted(
            json.dumps(row) for row in landing.land().rows("salesforce_account", "id", "name", "website_domain")
        )

    assert known(one) == known(two)


def test_progress_prints_the_accounting(landing: Landing) -> None:
    landing.put("salesforce/Account.csv", ACCOUNTS + ",x,y.example\n")
    told: list[str] = []
    land(landing.folder, landing.lake, ReadPlan(), told.append)
    land(landing.folder, landing.lake, ReadPlan(), told.append)
    assert told == [
        "salesforce/Account.csv: 2 read = 1 loaded + 1 rejected",
        "salesforce/Account.csv: 2 read = 1 loaded + 1 rejected (unchanged)",
    ]


def test_each_large_file_and_landing_as_a_whole_give_memory_back(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python looks for unused objects so rarely in a run that memory grew from one file of events to the next."""
    given: list[str] = []
    monkeypatch.setattr(lake, "give_back", lambda: given.append("back"))
    monkeypatch.setattr(lake, "_LARGE_BYTES", 1_000)
    for number in (1, 2):
        lines = "".join(f"{number}{row},x,2026-01-01T00:00:00Z,u\n" for row in range(100))
        landing.put(f"usage/t{number}.csv", f"id,event,timestamp,user_id\n{lines}")
    landing.land()
    assert len(given) == 2 + 1
    landing.land()
    assert len(given) == 3, "what the lake has takes no memory"


def test_what_only_holds_itself_is_given_back_where_python_does_not_look_for_it() -> None:
    class Held:
        pass

    gc.disable()
    try:
        held = Held()
        held.itself = held  # type: ignore[attr-defined]
        seen = weakref.ref(held)
        del held
        assert seen() is not None
        give_back()
        assert seen() is None
    finally:
        gc.enable()
