"""What the CRM answered: failed records go out again, succeeded ones do not."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from export_frames import ACME, BETA, GONE

from icp_pipeline.activation.ack import forget_failed, read_ack
from icp_pipeline.errors import SourceError


def acks(path: Path, content: str) -> list[tuple[str, str, bool, str]]:
    path.write_text(content, encoding="utf-8")
    return [tuple(row) for row in read_ack(path).itertuples(index=False)]


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


def tags(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["target", "record_id", "tier", "run_id"])


def failed(*records: tuple[str, str, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(records, columns=["target", "record_id", "succeeded"])
    return frame.assign(reason="")


def test_only_the_newest_tag_of_a_failed_record_is_forgotten() -> None:
    given = tags(
        ("salesforce", ACME, "tier_3", "run-1"),
        ("salesforce", BETA, "tier_2", "run-1"),
        ("hubspot", ACME, "tier_1", "run-1"),
        ("salesforce", ACME, "tier_1", "run-2"),
        ("salesforce", GONE, "not_icp", "run-2"),
    )
    answered = failed(("salesforce", ACME, False), ("salesforce", BETA, True), ("salesforce", GONE, False))
    assert forget_failed(given, answered).to_dict("list") == {
        "target": ["salesforce", "salesforce", "hubspot"],
        "record_id": [ACME, BETA, ACME],
        "tier": ["tier_3", "tier_2", "tier_1"],
        "run_id": ["run-1", "run-1", "run-1"],
    }


def test_answers_about_nothing_we_gave_change_nothing() -> None:
    given = tags(("salesforce", ACME, "tier_1", "run-1"))
    assert forget_failed(given, failed(("salesforce", BETA, False))).equals(given)
    assert forget_failed(given, failed(("salesforce", ACME, True))).equals(given)
    assert forget_failed(given.head(0), failed(("salesforce", ACME, False))).empty


def test_a_later_answer_overrules_an_earlier_one() -> None:
    given = tags(("salesforce", ACME, "tier_1", "run-1"), ("salesforce", BETA, "tier_1", "run-1"))
    answered = failed(
        ("salesforce", ACME, False), ("salesforce", BETA, True), ("salesforce", ACME, True), ("salesforce", BETA, False)
    )
    assert forget_failed(given, answered)["record_id"].tolist() == [ACME]
