"""What the CRM answered: failed records are sent again, accepted ones are not."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from export_frames import ACME, BETA, GONE

from icp_pipeline.activation.ack import mark_failed, read_ack
from icp_pipeline.activation.safe_cells import salesforce_id_18
from icp_pipeline.errors import SourceError


def acks(path: Path, content: str) -> list[tuple[str, str, bool, str]]:
    path.write_text(content, encoding="utf-8")
    return [tuple(row)[:4] for row in read_ack(path).itertuples(index=False)]


def days(path: Path, content: str, *scored_at: str) -> list[str]:
    path.write_text(content, encoding="utf-8")
    return read_ack(path, scored_at)["scored_at"].tolist()


def test_data_loader_success(tmp_path: Path) -> None:
    content = f'"ID","ICP_TIER__C","STATUS"\n"{ACME}","Tier 1","Item Updated"\n"{BETA[:15]}","Tier 2","Item Updated"\n'
    assert acks(tmp_path / "success112126.csv", content) == [
        ("salesforce", ACME, True, ""),
        ("salesforce", BETA, True, ""),
    ]


def test_data_loader_errors(tmp_path: Path) -> None:
    content = f'"ID","ICP_TIER__C","ERROR"\n"{ACME}","Tier 1","bad value for restricted picklist field:\nTier 1"\n'
    assert acks(tmp_path / "error112126.csv", content) == [
        ("salesforce", ACME, False, "bad value for restricted picklist field: Tier 1")
    ]


def test_bulk_api_results(tmp_path: Path) -> None:
    success = f'"sf__Id","sf__Created","Id","ICP_Tier__c"\n"{ACME}","false","{ACME}","Tier 1"\n'
    failed = f'"sf__Id","sf__Error",Id,ICP_Tier__c\n"","UNABLE_TO_LOCK_ROW:unable:--","{BETA}","Tier 2"\n'
    assert acks(tmp_path / "s.csv", success) == [("salesforce", ACME, True, "")]
    assert acks(tmp_path / "f.csv", "\ufeff" + failed) == [("salesforce", BETA, False, "UNABLE_TO_LOCK_ROW:unable:--")]


def test_hubspot_error_file(tmp_path: Path) -> None:
    content = "Record ID,ICP Status,Error Type,Error Message\n77,in_icp,INVALID_ENUM,no such option\n"
    assert acks(tmp_path / "errors.csv", content) == [("hubspot", "77", False, "no such option")]


def test_hubspot_errors_endpoint(tmp_path: Path) -> None:
    results = [
        {"errorType": "INVALID_ENUM", "errorMessage": "no option", "sourceData": {"rowData": ["77", "tier_1"]}},
        {"errorType": "NO_OBJECT_ID", "sourceData": {"rowData": ["78", ""]}},
    ]
    assert acks(tmp_path / "errors.json", json.dumps({"results": results})) == [
        ("hubspot", "77", False, "INVALID_ENUM: no option"),
        ("hubspot", "78", False, "NO_OBJECT_ID"),
    ]


def test_leads_and_contacts_are_told_from_accounts(tmp_path: Path) -> None:
    """By the start of a Salesforce Id, by a column that only our contacts file has, or by HubSpot's own word."""
    lead = salesforce_id_18("00QHs000012abcD")
    path = tmp_path / "file"
    for content, about in (
        (f'"ID","ICP_TIER__C","ERROR"\n"{lead}","Tier 1","locked"\n', "lead"),
        (f'"ID","ICP_TIER__C","ERROR"\n"{ACME}","Tier 1","locked"\n', "account"),
        ("Record ID,ICP Lead Tier,ICP Route,Error\n77,tier_1,ae,no such option\n", "lead"),
        ("Record ID,ICP Status,Error\n77,in_icp,no such option\n", "account"),
        ('{"results": [{"objectType": "CONTACT", "sourceData": {"rowData": ["77"]}}]}', "lead"),
        ('{"results": [{"sourceData": {"rowData": ["77"]}}]}', "account"),
    ):
        path.write_text(content, encoding="utf-8")
        assert read_ack(path)["about"].tolist() == [about]


def test_a_record_listed_twice_counts_once(tmp_path: Path) -> None:
    content = "Record ID,Error\n77,first\n77,second\n"
    assert acks(tmp_path / "errors.csv", content) == [("hubspot", "77", False, "second")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "found nothing"),
        ("Id,Name\nx,y\n", "found id, name"),
        ("ID,ERROR\nnot-an-id,broken\n", "line 2: no salesforce record id"),
        ("Record ID,Error\n12a,broken\n", "line 2: no hubspot record id"),
        ('ID,ERROR\n"001,x\n', "not CSV"),
        ("{}", "import errors endpoint"),
        ("[1]", "import errors endpoint"),
        ('{"results": [{"sourceData": {"rowData": []}}]}', "import errors endpoint"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceError, match=said):
        read_ack(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv: cannot be read"):
        read_ack(tmp_path / "gone.csv")


def test_the_day_comes_from_the_row_that_was_given(tmp_path: Path) -> None:
    loader = f'"ID","ICP_SCORED_AT__C","ERROR"\n"{ACME}","2026-11-20T00:00:00.000Z","locked"\n"{BETA}","","locked"\n'
    assert days(tmp_path / "error.csv", loader) == ["2026-11-20", ""]
    own_name = f'"ID","FIT_DAY__C","ERROR"\n"{ACME}","2026-11-20T00:00:00.000Z","locked"\n'
    assert days(tmp_path / "own.csv", own_name) == [""]
    assert days(tmp_path / "own.csv", own_name, "Fit_Day__c") == ["2026-11-20"]
    hubspot = "Record ID,ICP Status,ICP Scored At,Error\n77,in_icp,2026-11-20,no such option\n"
    assert days(tmp_path / "h.csv", hubspot) == ["2026-11-20"]
    row = {"errorType": "INVALID_ENUM", "sourceData": {"rowData": ["77", "tier_1", "in_icp", "9.5", "2026-11-20", "v"]}}
    assert days(tmp_path / "h.json", json.dumps({"results": [row]})) == ["2026-11-20"]


def test_columns_that_we_never_wrote_are_no_matter(tmp_path: Path) -> None:
    content = f'"ID","NAME","Überschrift","","OWNER.EMAIL","ERROR"\n"{ACME}","x","y","","z","locked"\n'
    assert acks(tmp_path / "error.csv", content) == [("salesforce", ACME, False, "locked")]


def tags(*rows: tuple[str, str, str | None, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["target", "record_id", "tier", "run_id"]).assign(score=50.0)


def failed(*records: tuple[str, str, bool], scored_at: str = "") -> pd.DataFrame:
    frame = pd.DataFrame(records, columns=["target", "record_id", "succeeded"])
    return frame.assign(reason="", scored_at=scored_at)


def tiers(marked: pd.DataFrame) -> list[str | None]:
    return [None if pd.isna(tier) else tier for tier in marked["tier"]]


def test_only_the_newest_tag_of_a_failed_record_becomes_unknown() -> None:
    given = tags(
        ("salesforce", ACME, "tier_3", "run-1"),
        ("salesforce", BETA, "tier_2", "run-1"),
        ("hubspot", ACME, "tier_1", "run-1"),
        ("salesforce", ACME, "tier_1", "run-2"),
        ("salesforce", GONE, "not_icp", "run-2"),
    )
    answered = failed(("salesforce", ACME, False), ("salesforce", BETA, True), ("salesforce", GONE, False))
    marked = mark_failed(given, answered)
    assert tiers(marked) == ["tier_3", "tier_2", "tier_1", None, None]
    assert marked["score"].isna().tolist() == [False, False, False, True, True]
    assert marked[["target", "record_id", "run_id"]].equals(given[["target", "record_id", "run_id"]])


def test_answers_about_nothing_we_gave_change_nothing() -> None:
    given = tags(("salesforce", ACME, "tier_1", "run-1"))
    assert mark_failed(given, failed(("salesforce", BETA, False))).equals(given)
    assert mark_failed(given, failed(("salesforce", ACME, True))).equals(given)
    assert mark_failed(given.head(0), failed(("salesforce", ACME, False))).empty


def test_a_later_answer_overrules_an_earlier_one() -> None:
    given = tags(("salesforce", ACME, "tier_1", "run-1"), ("salesforce", BETA, "tier_1", "run-1"))
    answered = failed(
        ("salesforce", ACME, False), ("salesforce", BETA, True), ("salesforce", ACME, True), ("salesforce", BETA, False)
    )
    assert tiers(mark_failed(given, answered)) == ["tier_1", None]


@pytest.mark.parametrize(
    ("scored_at", "left"),
    [("2026-11-19", "tier_1"), ("2026-11-20", None), ("2026-11-21", None), ("", None)],
    ids=["an older import", "the same day", "a later import of the same tags", "a file that does not say"],
)
def test_an_answer_about_an_older_import_says_nothing_about_newer_tags(scored_at: str, left: str | None) -> None:
    given = tags(("salesforce", ACME, "tier_3", "run-1"), ("salesforce", ACME, "tier_1", "run-2"))
    given["given_for"] = ["2026-11-19", "2026-11-20"]
    answered = failed(("salesforce", ACME, False), scored_at=scored_at)
    assert tiers(mark_failed(given, answered)) == ["tier_3", left]


def test_a_failed_row_leaves_the_tags_of_no_icp_known() -> None:
    """One row of the import file has the fields of all ICPs, whichever of them moved last."""
    tags = pd.DataFrame(
        [
            ("salesforce", ACME, None, "tier_2", 60.0, "run-1"),  # from before there could be several ICPs
            ("salesforce", ACME, "emea", "tier_1", 90.0, "run-2"),
            ("salesforce", ACME, "primary", "tier_1", 88.0, "run-3"),
            ("salesforce", BETA, "emea", "tier_3", 30.0, "run-3"),
        ],
        columns=["target", "record_id", "icp_id", "tier", "score", "run_id"],
    )
    failed = pd.DataFrame(
        [("salesforce", ACME, False, "", "")], columns=["target", "record_id", "succeeded", "reason", "scored_at"]
    )
    marked = mark_failed(tags, failed)
    assert marked["tier"].isna().tolist() == [False, True, True, False]
