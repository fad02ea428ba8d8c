"""Competitors, partners, tests and customers without a sale: who is in the market, and how each is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pipeline_runs import AS_OF, bare_home, one, put, query, run_pipeline, values

_ACCOUNTS = "Id,Name,Type,Website,Ownership,Industry\n"
_DEALS = "Id,AccountId,StageName,Amount,CloseDate,CreatedDate,IsClosed,IsWon\n"
_OTHERS = ("Competitor", "Channel Partner / Reseller", "Vendor", "Test", "Customer - Direct")


def _home(home: Path, settings: str = "") -> Path:
    """60 customers and 60 lost deals; private companies are won; ten accounts of each other kind look like the best."""
    bare_home(home, AS_OF + settings)
    accounts, deals = [], []
    for n in range(200):
        kind = "Customer - Direct" if n < 60 else "Prospect"
        owner = "Private" if n < 45 or n % 5 == 0 else "Public"
        accounts.append(f"{_id('001', n)},Firm {n},{kind},firm{n}.example,{owner},{'Retail' if n % 2 else 'Mining'}")
        if n < 120:
            won = "true" if n < 60 else "false"
            stage = "Closed Won" if n < 60 else "Closed Lost"
            deals.append(f"{_id('006', n)},{_id('001', n)},{stage},{1000 + n},2025-03-01,2025-01-01,true,{won}")
    for place, kind in enumerate(_OTHERS):
        for n in range(10):
            number = 1000 + 10 * place + n
            accounts.append(f"{_id('001', number)},Other {number},{kind},other{number}.example,Private,Retail")
    put(home, "salesforce/Account.csv", _ACCOUNTS + "".join(f"{row}\n" for row in accounts))
    put(home, "salesforce/Opportunity.csv", _DEALS + "".join(f"{row}\n" for row in deals))
    run_pipeline(home)
    return home


def _id(prefix: str, number: int) -> str:
    return f"{prefix}Hs{number:010d}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _home(tmp_path_factory.mktemp("prospects") / "h")


def _relationships(home: Path) -> dict[str, int]:
    return dict(query(home, "select relationship, count(*) from core.accounts group by 1").itertuples(index=False))


def test_nobody_sells_to_competitors_partners_vendors_and_tests(home: Path) -> None:
    assert _relationships(home) == {"customer": 70, "not_prospect": 40, "prospect": 140}
    assert set(values(home, "select action from icp.account_tiers where relationship = 'not_prospect'")) == {"none"}
    assert one(home, "select count(*) from exports.salesforce_account_update where tier <> 'unscored'") > 0
    assert one(home, _TAGGED.format(kind="not_prospect")) == 0
    assert one(home, _TAGGED.format(kind="prospect")) > 0
    manifest = json.loads((home / "exports" / "latest" / "manifest.json").read_text())
    assert sum(manifest["tiers"].values()) == 210
    assert one(home, "select known_accounts from quality.market_coverage") == 140


_TAGGED = """
select count(*) from exports.account_tags as tags
inner join core.accounts as accounts on tags.account_id = accounts.account_id
where accounts.relationship = '{kind}' and tags.tier <> 'unscored'
"""


def test_customers_by_their_type_alone_are_told(home: Path) -> None:
    assert one(home, "select count(*) from core.customers where is_known_by_type") == 10
    assert one(home, "select count(*) from outcomes.customer_scores where cohort is not null") <= 60
    [message] = values(home, "select message from quality.warnings where code = 'CUSTOMER_WITHOUT_SALE'")
    assert message.startswith("Customers only by their type in the CRM: 10 of 70 (Type Customer - Direct)")


def test_the_names_are_listed_with_the_way_out(home: Path) -> None:
    [message] = values(home, "select message from quality.warnings where code = 'NOT_PROSPECTS'")
    assert all(f"Type {kind} (10)" in message for kind in _OTHERS[:4])
    assert "not_prospects" in message


def test_settings_have_the_last_word(tmp_path: Path) -> None:
    home = _home(
        tmp_path / "h",
        "not_prospects: {types: [competitor], accounts: [firm199.example]}\ncustomer: {types: []}\n",
    )
    assert _relationships(home) == {"customer": 60, "not_prospect": 11, "prospect": 179}
    assert values(home, "select severity from quality.warnings where code = 'NOT_PROSPECTS'") == ["info"]
    assert values(home, "select code from quality.warnings where code = 'CUSTOMER_WITHOUT_SALE'") == []
