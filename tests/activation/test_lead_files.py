"""Update files of leads and contacts: ids, labels, numbers and dates; a `_changes` file has only what the CRM lacks."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from export_frames import lead_tags, write_target

from icp_pipeline.activation.lead_import import LeadUpdate
from icp_pipeline.errors import PublishError


def rows_of(target: LeadUpdate, folder: Path) -> list[list[str]]:
    write_target(target, {target.model: lead_tags()}, folder)
    with (folder / target.file).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_salesforce_clears_what_a_lead_has_lost(tmp_path: Path) -> None:
    day = "2026-11-21T00:00:00.000Z"
    assert rows_of(LeadUpdate("a.csv"), tmp_path) == [
        ["Id", "ICP_Tier__c", "ICP_Score__c", "ICP_Route__c", "ICP_Scored_At__c"],
        ["00QHs0000000000MAA", "Tier 1", "88.50", "ae", day],
        ["00QHs00000KQo6zMAD", "#N/A", "#N/A", "enrich", day],
    ]


def test_hubspot_contacts_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    assert rows_of(LeadUpdate("a.csv", for_whom="HubSpot"), tmp_path)[1:] == [
        ["51", "not_icp", "3.00", "self_serve", "2026-11-21"],
        ["502", "unscored", "", "enrich", "2026-11-21"],
    ]


@pytest.mark.parametrize(("crm", "ids"), [("Salesforce", ["00QHs0000000000MAA"]), ("HubSpot", ["502"])])
def test_changes_are_only_what_the_crm_lacks(tmp_path: Path, crm: str, ids: list[str]) -> None:
    rows = rows_of(LeadUpdate("a.csv", for_whom=crm, changes_only=True), tmp_path)
    assert [row[0] for row in rows[1:]] == ids


def test_a_route_that_is_none_stops_the_export(tmp_path: Path) -> None:
    frame = lead_tags().assign(route="=cmd")
    with pytest.raises(PublishError, match="not a valid code"):
        write_target(LeadUpdate("a.csv"), {"exports.lead_tags": frame}, tmp_path)
