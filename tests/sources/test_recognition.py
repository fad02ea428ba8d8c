"""What a file is taken for: a column of the users' own does not make it another."""

from __future__ import annotations

from landing_folder import Landing


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
    landing.put("hubspot/p.csv", "Record ID,First Name,Last Name,Email,Company name,Industry\n7,K,L,k@a.example,A,X\n")
    landing.put("hubspot/q.csv", "Record ID,Email,Company name,Industry\n7,k@a.example,A,X\n")
    assert landing.land().rows("hubspot_company", "id") == ["1"]
    assert landing.status("hubspot/p.csv")[0] == landing.status("hubspot/q.csv")[0] == "ignored"


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
