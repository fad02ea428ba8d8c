"""The bytes that Salesforce and HubSpot receive."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from export_frames import ACME, AS_OF, BETA, LOST, RUN, Frames, frames_of, icp_tags, write_exports, write_target
from pydantic import ValidationError

from icp_pipeline.activation.hubspot_import import HubspotUpdate
from icp_pipeline.activation.safe_cells import PATTERNS, salesforce_id_18
from icp_pipeline.activation.salesforce_import import SalesforceUpdate
from icp_pipeline.activation.targets import TARGETS
from icp_pipeline.errors import PublishError
from icp_pipeline.settings.crm_fields import (
    CrmFields,
    HubspotExportSettings,
    IcpExportSettings,
    SalesforceExportSettings,
)

SALESFORCE = next(target for target in TARGETS if isinstance(target, SalesforceUpdate))
HUBSPOT = next(target for target in TARGETS if isinstance(target, HubspotUpdate))
IMPORTS = ("salesforce_account_update.csv", "hubspot_company_update.csv")


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_salesforce_bytes(exported: Path) -> None:
    assert (exported / IMPORTS[0]).read_bytes() == (
        b'"Id","ICP_Tier__c","ICP_Score__c","ICP_Model_Version__c","ICP_Scored_At__c"\n'
        b'"001Hs00004kXyZaIAK","Tier 1","93.26","2026.11.1","2026-11-21T00:00:00.000Z"\n'
        b'"001Hs00004kXyZbIAK","Tier 2","71.50","2026.11.1","2026-11-21T00:00:00.000Z"\n'
        b'"001Hs00004kXyZcIAK","Not ICP","0.00","2026.11.1","2026-11-21T00:00:00.000Z"\n'
        b'"001Hs00004kXyZdIAK","#N/A","#N/A","2026.11.1","2026-11-21T00:00:00.000Z"\n'
    )


def test_hubspot_bytes(exported: Path) -> None:
    assert (exported / IMPORTS[1]).read_bytes() == (
        b'"Record ID","Ideal Customer Profile Tier","ICP Status","ICP Score","ICP Scored At","ICP Model Version",'
        b'"ICP Action","ICP Reasons"\n'
        b'"9","","unscored","","2026-11-21","2026.11.1","nurture","Software; 200-499 employees"\n'
        b'"77","","not_icp","0.00","2026-11-21","2026.11.1","nurture","Software; 200-499 employees"\n'
        b'"100","tier_2","in_icp","71.50","2026-11-21","2026.11.1","nurture","Software; 200-499 employees"\n'
        b'"18273645501","tier_1","in_icp","93.26","2026-11-21","2026.11.1","nurture","Software; 200-499 employees"\n'
    )


def test_a_tier_property_of_their_own_gets_every_value(tmp_path: Path, frames: Frames) -> None:
    write_exports(frames, tmp_path / "out", RUN, CrmFields(hubspot=HubspotExportSettings(tier="icp_tier")))
    assert [row[1] for row in rows(tmp_path / "out" / IMPORTS[1])[1:]] == ["unscored", "not_icp", "tier_2", "tier_1"]


def test_options_are_called_as_the_company_calls_them(tmp_path: Path, frames: Frames) -> None:
    """In the company's own tier property, in the status, and in the fields of another ICP."""
    values = {"tier_1": "A list", "tier_2": "b", "in_icp": "Inside", "unscored": "open"}
    frames["exports.icp_tags"] = icp_tags(("hubspot", "100", "emea", "tier_1", 88.5))
    hubspot = HubspotExportSettings.model_validate({"tier": "icp_tier", "values": values})
    write_exports(frames, tmp_path / "out", RUN, CrmFields(hubspot=hubspot, further={"emea": EMEA}))
    header, *cells = rows(tmp_path / "out" / IMPORTS[1])
    assert [row[1:3] for row in cells] == [
        ["open", "open"],
        ["not_icp", "not_icp"],
        ["b", "Inside"],
        ["A list", "Inside"],
    ]
    emea = [(row[header.index("e_tier")], row[header.index("e_status")]) for row in cells]
    assert ("A list", "Inside") in emea and ("open", "open") in emea


def test_names_and_labels_come_from_settings(tmp_path: Path, frames: Frames) -> None:
    salesforce = {"tier": "Fit__c", "labels": {"tier_1": "A-list"}}
    fields = CrmFields.model_validate({"salesforce": salesforce, "hubspot": {"score": "fit_score"}})
    write_exports(frames, tmp_path / "out", RUN, fields)
    salesforce = rows(tmp_path / "out" / IMPORTS[0])
    assert salesforce[0][1] == "Fit__c"
    assert salesforce[1][1] == "A-list"
    assert "Fit__c=Fit__c\n" in (tmp_path / "out" / "salesforce_account_update.sdl").read_text()
    request = json.loads((tmp_path / "out" / "hubspot_import_mapping.json").read_text())
    mappings = request["files"][0]["fileImportPage"]["columnMappings"]
    assert {item["columnName"]: item["propertyName"] for item in mappings}["ICP Score"] == "fit_score"


def test_the_hubspot_mapping_covers_each_column_and_updates_only(exported: Path) -> None:
    request = json.loads((exported / "hubspot_import_mapping.json").read_text())
    page = request["files"][0]["fileImportPage"]
    assert [item["columnName"] for item in page["columnMappings"]] == rows(exported / IMPORTS[1])[0]
    assert {item["columnObjectTypeId"] for item in page["columnMappings"]} == {"0-2"}
    assert page["columnMappings"][0]["idColumnType"] == "HUBSPOT_OBJECT_ID"
    assert request["dateFormat"] == "YEAR_MONTH_DAY"
    assert request["importOperations"] == {"0-2": "UPDATE"}


SECTIONS = {
    "salesforce": SalesforceExportSettings().model_dump(exclude={"labels"}),
    "hubspot": HubspotExportSettings().model_dump(exclude={"values"}),
}
NAMES = [
    *(f"{crm} {key}" for crm, fields in SECTIONS.items() for key in fields),
    *(f"salesforce labels {key}" for key in SalesforceExportSettings().labels.model_dump()),
    *(f"hubspot values {key}" for key in HubspotExportSettings().values.model_dump()),
    *(
        f"further emea {crm} {key}"
        for crm, fields in SECTIONS.items()
        for key in fields
        if key in IcpExportSettings().model_dump()[crm]
    ),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["", "=cmd", 'a"b', "a,b", "#N/A", "a\nb", "a\n", "ключ"])
def test_names_that_could_break_a_file_are_refused(name: str, value: str) -> None:
    *parts, last = name.split()
    fields: dict[str, Any] = {last: value}
    for part in reversed(parts):
        fields = {part: fields}
    with pytest.raises(ValidationError, match=r"\.".join([*parts, last])):
        CrmFields.model_validate(fields)


EMEA = IcpExportSettings.model_validate(
    {
        "salesforce": {"tier": "E_Tier__c", "score": "E_Score__c", "version": "E_Version__c"},
        "hubspot": {"tier": "e_tier", "status": "e_status", "score": "e_score", "version": "e_version"},
    }
)


def test_a_further_icp_has_columns_of_its_own_and_clears_whom_it_is_not_about(tmp_path: Path, frames: Frames) -> None:
    frames["exports.icp_tags"] = icp_tags(
        ("salesforce", BETA, "emea", "tier_1", 88.5),
        ("salesforce", ACME, "emea", "unscored", None),
        ("salesforce", ACME, "other", "tier_2", 50.0),
        ("hubspot", "100", "emea", "not_icp", 2.0),
        ("hubspot", "18273645501", "emea", "tier_3", 40.25),
    )
    write_exports(frames, tmp_path / "out", RUN, CrmFields(further={"emea": EMEA, "other": IcpExportSettings()}))
    header, *salesforce = rows(tmp_path / "out" / IMPORTS[0])
    assert header[4:] == ["E_Tier__c", "E_Score__c", "E_Version__c", "ICP_Scored_At__c"]
    assert [row[4:7] for row in salesforce] == [
        ["#N/A", "#N/A", "emea-2026.11.1"],
        ["Tier 1", "88.50", "emea-2026.11.1"],
        ["#N/A", "#N/A", "#N/A"],
        ["#N/A", "#N/A", "#N/A"],
    ]
    header, *hubspot = rows(tmp_path / "out" / IMPORTS[1])
    assert header[4:8] == ["e_tier", "e_status", "e_score", "e_version"]
    assert [row[4:8] for row in hubspot] == [
        ["unscored", "unscored", "", ""],
        ["unscored", "unscored", "", ""],
        ["not_icp", "not_icp", "2.00", "emea-2026.11.1"],
        ["tier_3", "in_icp", "40.25", "emea-2026.11.1"],
    ]
    mapping = json.loads((tmp_path / "out" / "hubspot_import_mapping.json").read_text())
    columns = mapping["files"][0]["fileImportPage"]["columnMappings"]
    assert [column["columnName"] for column in columns] == header


def test_the_changes_files_hold_what_the_crm_does_not_have_yet(tmp_path: Path, frames: Frames) -> None:
    """The same header; a record that is gone is in no import file, and one other ICP that moved is enough."""
    changes = frames["exports.changes"]
    emea = changes[changes["record_id"] == LOST].assign(icp_id="emea")
    kept = changes[changes["record_id"].isin([ACME, "100"])]
    gone = changes[changes["record_id"] == BETA].assign(new_tier=None, cause="gone")
    frames["exports.changes"] = pd.concat([kept, emea, gone], ignore_index=True)
    write_exports(frames, tmp_path / "out", RUN)
    for whole, changed, wanted in zip(
        IMPORTS, ("salesforce_account_changes.csv", "hubspot_company_changes.csv"), ({ACME, LOST}, {"100"}), strict=True
    ):
        everything, some = rows(tmp_path / "out" / whole), rows(tmp_path / "out" / changed)
        assert some[0] == everything[0]
        assert some[1:] == [row for row in everything[1:] if row[0] in wanted]
    told = {row[1]: row[5] for row in rows(tmp_path / "out" / "changes.csv")[1:]}
    assert told[BETA] == ""


def test_reasons_and_action_go_into_fields_that_are_named(tmp_path: Path, frames: Frames) -> None:
    """Text that a spreadsheet would run is made safe, and a blank clears the field."""
    update = frames["exports.salesforce_account_update"]
    update["reason_text"] = ["=1+1", None, "Computer Software; uses Salesforce", "x"]
    salesforce = SalesforceExportSettings(reasons="ICP_Reasons__c", action="ICP_Action__c")
    write_exports(frames, tmp_path / "out", RUN, CrmFields(salesforce=salesforce))
    header, *found = rows(tmp_path / "out" / IMPORTS[0])
    assert header[4:6] == ["ICP_Action__c", "ICP_Reasons__c"]
    assert sorted(row[5] for row in found) == ["#N/A", "'=1+1", "Computer Software; uses Salesforce", "x"]
    off = CrmFields(hubspot=HubspotExportSettings(reasons=None, action=None))
    write_exports(frames, tmp_path / "off", RUN, off)
    assert rows(tmp_path / "off" / IMPORTS[1])[0][-1] == "ICP Model Version"


def test_an_override_goes_into_a_field_of_its_own_and_out_of_it_when_it_ends(tmp_path: Path, frames: Frames) -> None:
    for update in (frames["exports.salesforce_account_update"], frames["exports.hubspot_company_update"]):
        update["override_tier"] = ["tier_1", None, None, None][: len(update)]
    named = CrmFields(
        salesforce=SalesforceExportSettings(override="ICP_Override__c"),
        hubspot=HubspotExportSettings(override="icp_override"),
    )
    write_exports(frames, tmp_path / "out", RUN, named)
    write_exports(frames, tmp_path / "off", RUN, CrmFields())
    for name, title, empty, given in (
        (IMPORTS[0], "ICP_Override__c", "#N/A", "Tier 1"),
        (IMPORTS[1], "ICP Override", "none", "tier_1"),
    ):
        header, *found = rows(tmp_path / "out" / name)
        place = header.index(title)
        assert sorted({row[place] for row in found}) == sorted({empty, given})
        without, *plain = rows(tmp_path / "off" / name)
        assert without == [*header[:place], *header[place + 1 :]]
        assert plain == [[*row[:place], *row[place + 1 :]] for row in found]


def test_two_fields_cannot_share_a_name() -> None:
    twins = CrmFields(salesforce=SalesforceExportSettings(score="icp_tier__C"))
    with pytest.raises(ValueError, match=r"\.score: 'icp_tier__C' is already written by .*\.tier"):
        twins.refuse_twins()


@pytest.mark.parametrize(
    ("frame", "column", "value", "shown"),
    [
        (
            "exports.salesforce_account_update",
            "salesforce_account_id",
            "001Hs00004kXyZaIAA",
            "Id",
        ),  # wrong check characters
        ("exports.salesforce_account_update", "salesforce_account_id", "001Hs00004kXyZa", "Id"),
        ("exports.salesforce_account_update", "salesforce_account_id", None, "Id"),
        ("exports.salesforce_account_update", "salesforce_account_id", "=1+1", "Id"),
        ("exports.salesforce_account_update", "score", 100.01, "ICP_Score__c"),
        ("exports.salesforce_account_update", "score", -0.01, "ICP_Score__c"),
        ("exports.salesforce_account_update", "tier", "＝Tier", "ICP_Tier__c"),
        ("exports.salesforce_account_update", "icp_version", "#N/A", "ICP_Model_Version__c"),  # only we may clear
        ("exports.salesforce_account_update", "icp_version", "v1\n", "ICP_Model_Version__c"),
        ("exports.hubspot_company_update", "hubspot_company_id", "-12", "Record ID"),
        ("exports.hubspot_company_update", "hubspot_company_id", "１２", "Record ID"),
        ("exports.hubspot_company_update", "hubspot_company_id", None, "Record ID"),
        ("exports.hubspot_company_update", "tier", "", "ICP Status"),
        ("exports.hubspot_company_update", "tier", "#N/A", "ICP Status"),
    ],
)
def test_a_cell_that_may_not_go_out_stops_the_export(
    tmp_path: Path, frames: Frames, frame: str, column: str, value: Any, shown: str
) -> None:
    frames[frame][column] = frames[frame][column].astype("object")
    frames[frame].loc[1, column] = value
    with pytest.raises(PublishError) as error:
        write_exports(frames, tmp_path / "out", RUN)
    assert re.search(rf"{frame.removeprefix('exports.')}\.csv row \d column {shown}:", str(error.value))
    assert not value or str(value) not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("frame", ["exports.salesforce_account_update", "exports.hubspot_company_update"])
def test_one_record_twice_stops_the_export(tmp_path: Path, frames: Frames, frame: str) -> None:
    frames[frame] = pd.concat([frames[frame], frames[frame].head(1)])
    with pytest.raises(PublishError, match="twice"):
        write_exports(frames, tmp_path / "out", RUN)


@pytest.mark.parametrize("missing", [float("nan"), float("inf"), None])
def test_no_score_clears_and_is_never_written_as_text(tmp_path: Path, frames: Frames, missing: float | None) -> None:
    for name in ("exports.salesforce_account_update", "exports.hubspot_company_update"):
        frames[name]["score"] = missing
    write_exports(frames, tmp_path / "out", RUN)
    assert {row[2] for row in rows(tmp_path / "out" / IMPORTS[0])[1:]} == {"#N/A"}
    assert {row[3] for row in rows(tmp_path / "out" / IMPORTS[1])[1:]} == {""}


def test_every_cell_matches_its_pattern(exported: Path) -> None:
    kinds = {
        IMPORTS[0]: "salesforce_id label score version datetime",
        IMPORTS[1]: "hubspot_id code code score date version code reason",
    }
    for name, columns in kinds.items():
        for row in rows(exported / name)[1:]:
            for cell, kind in zip(row, columns.split(), strict=True):
                assert cell in ("", "#N/A") or PATTERNS[kind].fullmatch(cell)


def test_a_large_salesforce_file_is_cut_into_parts_that_are_files_of_their_own(tmp_path: Path) -> None:
    ids = [salesforce_id_18(f"001Hs{number:010d}") for number in range(50)]
    accounts = [("x", record or "", str(number), "tier_1", 90.0) for number, record in enumerate(ids)]
    target = dataclasses.replace(SALESFORCE, max_bytes=1000)
    written = write_target(target, frames_of(*accounts), tmp_path)
    parts = [tmp_path / file.name for file in written if file.rows is not None]
    assert [part.name for part in parts][:2] == [IMPORTS[0], "salesforce_account_update_part_2.csv"]
    assert all(part.stat().st_size <= 1000 for part in parts)
    assert [row[0] for part in parts for row in rows(part)[1:]] == ids
    assert {tuple(rows(part)[0]) for part in parts} == {tuple(rows(parts[0])[0])}


def test_parts_of_a_hubspot_file_are_all_in_the_mapping(tmp_path: Path, frames: Frames) -> None:
    target = dataclasses.replace(HUBSPOT, max_rows=3)
    write_target(target, frames, tmp_path)
    request = json.loads((tmp_path / "hubspot_import_mapping.json").read_text())
    named = [file["fileName"] for file in request["files"]]
    assert named == [IMPORTS[1], "hubspot_company_update_part_2.csv"]
    assert [len(rows(tmp_path / name)) - 1 for name in named] == [3, 1]


def test_without_accounts_there_is_a_header(tmp_path: Path) -> None:
    frames = frames_of(("x", ACME, "1", "tier_1", 90.0))
    write_exports({name: frame.head(0) for name, frame in frames.items()}, tmp_path / "out", RUN)
    assert [len(rows(tmp_path / "out" / name)) for name in IMPORTS] == [1, 1]


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("001Hs00004kXyZa", ACME),
        (BETA, BETA),
        ("001Hs00004kxyzaIAK", None),
        ("", None),
        ("001Hs00004kXyZé", None),
        (LOST[:17], None),
    ],
)
def test_check_characters_of_ids(given: str, full: str | None) -> None:
    assert salesforce_id_18(given) == full


def test_dates_come_from_the_as_of_date(exported: Path) -> None:
    assert {row[4] for row in rows(exported / IMPORTS[0])[1:]} == {f"{AS_OF}T00:00:00.000Z"}
