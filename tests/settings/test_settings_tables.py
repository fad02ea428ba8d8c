"""Settings as tables for SQL models."""

import datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.settings.defaults import METRICS
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import bin_label, settings_tables

DAY = datetime.date(2026, 11, 21)


def tables(**settings):
    return settings_tables(Settings.model_validate(settings), DAY, "run1")


def rows(table):
    return table.to_pylist()


@pytest.mark.parametrize(
    ("lower", "upper", "label"),
    [(None, 10, "<10"), (10, 50, "10-49"), (200, 2000, "200-1,999"), (5000, None, "5,000+"), (1e7, 2.5e7, "10M-25M"),
     (1, 2, "1"), (0.5, 1.5, "0.5-1.5"), (2.5e8, 1e9, "250M-1B")],
)  # fmt: skip
def test_a_bin_reads_as_people_write_it(lower, upper, label) -> None:
    assert bin_label(lower, upper) == label


def test_years_carry_no_comma() -> None:
    levels = [row["level"] for row in rows(tables()["attribute_bins"]) if row["attribute"] == "founded_year"]
    assert levels == ["<1980", "1980-1999", "2000-2009", "2010-2014", "2015-2019", "2020+"]


def test_ranges_are_every_run_of_neighbouring_bins_except_the_whole() -> None:
    settings = {"attributes": {"seats": {"field": "hubspot.company.Seats", "type": "numeric", "bins": [10, 50]}}}
    found = [row for row in rows(tables(**settings)["bin_ranges"]) if row["attribute"] == "seats"]
    assert {row["segment"] for row in found} == {"<10", "10-49", "50+", "<50", "10+"}
    assert [row["level"] for row in found if row["segment"] == "<50"] == ["<10", "10-49"]


def test_us_dollars_always_have_a_rate_and_codes_are_upper_case() -> None:
    found = {
        row["currency"]: row["usd_per_unit"]
        for row in rows(tables(currency={"rates": {"eur": 1.08}})["currency_rates"])
    }
    assert found == {"USD": Decimal(1), "EUR": Decimal("1.08"), "home": Decimal(1), "$": Decimal(1)}


def test_amounts_that_name_no_currency_are_in_the_home_currency() -> None:
    rates = rows(tables(currency={"rates": {"EUR": 1.08}, "home": "eur"})["currency_rates"])
    assert {row["currency"]: row["usd_per_unit"] for row in rates}["home"] == Decimal("1.08")
    with pytest.raises(ValidationError, match=r"home: 'GBP' has no rate under currency\.rates; known: EUR, USD"):
        tables(currency={"rates": {"EUR": 1.08}, "home": "GBP"})


def test_a_replaced_attribute_keeps_its_dimension_and_is_marked_custom() -> None:
    settings = {
        "attributes": {
            "crm": {"field": "salesforce.account.CRM__c", "type": "categorical", "known_before_sale": True},
            "industry": {"enabled": False},
        }
    }
    found = {row["attribute"]: row for row in rows(tables(**settings)["attributes"])}
    assert found["crm"] == {
        "attribute": "crm", "dimension": "technographic", "type": "categorical", "is_custom": True, "is_enabled": True,
        "carrier": "account", "source_system": "salesforce", "is_known_before_sale": True,
    }  # fmt: skip
    assert not found["industry"]["is_known_before_sale"]
    assert not found["industry"]["is_enabled"]


def test_a_metric_keeps_its_default_weight_unless_set() -> None:
    found = {
        row["metric"]: row for row in rows(tables(outcomes={"metrics": {"nps": {"weight": 0.5}}})["outcome_metrics"])
    }
    assert found["nps"]["weight"] == 0.5
    assert found["ltv_usd"]["weight"] == METRICS["ltv_usd"].weight
    assert found["sales_cycle_days"]["direction"] == -1


def test_countries_are_found_by_code_name_and_usual_spelling_with_one_region() -> None:
    found = {row["country"]: row for row in rows(tables()["country_regions"])}
    assert (
        found["deutschland"]["country_code"] == found["de"]["country_code"] == found["germany"]["country_code"] == "DE"
    )
    assert (found["usa"]["region"], found["japan"]["region"], found["brazil"]["region"]) == ("NA", "APAC", "LATAM")
    assert found["france"]["region"] == "EMEA"
    assert len(found) == tables()["country_regions"].num_rows, "a spelling must not match two countries"


def test_tables_have_the_columns_that_models_are_checked_against() -> None:
    declared = {name.table: sorted(columns) for name, columns in INPUTS.items() if name.schema == "settings"}
    assert {name: sorted(table.column_names) for name, table in tables().items()} == declared


ZOHO = {"zoho": {"file": "a.csv", "kind": "deal", "columns": {"id": "Id"}}}


@pytest.mark.parametrize(
    ("field", "carrier"),
    [
        (None, ("any", None)),
        ("salesforce.account.X__c", ("account", "salesforce")),
        ("hubspot.company.X", ("account", "hubspot")),
        ("hubspot.deal.X", ("deal", "hubspot")),
        ("zoho.X", ("deal", "zoho")),
        (["salesforce.lead.X__c", "zoho.X"], ("deal", "zoho")),
    ],
)
def test_a_blank_belongs_to_the_records_that_have_the_field(field, carrier) -> None:
    item = {"blank": " none given "} | ({"field": field, "type": "categorical"} if field else {})
    [row] = rows(tables(attributes={"industry": item}, sources=ZOHO)["blank_levels"])
    assert row == {
        "attribute": "industry", "level": "none given", "carrier": carrier[0], "source_system": carrier[1]
    }  # fmt: skip


def test_spellings_of_unknown_are_compared_as_text_and_as_numbers() -> None:
    unknown = ["Select", " N/A ", 0, 1.5, datetime.date(1900, 1, 1), "select", "nan"]
    found = rows(tables(attributes={"industry": {"unknown": unknown}})["unknown_values"])
    assert [(row["spelling"], row["amount"]) for row in found] == [
        ("0", 0), ("1.5", 1.5), ("1900-01-01", None), ("n/a", None), ("nan", None), ("select", None)
    ]  # fmt: skip


def test_placeholders_are_looked_for_where_nobody_has_said_which_there_are() -> None:
    field = {"field": "salesforce.account.X"}
    attributes = {
        "industry": {"unknown": []},
        "ownership": {"enabled": False},
        "opened": {**field, "type": "date"},
        "seats": {**field, "type": "numeric", "bins": [5]},
        "is_new": {**field, "type": "boolean"},
    }
    found = rows(tables(attributes=attributes)["placeholders"])
    by_attribute = {row["attribute"]: row for row in found}
    assert not {"industry", "ownership", "is_new", "region", "committee_size"} & set(by_attribute)
    assert {"country", "lead_source", "employees"} <= set(by_attribute)
    assert next(row for row in found if row["attribute"] == "opened") == {
        "attribute": "opened", "spelling": "1900-01-01", "level": "1900", "amount": None
    }  # fmt: skip
    assert [(row["level"], row["amount"]) for row in found if row["attribute"] == "seats"] == [(None, 0), (None, -1)]


def test_names_of_deals_are_compared_in_lower_case() -> None:
    deals = {"new_business": {"types": ["New Logo "]}, "existing_business": {"pipelines": ["Renewals"], "types": []}}
    assert rows(tables(deals=deals)["deal_roles"]) == [
        {"field": "type", "name": "new logo", "role": "new_business"},
        {"field": "pipeline", "name": "renewals", "role": "existing_business"},
    ]


def test_hosts_of_many_sites_link_no_accounts_and_nor_do_the_domains_of_the_settings() -> None:
    found = {
        row["domain"]
        for row in rows(tables(parents={"unlinked_domains": ["https://www.Agency.example/x"]})["unlinked_domains"])
    }
    assert {"agency.example", "squarespace.com", "amazon.com"} <= found
    with pytest.raises(ValidationError, match=r"'gmail\.com' is not the domain of a company"):
        tables(parents={"unlinked_domains": ["gmail.com"]})


def test_a_name_of_deals_cannot_mean_both() -> None:
    deals = {"new_business": {"types": ["Upsell"]}, "existing_business": {"types": ["upsell"]}}
    with pytest.raises(ValidationError, match="'upsell' is among the types of both"):
        tables(deals=deals)


def test_names_of_accounts_take_the_place_of_the_words() -> None:
    found = rows(
        tables(not_prospects={"types": ["Reseller", " VENDOR "]}, customer={"lifecycle_stages": []})["type_words"]
    )
    told = [row for row in found if row["is_told"]]
    assert [(row["field"], row["role"], row["word"]) for row in told] == [
        ("type", "not_prospect", "reseller"),
        ("type", "not_prospect", "vendor"),
    ]
    by_words = {(row["field"], row["role"]) for row in found if not row["is_told"]}
    assert {("type", "not_prospect"), ("type", "unclear"), ("lifecycle_stage", "customer")} & by_words == set()
    assert {("record_type", "not_prospect"), ("type", "customer"), ("lifecycle_stage", "not_prospect")} <= by_words


def test_a_name_of_accounts_stands_on_one_side() -> None:
    with pytest.raises(ValidationError, match=r"not_prospects\.types: 'partner' is also under customer\.types"):
        tables(not_prospects={"types": ["Partner"]}, customer={"types": ["partner"]})


def test_an_owner_is_no_prospect_of_its_own() -> None:
    named = {"accounts": ["https://www.Rival.com/x", "001Hs0000000001AAA"]}
    found = rows(tables(owner="revops@mail.acme.co.uk", not_prospects=named)["not_prospect_accounts"])
    assert sorted((row["reference"], row["is_owner"]) for row in found) == [
        ("001Hs0000000001AAA", False),
        ("acme.co.uk", True),
        ("rival.com", False),
    ]
