"""Any other CSV by a mapping: encoding, date order, time zone, decimals, units, constants and values; no code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_folder import Landing

from icp_pipeline.errors import SourceError
from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, MappedSource, ReadPlan
from icp_pipeline.sources.usage.event_parts import pseudonym

ZOHO = MappedSource(
    key="zoho_accounts",
    file="zoho/Accounts*.csv",
    kind="account",
    format=FileFormat("cp1252", ";", date_order="dmy", timezone="Europe/Berlin", decimal=","),
    columns={
        "id": "Record Id",
        "name": "Account Name",
        "domain": "Website",
        "annual_revenue": "Umsatz (TEUR)",
        "number_of_employees": "Mitarbeiter",
        "country": "Land",
        "customer_since": "Kunde seit",
        "created_at": "Angelegt",
        "is_churned": "Status",
    },
    units={"annual_revenue": 1000},
    constants={"currency": "EUR"},
    values={"is_churned": {"gekündigt": "true", "aktiv": "false"}},
)
ZOHO_FILE = (
    "Record Id;Account Name;Website;Umsatz (TEUR);Mitarbeiter;Land;Kunde seit;Angelegt;Status;Stufe\n"
    "z1;Müller & Söhne;www.mueller.example;1.234,50;51-250;Germany;31.01.2024;31.01.2024 00:30;aktiv;Gold\n"
    "z2;Ødegård;;;;Norway;01/31/2024;;Gekündigt;\n"
)


def plan(*mapped: MappedSource, fields: tuple[FieldRequest, ...] = ()) -> ReadPlan:
    return ReadPlan(mapped=mapped, fields=fields)


def test_a_foreign_crm_is_read_by_its_mapping_alone(landing: Landing) -> None:
    landing.put("zoho/Accounts_1.csv", ZOHO_FILE.encode("cp1252"))
    rows = landing.land(plan(ZOHO), accounts=False).rows("account")
    assert rows[0] == {
        "source_name": "zoho_accounts",
        "id": "z1",
        "name": "Müller & Söhne",
        "domain": "mueller.example",
        "number_of_employees": "150.5",
        "annual_revenue": "1234500",
        "currency": "EUR",
        "country": "Germany",
        "country_code": "DE",
        "customer_since": "2024-01-31",
        "is_churned": "false",
        "created_at": "2024-01-30 23:30:00",
        "source_path": "zoho/Accounts_1.csv",
        "source_line": 2,
    }
    assert rows[1]["is_churned"] == "true" and "customer_since" not in rows[1]
    assert landing.rejects() == [(3, "Kunde seit", "no such date or time in the declared order dmy", "value")]


def test_configured_fields_of_a_mapped_file(landing: Landing) -> None:
    landing.put("zoho/Accounts_1.csv", ZOHO_FILE.encode("cp1252"))
    asked = FieldRequest("tier", "zoho_accounts", "Stufe", "categorical")
    row = landing.land(plan(ZOHO, fields=(asked,)), accounts=False).rows("field_values")[0]
    assert row == {
        "source_name": "zoho_accounts",
        "record_kind": "account",
        "record_id": "z1",
        "attribute": "tier",
        "value": "Gold",
        "source_path": "zoho/Accounts_1.csv",
        "source_line": 2,
    }


def test_one_file_may_serve_two_mappings(landing: Landing) -> None:
    landing.put("bill/subs.csv", "sub,acc,start,mrr,freq\nS1,A1,2024-01-01,100,monthly\nS2,A1,2024-02-01,1200,annual\n")
    subscriptions = MappedSource(
        "subs",
        "bill/subs.csv",
        "subscription",
        {"id": "sub", "account_id": "acc", "started_at": "start", "mrr": "mrr", "billing_interval": "freq"},
    )
    groups = MappedSource("groups", "bill/*.csv", "group", {"group_id": "sub", "account_key": "acc"})
    landing.land(plan(subscriptions, groups))
    assert landing.rows("subscription", "id", "account_key", "mrr", "billing_interval") == [
        {"id": "S1", "account_key": "A1", "mrr": "100", "billing_interval": "month"},
        {"id": "S2", "account_key": "A1", "mrr": "1200", "billing_interval": "year"},
    ]
    assert landing.rows("usage_group", "group_id", "account_key")[1] == {"group_id": "S2", "account_key": "A1"}
    assert landing.state is not None
    assert [file.source for file in landing.state.files if file.path == "bill/subs.csv"] == ["subs", "groups"]


def test_rows_without_an_id_are_told_apart_by_file_and_line(landing: Landing) -> None:
    account = MappedSource(key="companies", file="sales/*.csv", kind="account", columns={"id": "#line"})
    deal = MappedSource(
        key="sales",
        file="sales/*.csv",
        kind="deal",
        columns={"id": "#line", "account_id": "#line", "is_won": "won"},
        constants={"is_closed": "true"},
    )
    landing.put("sales/one.csv", 'won,note\ntrue,"two\nlines"\n\nfalse,\n')
    landing.put("sales/two.csv", "won\ntrue\n")
    landed = landing.land(plan(account, deal), accounts=False)
    places = ["one.csv:2", "one.csv:5", "two.csv:2"]
    assert [row["id"] for row in landed.rows("account")] == places
    assert [(row["id"], row["account_id"]) for row in landed.rows("deal")] == [(place, place) for place in places]


def test_usage_rows_may_be_counts_and_repeat_ids(landing: Landing) -> None:
    landing.put(
        "app/usage.csv", "uid,sub,day,count\n1,S1,2024-01-01,3\n2,S1,2024-01-01,4\n2,S1,2024-01-01,4\n3,S1,x,1\n"
    )
    columns = {"id": "uid", "group_id": "sub", "usage_date": "day", "events": "count"}
    landing.land(plan(MappedSource("app", "app/*.csv", "usage", columns)))
    assert landing.daily() == {("S1", None, "2024-01-01"): 7}
    assert landing.rejects() == [(5, "day", "not a date: expected YYYY-MM-DD", "row")]


def test_usage_without_ids_counts_every_row(landing: Landing) -> None:
    landing.put("app/usage.csv", "sub,day\nS1,2024-01-01\nS1,2024-01-01\n")
    landing.land(plan(MappedSource("app", "app/*.csv", "usage", {"group_id": "sub", "occurred_at": "day"})))
    assert landing.daily() == {("S1", None, "2024-01-01"): 2}


def test_technologies_and_companies_by_mapping(landing: Landing) -> None:
    landing.put("tech/t.csv", "site,tool,seen,crawled\na.example,Shopify,2024-01-01,2026-01-01\n")
    landing.put("firmo/f.csv", "site,size,tools\na.example,Nov-50,Shopify; HubSpot\n")
    technologies = MappedSource(
        "tech",
        "tech/*",
        "technology",
        {"domain": "site", "technology": "tool", "last_found": "seen", "last_indexed": "crawled"},
    )
    companies = MappedSource("firmo", "firmo/*", "company", {"domain": "site", "employees": "size", "tech": "tools"})
    landing.land(plan(technologies, companies))
    assert landing.rows("builtwith_technology", "technology", "is_live") == [
        {"technology": "Shopify", "is_live": "false"}
    ]
    assert landing.rows("clearbit_company", "employees") == ["30.5"]
    assert landing.rows("field_values", "value") == ["Shopify", "HubSpot"]


def test_a_mapping_wins_over_the_folders_vendor(landing: Landing) -> None:
    landing.put("zendesk/odd.csv", "nr,kunde,am\n7,A1,2024-01-01\n")
    odd = MappedSource("odd", "zendesk/odd.csv", "ticket", {"id": "nr", "account_key": "kunde", "created_at": "am"})
    assert landing.land(plan(odd)).rows("ticket", "id", "account_key") == [{"id": "7", "account_key": "A1"}]


def test_a_mapped_header_that_is_missing_is_held_with_the_nearest(landing: Landing) -> None:
    landing.put(
        "zoho/Accounts_1.csv",
        ZOHO_FILE.replace("Kunde seit", "Kunde_seit_").replace("Website", "Webseite").encode("cp1252"),
    )
    message = landing.held(plan(ZOHO))
    assert "zoho/Accounts_1.csv: missing mapped column 'Website' (is it 'Webseite'?). Found: Record Id" in message


def test_another_delimiter_than_declared_is_held(landing: Landing) -> None:
    landing.put("zoho/Accounts_1.csv", ZOHO_FILE.replace(";", "\t").encode("cp1252"))
    assert "expected semicolon ';' between columns, found tab" in landing.held(plan(ZOHO))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"columns": {"id": "a", "nmae": "b"}}, r"sources\.x\.columns: no column 'nmae'\. Did you mean 'name'\?"),
        ({"kind": "acount"}, r"sources\.x\.kind: 'acount' is not a kind\. Did you mean 'account'\?"),
        ({"units": {"name": 2.0}}, r"sources\.x\.units: 'name' is not a numeric column of kind account"),
        ({"columns": {"name": "a"}}, "maps no column to id, which kind account needs"),
        ({"constants": {"curency": "EUR"}}, r"sources\.x\.constants: no column 'curency'\. Did you mean 'currency'"),
        ({"format": FileFormat(timezone="Berlin")}, r"sources\.x\.timezone: no time zone 'Berlin'"),
        ({"format": FileFormat(encoding="windows")}, r"sources\.x\.encoding: no encoding 'windows'"),
        ({"format": FileFormat(date_order="ydm")}, r"sources\.x\.date_order: expected one of ymd, dmy, mdy"),
    ],
)
def test_a_wrong_mapping_names_its_key(landing: Landing, changes: dict[str, object], reason: str) -> None:
    landing.put("other/x.csv", "a,b\n1,2\n")
    source = MappedSource(**{"key": "x", "file": "other/*", "kind": "account", "columns": {"id": "a"}} | changes)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=reason):
        landing.land(plan(source))


def test_a_mapping_that_no_landed_file_fits_is_named_and_holds_nothing_up(landing: Landing) -> None:
    source = MappedSource(key="erp", file="erp/*.csv", kind="deal", columns={"id": "id", "is_won": "won"})
    landing.land(ReadPlan(mapped=(source,)))
    assert landing.status("erp/*.csv") == ("missing", "no landed file matches it")
    landing.put("erp/deals.csv", "id,won\n1,true\n")
    landing.land(ReadPlan(mapped=(source,)))
    assert landing.status("erp/deals.csv")[0] == "loaded"
    assert landing.state is not None and "missing" not in {file.status for file in landing.state.files}


FUNNEL = MappedSource(
    key="funnel",
    file="funnel/*.csv",
    kind="deal",
    columns={"id": "lead", "account_id": "lead", "created_at": "first_contact", "won_on": "won"},
)


def test_a_day_of_winning_tells_who_bought(landing: Landing) -> None:
    landing.put(
        "funnel/leads.csv", b"lead,first_contact,won\n1,2025-01-02,2025-02-03\n2,2025-01-02,\n3,2025-01-02,soon\n"
    )
    rows = landing.land(plan(FUNNEL)).rows("deal")
    assert [row.get("is_won") for row in rows] == ["true", "false", None]
    assert [row.get("close_date") for row in rows] == ["2025-02-03", None, None]


def test_leads_that_were_not_won_yet(landing: Landing) -> None:
    landing.put("funnel/leads.csv", b"lead,first_contact,won\n1,2025-01-02,\n2,2025-01-02,\n")
    rows = landing.land(plan(FUNNEL)).rows("deal")
    assert [row.get("is_won") for row in rows] == ["false", "false"]


def test_deals_that_age_alone_ends_need_no_outcome(landing: Landing) -> None:
    landing.put("funnel/leads.csv", b"lead,first_contact\n1,2025-01-02\n")
    columns = {name: column for name, column in FUNNEL.columns.items() if name != "won_on"}
    aged = replace(FUNNEL, columns=columns, lost_after_days=90)
    assert [row.get("is_won") for row in landing.land(plan(aged)).rows("deal")] == [None]
    said = landing.held(plan(replace(aged, lost_after_days=None)))
    assert "maps no column that says which deals are won: map one of is_won, stage_id, won_on" in said


DAILY = MappedSource(
    "warehouse",
    "warehouse/*",
    "daily_usage",
    {"group_id": "workspace", "user_id": "person", "usage_date": "day", "events": "n"},
)


def test_days_that_a_warehouse_has_counted_are_read_from_parquet_with_what_cannot_be_a_count_told(
    landing: Landing,
) -> None:
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3), None]
    table = pa.table(
        {"workspace": ["w1", "w1", None, "w2"], "person": ["u1", "ann@a.example", "u3", "u4"], "day": days}
    )
    landing.folder.joinpath("warehouse").mkdir()
    pq.write_table(
        table.append_column("n", pa.array([3.0, 4.0, -1.0, 2.0])), landing.folder / "warehouse" / "a.parquet"
    )
    landing.land(plan(DAILY))
    rows = landing.rows("usage_count", "group_id", "user_id", "usage_date", "events")
    assert rows == [
        {"group_id": "w1", "user_id": "u1", "usage_date": date(2026, 3, 1), "events": 3},
        {"group_id": "w1", "user_id": pseudonym("ann@a.example"), "usage_date": date(2026, 3, 2), "events": 4},
    ]
    assert landing.rejects() == [
        (4, "n", "not a count: expected a whole number, 0 or more", "row"),
        (5, "day", "required, but empty or not usable", "row"),
    ]


def test_a_table_of_finer_grain_than_a_day_is_told_row_by_row(landing: Landing) -> None:
    """Without its column of event names it has several rows per day, only one of which would count."""
    landing.put("warehouse/a.csv", "workspace,person,day,n\nw1,u1,2026-03-01,3\nw1,u1,2026-03-01,3\nw1,,2026-03-01,2\n")
    landing.land(plan(DAILY))
    assert landing.rows("usage_count", "events") == [3, 2]
    reason = "an earlier row has the same group, user and day: sum them up in the query that unloads the table"
    assert landing.rejects() == [(3, "day", reason, "row")]


def test_a_day_that_is_counted_once_more_is_no_contradiction(landing: Landing) -> None:
    landing.put("warehouse/2026-03-01.csv", "workspace,person,day,n\nw1,u1,2026-03-01,3\n")
    landing.put("warehouse/2026-03-02.csv", "workspace,person,day,n\nw1,u1,2026-03-01,5\n")
    state = landing.land(plan(DAILY)).state
    assert state is not None and state.repeated_records.num_rows == 0
