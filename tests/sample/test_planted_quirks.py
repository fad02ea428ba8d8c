"""Errors of real exports are in the files as often as the planted truth says, and everything else is consistent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable


def tracks(company) -> list[dict[str, str]]:
    paths = sorted((company.home / "landing" / "usage").glob("tracks_*.csv"))
    return [row for path in paths for row in company.rows(f"usage/{path.name}")]


def hubspot_companies(company) -> list[dict[str, str]]:
    [path] = (company.home / "landing" / "hubspot").glob("*companies*")
    return company.rows(f"hubspot/{path.name}")


def bare(domain: str) -> str:
    return domain.removeprefix("https://").removeprefix("http://").removeprefix("www.").split("/")[0]


def test_rows_per_file_are_counted(company) -> None:
    for name, count in company.truth["rows_per_file"].items():
        if name.endswith(".csv"):
            assert len(company.rows(name)) == count, name


def test_all_ids_are_valid_but_the_planted_ones(company, checked_id: Callable[[str], bool]) -> None:
    expected = company.truth["expected_rejected_rows"]
    for name, column in (("salesforce/Account.csv", "Id"), ("salesforce/Opportunity.csv", "ID")):
        bad = [row for row in company.rows(name) if not checked_id(row[column])]
        assert len(bad) == expected[name], name
    for name, column in (("salesforce/Lead.csv", "Id"), ("salesforce/OpportunityHistory.csv", "Id")):
        ids = [row[column] for row in company.rows(name)]
        assert all(map(checked_id, ids))
        assert len(set(ids)) == len(ids)


def test_two_accounts_differ_only_by_the_case_of_their_ids(company) -> None:
    ids = [row["Id"][:15] for row in company.rows("salesforce/Account.csv")]
    folded = Counter(text.lower() for text in set(ids))
    assert max(folded.values()) == 2


def test_contact_roles_carry_short_ids_of_known_deals(company) -> None:
    deals = {row["ID"][:15] for row in company.rows("salesforce/Opportunity.csv")}
    short = {row["OpportunityId"] for row in company.rows("salesforce/OpportunityContactRole.csv")}
    assert {len(text) for text in short} == {15}
    assert short <= deals


def test_merged_accounts_point_to_a_living_one_and_their_deals_still_to_them(company) -> None:
    accounts = {row["Id"]: row for row in company.rows("salesforce/Account.csv")}
    merged = company.truth["quirks"]["salesforce_merged_ids"]
    assert len(merged) >= 3
    for old in merged:
        assert accounts[old]["IsDeleted"] == "true"
        assert accounts[accounts[old]["MasterRecordId"]]["IsDeleted"] == "false"
    carried = {row["ACCOUNTID"] for row in company.rows("salesforce/Opportunity.csv")}
    assert carried & set(merged)


def test_hubspot_survivors_list_the_ids_they_took_over(company) -> None:
    listed = {row["Merged Company IDs"] for row in hubspot_companies(company)} - {""}
    assert listed == set(company.truth["quirks"]["hubspot_merged_ids"])


def test_every_deal_belongs_to_an_account_that_was_exported(company) -> None:
    accounts = {row["Id"] for row in company.rows("salesforce/Account.csv")}
    assert {row["ACCOUNTID"] for row in company.rows("salesforce/Opportunity.csv")} <= accounts
    held = {row["Record ID"] for row in hubspot_companies(company)} | set(company.truth["quirks"]["hubspot_merged_ids"])
    for path in (company.home / "landing" / "hubspot").glob("*deals*"):
        rows = company.rows(f"hubspot/{path.name}")
        assert {row["Associated Company IDs"].split(";")[0] for row in rows} <= held
        assert "" in {row["Associated Company IDs (Primary)"] for row in rows} or len(rows) < 100


def test_domains_are_shared_only_by_the_planted_duplicates(company) -> None:
    live = [row for row in company.rows("salesforce/Account.csv") if row["IsDeleted"] == "false" and row["Website"]]
    doubled = set(company.truth["quirks"]["duplicate_salesforce_ids"])
    domains = Counter(bare(row["Website"]) for row in live if row["Id"] not in doubled)
    own = {domain: count for domain, count in domains.items() if domain.endswith(".example")}
    assert max(own.values()) == 1
    assert {bare(row["Website"]) for row in live if row["Id"] in doubled} <= set(own) | {""}


def test_some_companies_gave_only_a_free_mail_or_social_domain(company) -> None:
    sites = [row["Website"] for row in company.rows("salesforce/Account.csv") if row["Website"]]
    odd = [site for site in sites if ".example" not in site]
    assert 1 <= len(odd) <= company.truth["quirks"]["companies_without_own_domain"]


def test_one_company_has_one_domain_in_all_systems(company) -> None:
    domain_of = {
        row["Name"].removesuffix(" (old record)"): bare(row["Website"])
        for row in company.rows("salesforce/Account.csv")
    }
    shared = 0
    for row in hubspot_companies(company):
        known = domain_of.get(row["Company name"], "")
        if known.endswith(".example") and row["Company Domain Name"].endswith(".example"):
            assert known == row["Company Domain Name"]
            shared += 1
    assert shared > 50


def test_one_in_eight_values_is_missing(company) -> None:
    rows = company.rows("salesforce/Account.csv")
    for column in ("Industry", "NumberOfEmployees", "AnnualRevenue"):
        share = sum(row[column] == "" for row in rows) / len(rows)
        assert 0.10 <= share <= 0.20, column


def test_removed_technologies_were_last_found_long_before_last_looked(company) -> None:
    for technology, removed in company.truth["quirks"]["removed_technologies"].items():
        rows = company.rows(f"builtwith/All-Live-{technology.replace(' ', '-')}-Sites.csv")
        gone = [
            row
            for row in rows
            if int(row["Last Indexed"][:4]) * 12
            + int(row["Last Indexed"][5:7])
            - int(row["Last Found"][:4]) * 12
            - int(row["Last Found"][5:7])
            >= 6
        ]
        assert len(gone) == removed, technology


def test_usage_counts_are_as_told(company) -> None:
    told = company.truth["quirks"]["usage"]
    rows = [row for row in tracks(company) if row["timestamp"] != "not a time"]
    distinct = {row["id"]: row for row in rows}
    posthog = company.truth["rows_per_file"]["usage/posthog_events.jsonl"] - told["posthog_noise_rows"]
    assert len(distinct) + posthog == told["events"]
    assert len(rows) - len(distinct) == told["overlapping_rows"] > 0
    assert sum(row["context_group_id"] == "" for row in distinct.values()) == told["without_group"] > 0


def test_repeated_events_are_the_same_row(company) -> None:
    seen: dict[str, dict[str, str]] = {}
    for row in tracks(company):
        assert seen.setdefault(row["id"], row) == row


def test_late_events_are_in_a_later_file_than_their_day(company) -> None:
    paths = sorted((company.home / "landing" / "usage").glob("tracks_*.csv"))
    late, seen = 0, set()
    for path in paths:
        for row in company.rows(f"usage/{path.name}"):
            is_new = row["id"] not in seen
            late += is_new and row["timestamp"][:7] < path.stem[-7:] <= row["received_at"][:7]
            seen.add(row["id"])
    assert late > 0


def test_no_event_is_of_the_future(company) -> None:
    times = [row["timestamp"] for row in tracks(company) if row["timestamp"] != "not a time"]
    assert max(times) < company.truth["as_of"] + "T00"


def test_some_groups_are_tied_to_nothing(company) -> None:
    known = {row["group_id"] for row in company.rows("usage/groups.csv") if row["domain"] or row["crm_account_id"]}
    known |= {row["group_id"] for row in company.rows("usage/group_map.csv")}
    used = {row["context_group_id"] for row in tracks(company)} - {""}
    assert used - known
    assert len(used - known) < 0.1 * len(used)


def test_the_last_groups_call_knows_more_than_the_first(company) -> None:
    calls: dict[str, list[dict[str, str]]] = {}
    for row in company.rows("usage/groups.csv"):
        calls.setdefault(row["group_id"], []).append(row)
    for rows in calls.values():
        first, last = sorted(rows, key=lambda row: row["received_at"])
        assert (first["domain"], first["crm_account_id"]) == ("", "")
        assert last["plan"] == "team"


def test_unusable_trigger_dates_and_scores_are_there(company) -> None:
    dates = Counter(row["happened_on"] in {"soon", "2026-02-30"} for row in company.rows("triggers/events.csv"))
    assert dates[True] == company.truth["expected_rejected_rows"]["triggers/events.csv"]
    scores = Counter(row["Score"] == "n/a" for row in company.rows("nps/responses.csv"))
    assert scores[True] == company.truth["quirks"]["survey_scores_that_are_none"]


def test_csat_answers_stand_among_the_nps_ones(company) -> None:
    kinds = Counter(row["Survey type"] for row in company.rows("nps/responses.csv"))
    assert kinds["csat"] > 0.05 * kinds["nps"] > 0


def test_money_in_a_currency_without_a_rate_is_counted(company) -> None:
    paid = [row for row in company.rows("stripe/subscriptions.csv") if row["Currency"] == "chf"]
    assert len(paid) == company.truth["quirks"]["subscriptions_without_rate"]
    deals = [row["CURRENCYISOCODE"] for row in company.rows("salesforce/Opportunity.csv")]
    for path in (company.home / "landing" / "hubspot").glob("*deals*"):
        deals += [
            row.get("Currency") or row.get("deal_currency_code") or "" for row in company.rows(f"hubspot/{path.name}")
        ]
    assert deals.count("CHF") == company.truth["quirks"]["deals_without_rate"] > 0


def test_the_first_contract_of_a_customer_starts_with_its_won_deal(company) -> None:
    won: dict[str, str] = {}
    for row in company.rows("salesforce/Opportunity.csv"):
        if row["ISWON"] == "true" and row["TYPE"] == "New Customer":
            won[row["ACCOUNTID"]] = row["CLOSEDATE"]
    first: dict[str, str] = {}
    for row in company.rows("stripe/subscriptions.csv"):
        if row["crm_account_id (metadata)"] in won and row["Status"] != "trialing":
            key = row["crm_account_id (metadata)"]
            first[key] = min(first.get(key, "9"), row["Start (UTC)"][:10])
    assert len(first) > 50
    assert all(won[key] == day for key, day in first.items())


def test_the_leaky_field_is_filled_for_customers_and_hardly_for_others(company) -> None:
    filled: Counter[tuple[bool, bool]] = Counter()
    for row in company.rows("salesforce/Account.csv"):
        filled[row["Type"] == "Customer - Direct", row["Onboarding_Segment__c"] != ""] += 1
    assert filled[True, True] > 0.8 * (filled[True, True] + filled[True, False])
    assert filled[False, True] < 0.05 * (filled[False, True] + filled[False, False])
