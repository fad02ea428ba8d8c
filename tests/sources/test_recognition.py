"""How a file is recognised: a user's own column does not make it another kind."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table.recognition import Layout, recognise


def test_accounts_of_an_org_with_person_accounts_are_accounts_without_the_people(landing: Landing) -> None:
    landing.put(
        "salesforce/Account.csv",
        "Id,Name,LastName,FirstName,IsPersonAccount,PersonEmail,Website\n"
        "001Hs00004kXyZa,Halden,,,false,,h.example\n001Hs00004kXyZb,R. P,P,R,true,r@mail.example,\n",
    )
    assert landing.land().rows("salesforce_account", "name") == ["Halden"]
    assert landing.counts("salesforce/Account.csv") == (2, 1, 1)
    assert [reject[:2] for reject in landing.rejects()] == [(3, "Id")]


def test_companies_with_an_email_of_their_own_are_companies_and_contacts_are_not(landing: Landing) -> None:
    landing.put("hubspot/c.csv", "Record ID,Company name,Company Domain Name,Email\n1,A,a.example,o@a.example\n")
    landing.put("hubspot/d.csv", "Record ID,Company name,Number of Employees,Email\n2,B,60,o@b.example\n")
    landing.put("hubspot/e.csv", "hs_object_id,property_name,property_industry,property_email\n3,C,Tea,o@c.example\n")
    landing.put("hubspot/p.csv", "Record ID,First Name,Last Name,Email,Company name,Industry\n7,K,L,k@a.example,A,X\n")
    landing.put("hubspot/q.csv", "Record ID,Email,Company name\n8,k@a.example,A\n")
    landing.put(
        "hubspot/r.csv", "hs_object_id,property_firstname,property_email,property_name,property_industry\n9,K,e,A,X"
    )
    assert landing.land().rows("hubspot_company", "id") == ["1", "2", "3"]
    assert landing.rows("hubspot_contact", "id") == ["7", "8", "9"]
    landing.put("hubspot/s.csv", "Record ID,First Name,Company name,Industry\n9,K,A,X\n")
    landing.land()
    assert ignored_columns(landing) == {
        "hubspot/s.csv": "Industry",
    }


def test_a_field_called_status_or_stage_changes_nothing(landing: Landing) -> None:
    landing.put(
        "salesforce/report.csv",
        "Opportunity ID,Account ID,Stage,Status,Amount,Close Date,Closed,Won\n"
        "006Hs00001bCdEf,001Hs00004kXyZa,Closed Won,Signed,5000,2025-06-30,1,1\n",
    )
    landing.put(
        "salesforce/accounts.csv",
        "Account ID,Account Name,Website,Stage,Employees\n001Hs00004kXyZa,A,a.example,Live,60\n",
    )
    assert landing.land().rows("salesforce_opportunity", "is_won") == ["true"]
    assert landing.rows("salesforce_account", "name") == ["A"]


def ignored_columns(landing: Landing) -> dict[str, str | None]:
    assert landing.state is not None
    return {file.path: file.account_columns for file in landing.state.files if file.status == "ignored"}


def taken_for(landing: Landing, path: str) -> str | None:
    assert landing.state is not None
    return next(file.taken_for for file in landing.state.files if file.path == path)


def test_the_run_says_what_a_file_was_taken_for_and_by_which_columns(landing: Landing) -> None:
    landing.put("salesforce/account.csv", "Id,Account Name,Account Website\n001Hs00004kXyZa,A,a.example\n")
    landing.put("salesforce/account2.csv", "Id,Name,Type,Website\n001Hs00004kXyZa,A,Customer,a.example\n")
    landing.put("crm/a.csv", "key,label\n1,A\n")
    landing.put("usage/e.jsonl", '{"event":"x","distinct_id":"u","timestamp":"2025-01-01T00:00:00Z","properties":{}}\n')
    plan = ReadPlan(mapped=(MappedSource("crm", "crm/a.csv", "account", {"id": "key", "name": "label"}),))
    for _ in range(2):
        landing.land(plan)
        assert taken_for(landing, "salesforce/account2.csv") == "Salesforce Account, by Id, Name, Website"
        assert taken_for(landing, "crm/a.csv") == "account, by sources.crm"
        assert taken_for(landing, "usage/e.jsonl") == "events, by their JSON"


STATUS = "Id,Name,Website,OwnerId,Status"


@pytest.mark.parametrize("values", [("Live", "Item 4"), ("", ""), ("Active", "Active")])
def test_accounts_with_a_status_of_their_own_are_accounts(landing: Landing, values: tuple[str, str]) -> None:
    rows = [f"001Hs00004kXyZ{letter},A,a.example,,{value}" for letter, value in zip("ab", values, strict=True)]
    landing.put("salesforce/account.csv", "\n".join([STATUS, *rows]) + "\n")
    assert landing.land().rows("salesforce_account", "name") == ["A", "A"]


def test_an_answer_to_an_update_is_ignored_and_told_where_it_has_columns_of_accounts(landing: Landing) -> None:
    row = "001Hs00004kXyZaIAK,A,a.example,,Item Updated"
    landing.put("salesforce/s1.csv", f"ID,NAME,WEBSITE,OWNERID,STATUS\n{row}\n")
    landing.put("salesforce/s2.csv", "ID,ICP_TIER__C,STATUS\n001Hs00004kXyZaIAK,tier_1,Item Upserted\n")
    landing.put("salesforce/s3.csv", "Id,Name,Website,sf__Error\n001Hs00004kXyZaIAK,A,a.example,X\n")
    assert landing.land().rows("salesforce_account", "name") == []
    assert ignored_columns(landing) == {
        "salesforce/s1.csv": "WEBSITE",
        "salesforce/s2.csv": None,
        "salesforce/s3.csv": "Website",
    }


@pytest.mark.parametrize("content", [
    f"{STATUS}\n001Hs00004kXyZa,A,a.example,,Item Updated\n001Hs00004kXyZb,B,b.example,,Live\n",
    "ID,NAME,WEBSITE,STATUS\n001Hs00004kXyZa,A,a.example,Actualizado\n001Hs00004kXyZb,B,b.example,Actualizado\n",
])  # fmt: skip
def test_a_status_that_may_be_either_holds_the_file(landing: Landing, content: str) -> None:
    landing.put("salesforce/x.csv", content)
    assert "its column STATUS may be Data Loader's own" in landing.held()


def test_opportunities_without_flags_may_have_a_status(landing: Landing) -> None:
    landing.put(
        "salesforce/o.csv",
        "Id,AccountId,StageName,CloseDate,Amount,Status\n"
        "006Hs00001bCdEf,001Hs00004kXyZa,Closed Won,2025-06-30,5,Signed\n",
    )
    assert landing.land().rows("salesforce_opportunity", "is_won") == ["true"]


def test_ids_of_another_object_make_it_that_object(landing: Landing) -> None:
    landing.put("salesforce/a.csv", "Id,Name,LastName,Company\n001Hs00004kXyZa,A,,x\n")
    landing.put("salesforce/c.csv", "Id,LastName,Name,Website,IsPersonAccount\n003Hs00004kXyZa,K,A,a.example,\n")
    landing.put("salesforce/l.csv", "Id,Name,Website,IsConverted\n00QHs00004kXyZa,A,a.example,false\n")
    landing.land()
    assert landing.rows("salesforce_account", "id", path="salesforce/a.csv") == ["001Hs00004kXyZaIAK"]
    assert taken_for(landing, "salesforce/a.csv") == "Salesforce Account, by Id, Name"
    assert len(landing.rows("salesforce_lead", "id")) == 1
    assert ignored_columns(landing) == {"salesforce/c.csv": "Website"}


@pytest.mark.parametrize(("ids", "said"), [
    (("003Hs00004kXyZa",), "begin with 003 (Contact)"),
    (("001Hs00004kXyZa", "003Hs00004kXyZb"), "begin with 001 (Account) and 003 (Contact)"),
    (('"=""500Hs00004kXyZa"""',), "begin with 500 (Case)"),
])  # fmt: skip
def test_ids_that_contradict_the_columns_hold_the_file(landing: Landing, ids: tuple[str, ...], said: str) -> None:
    landing.put("salesforce/a.csv", "Id,Name,Website\n" + "".join(f"{id_},A,a.example\n" for id_ in ids))
    message = landing.held()
    assert f"by its columns it is Salesforce Account, by Id, Name, Website, but ids in column 'Id' {said}" in message


def test_ids_of_parquet_are_looked_at_too(landing: Landing) -> None:
    path = landing.put("salesforce/a.parquet", "")
    pq.write_table(pa.table({"Id": ["00QHs00004kXyZa"], "Name": ["A"], "Website": ["a.example"]}), path)
    assert "begin with 00Q (Lead)" in landing.held()


def test_two_kinds_that_fit_equally_well_hold_the_file_with_the_columns_that_decide() -> None:
    one = Layout("Accounts", "account", {"id": ("Id",), "name": ("Name",), "industry": ("Industry",)}, must=("id",))
    two = Layout("Deals", "deal", {"id": ("Id",), "label": ("Name",), "amount": ("Amount",)}, must=("id",))
    with pytest.raises(Held) as caught:
        recognise([one, two], ["Id", "Name"])
    assert "with 'Industry' if it is Accounts, with 'Amount' if it is Deals" in str(caught.value)
    assert recognise([one, two], ["Id", "Name", "Amount"]).layout is two
    assert recognise([one, one], ["Id", "Name"]).layout is one
