"""Audiences from night to night: suppression lists apply at once, and each addition and removal has its cause."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from pipeline_runs import add_rows, one, query, read_rows, run_pipeline, values

pytestmark = pytest.mark.slow


def changes(home: Path, account: str) -> list[tuple[str, str, str]]:
    """The changes of one account, oldest first."""
    rows = query(
        home,
        "select audience, change, cause from history.audience_changes inner join history.runs using (run_id) "
        f"where account_id = '{account}' and audience <> 'emea_launch' order by sequence, audience",
    )
    return [tuple(row) for row in rows.values]


def test_an_account_that_is_listed_goes_out_the_same_night_and_comes_back_when_the_line_is_gone(copied: Path) -> None:
    account, domain = query(
        copied,
        "select account_id, domain from activation.audience_members inner join core.accounts using (account_id) "
        "where audience = 'target_accounts' and reason like 'tier_2%' and domain is not null order by account_id",
    ).iloc[0]
    path = copied / "landing" / "suppress" / "do_not_contact.csv"
    before = path.read_bytes()
    add_rows(path, {"account": f"https://www.{domain}/", "reason": "asked us to stop"})
    run_pipeline(copied)
    assert one(copied, f"select reason from activation.exclusions where account_id = '{account}'") == "suppressed"
    assert not values(copied, f"select 1 from activation.audience_members where account_id = '{account}'")
    path.write_bytes(before)
    run_pipeline(copied, as_of=datetime.date(2026, 11, 23))
    assert changes(copied, account) == [
        ("target_accounts", "added", "audience"),
        ("target_accounts", "removed", "suppressed"),
        ("target_accounts", "added", "eligible"),
    ]
    member = query(copied, f"select * from activation.audience_members where account_id = '{account}'").iloc[0]
    assert str(member["added_on"])[:10] == "2026-11-23"


def test_nobody_is_in_an_audience_and_in_the_exclusions_unless_it_was_asked_for(copied: Path) -> None:
    both = """
        select members.audience, exclusions.reason, count(*) as n from activation.audience_members as members
        inner join activation.exclusions using (account_id) group by all order by all
    """
    assert len(query(copied, both)) == 0
    by_domain = (
        both.replace("using (account_id)", "using (domain)")
        .replace("as members", "as member inner join core.accounts using (account_id)) as members")
        .replace("from activation.audience_members", "from (select audience, domain from activation.audience_members")
    )
    assert len(query(copied, by_domain)) == 0
    settings = (copied / "icp.yaml").read_text(encoding="utf-8")
    asked = "  upsell: {tiers: [tier_1, tier_2, tier_3], relationships: [customer, open_deal]}\n"
    (copied / "icp.yaml").write_text(settings.replace("audiences:\n", "audiences:\n" + asked), encoding="utf-8")
    run_pipeline(copied)
    found = query(copied, both)
    assert set(zip(found["audience"], found["reason"], strict=True)) == {
        ("upsell", "customer"),
        ("upsell", "open_deal"),
    }


def test_every_list_holds_its_audience_and_none_of_the_excluded(copied: Path) -> None:
    folder = copied / "exports" / "latest" / "audiences"

    def domains(audience: str) -> set[str]:
        header, rows = read_rows(folder / audience / "domains.csv")
        assert header == ["domain"]
        return {row[0] for row in rows}

    members = query(copied, "select audience, domain, name from activation.audience_members join core.accounts "
                            "using (account_id)")  # fmt: skip
    for audience, own in members.groupby("audience"):
        assert domains(str(audience)) == set(own["domain"].dropna()) and domains(str(audience))
        _, sold_to = read_rows(folder / str(audience) / "sales_navigator_accounts_1.csv")
        assert sorted(row[0] for row in sold_to) == sorted(own["name"].dropna())
        assert not domains(str(audience)) & domains("exclusions")
    suppressed = values(copied, "select domain from activation.exclusions where reason = 'suppressed' and domain <> ''")
    assert suppressed and set(suppressed) <= domains("exclusions")


@pytest.mark.parametrize("tool", ["sales_navigator", "apollo", "linkedin_ads"])
def test_what_a_saved_search_finds_is_counted_as_a_person_would(shipped: Path, tool: str) -> None:
    home = shipped
    filters = query(home, f"select * from activation.prospecting_filters where tool = '{tool}' and is_used")
    (quality,) = query(home, f"select * from activation.filter_quality where tool = '{tool}'").itertuples()
    accounts = query(
        home,
        "select account_id, industry, employees, tier in ('tier_1', 'tier_2') as is_target from core.accounts "
        "inner join icp.account_tiers using (account_id) "
        "where icp_id = 'primary' and tier <> 'unscored' and account_tiers.relationship <> 'not_prospect'",
    )
    # On the sample company only the strongest filter pays off: software companies, under the tool's name for them.
    name = "Computer Software" if tool == "apollo" else "Software Development"
    assert filters[filters["operator"] == "any_of"]["filter_values"].tolist() == [name]
    found = accounts[accounts["industry"] == "Computer Software"]
    assert (quality.found, quality.found_targets) == (len(found), found["is_target"].sum())
    assert (quality.accounts, quality.targets) == (len(accounts), accounts["is_target"].sum())
    assert quality.precision == pytest.approx(found["is_target"].mean(), abs=1e-6) and quality.precision > 0.8
    # The second filter is headcount, in the tool's own bands if it has them.
    low, high = (200, 499) if tool == "apollo" else (201, 500)
    narrower = found[found["employees"].between(low, high)]
    two = f"select found, found_targets from activation.search_counts where tool = '{tool}' and filters_set = 2"
    assert query(home, two).values.tolist() == [[len(narrower), narrower["is_target"].sum()]]
    exactness = one(
        home, f"select exactness from activation.prospecting_filters where tool = '{tool}' and attribute = 'employees'"
    )
    assert exactness == ("exact" if tool == "apollo" else "near")
