"""Real exports. They are not part of the project: without them these tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, MappedSource, ReadPlan

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real files is not here")


def ravenstack(date_order: str, tickets: str) -> ReadPlan:
    def source(key: str, file: str, kind: str, columns: dict[str, str], **rest: object) -> MappedSource:
        return MappedSource(key, f"ravenstack/{file}", kind, columns, FileFormat(date_order=date_order), **rest)  # type: ignore[arg-type]

    return ReadPlan(
        mapped=(
            source(
                "ravenstack",
                "ravenstack_accounts.csv",
                "account",
                {
                    "id": "account_id",
                    "name": "account_name",
                    "industry": "industry",
                    "country": "country",
                    "customer_since": "signup_date",
                    "is_churned": "churn_flag",
                },
            ),
            source(
                "ravenstack_subscriptions",
                "ravenstack_subscriptions.csv",
                "subscription",
                {
                    "id": "subscription_id",
                    "account_key": "account_id",
                    "plan": "plan_tier",
                    "quantity": "seats",
                    "mrr": "mrr_amount",
                    "billing_interval": "billing_frequency",
                    "started_at": "start_date",
                    "ended_at": "end_date",
                    "status": "is_trial",
                },
                constants={"currency": "USD"},
                values={"status": {"True": "trialing", "False": "active"}},
            ),
            source(
                "ravenstack_groups",
                "ravenstack_subscriptions.csv",
                "group",
                {"group_id": "subscription_id", "account_key": "account_id"},
            ),
            source(
                "ravenstack_usage",
                "ravenstack_feature_usage.csv",
                "usage",
                {"id": "usage_id", "group_id": "subscription_id", "occurred_at": "usage_date", "events": "usage_count"},
            ),
            source(
                "ravenstack_tickets",
                tickets,
                "ticket",
                {
                    "id": "ticket_id",
                    "account_key": "account_id",
                    "priority": "priority",
                    "created_at": "submitted_at",
                    "solved_at": "closed_at",
                    "satisfaction": "satisfaction_score",
                },
            ),
            source(
                "ravenstack_csat",
                tickets,
                "survey",
                {
                    "id": "ticket_id",
                    "account_key": "account_id",
                    "score": "satisfaction_score",
                    "responded_at": "closed_at",
                },
                constants={"survey_type": "csat"},
            ),
        ),
        fields=(FieldRequest("seats", "ravenstack", "seats", "numeric"),),
    )


def test_a_dataset_and_its_spreadsheet_copy_give_the_same_lake(new_landing: Callable[[str], Landing]) -> None:
    one, two = new_landing("one"), new_landing("two")
    shutil.copytree(REAL / "ravenstack", one.folder / "ravenstack")
    shutil.copytree(REAL / "ravenstack_excel_mangled", two.folder / "ravenstack")
    one.land(ravenstack("ymd", "ravenstack_support_tickets.csv"), accounts=False)
    two.land(ravenstack("dmy", "ravenstack_supports_ticket.csv"), accounts=False)
    assert one.rejects() == two.rejects() == []
    expected = {"account": 500, "subscription": 5000, "usage_group": 5000, "ticket": 2000, "survey_response": 2000}
    for kind, count in expected.items():
        rows, mangled = one.rows(kind), two.rows(kind)
        for row in rows + mangled:
            del row["source_path"]
        assert len(rows) == count and rows == mangled, kind
    assert one.rows("field_values", "value") == two.rows("field_values", "value")


def test_usage_by_subscription_with_repeated_ids(landing: Landing) -> None:
    shutil.copytree(REAL / "ravenstack", landing.folder / "ravenstack")
    landing.land(ravenstack("ymd", "ravenstack_support_tickets.csv"), accounts=False)
    assert landing.counts("ravenstack/ravenstack_feature_usage.csv") == (25_000, 25_000, 0)
    lines = (REAL / "ravenstack" / "ravenstack_feature_usage.csv").read_text().splitlines()[1:]
    counted: dict[str, int] = {}
    for line in sorted(lines):
        cells = line.split(",")
        counted.setdefault(cells[0], int(cells[4]))
    assert len(lines) - len(counted) == 21
    assert abs(sum(landing.daily().values()) - sum(counted.values())) < 21 * 30


def test_warehouse_copies_of_salesforce_and_hubspot(landing: Landing) -> None:
    for name in ("fivetran_salesforce", "fivetran_hubspot"):
        folder = landing.folder / name.split("_")[1]
        folder.mkdir()
        for file in (REAL / name).glob("*.csv"):
            if not file.name.startswith(("deal_company", "deal_pipeline", "deal_stage")):
                shutil.copy(file, folder)
    # The one has invented account ids, the other stages that only another table explains: neither is guessed.
    held = landing.held()
    assert "sf_opportunity_data.csv: not one of the 10 cells of the required column 'account_id'" in held
    assert "deal_data.csv: nothing in it says which deals are won or lost" in held
    (landing.folder / "salesforce" / "sf_opportunity_data.csv").unlink()
    (landing.folder / "hubspot" / "deal_data.csv").unlink()
    landing.land()
    assert len(landing.rows("salesforce_account")) == 10
    assert landing.status("salesforce/sf_opportunity_history_data.csv")[0] == "ignored"
    assert landing.rows("salesforce_lead", "converted_account_id") == ["0011G00000tLWKnQAO"]
    assert len(landing.rows("hubspot_company")) == 24
    assert landing.rows("hubspot_company", "annual_revenue")[0] == "10000000"


def test_data_loaders_own_samples(landing: Landing) -> None:
    folder = landing.folder / "salesforce"
    shutil.copytree(REAL / "dataloader", folder)
    assert "salesforce/accountData.csv: line" in landing.held() and "probably cp1252" in landing.held()
    landing.land(ReadPlan(vendors={"salesforce": FileFormat(encoding="cp1252")}))
    assert landing.rows("salesforce_account", "id")[0] == "001x0000002xLCVAA2"
    assert len(landing.rows("salesforce_opportunity")) == 38
    assert {landing.status(f"salesforce/{name}0413060133.csv")[0] for name in ("error", "success")} == {"ignored"}


def test_an_export_of_another_hubspot_object_is_held(landing: Landing) -> None:
    shutil.copytree(REAL / "hubspot_export", landing.folder / "hubspot")
    assert "Nearest is HubSpot companies; missing: 'Company name' or 'name'" in landing.held()


def test_that_export_reads_through_a_mapping(landing: Landing) -> None:
    shutil.copytree(REAL / "hubspot_export", landing.folder / "boot")
    locations = MappedSource(
        "places",
        "boot/*locations.csv",
        "account",
        {"id": "Record ID", "name": "Full Address", "region": "State", "created_at": "Object create date/time"},
    )
    asked = (
        FieldRequest("lng", "places", "Lng", "numeric"),
        FieldRequest("cars", "places", "Associated Vehicle IDs", "multi"),
    )
    landing.land(ReadPlan(mapped=(locations,), fields=asked), accounts=False)
    assert landing.rows("account", "id", "region", "created_at")[0] == {
        "id": "9804188236",
        "region": "FL",
        "created_at": "2023-10-25 06:47:00",
    }
    values = landing.rows("field_values", "record_id", "attribute", "value")
    assert {"record_id": "9804188236", "attribute": "lng", "value": "-85.9677169"} in values
    assert {"record_id": "9804188236", "attribute": "cars", "value": "10677684120"} in values
