"""Salesforce objects: Data Loader of any version, Bulk API, weekly export, reports with ids, and warehouse copies.

One fingerprint per object; header spelling (API name, UPPERCASE, label, snake) does not matter.
"""

from __future__ import annotations

import pyarrow.compute as pc

from icp_pipeline.sources.table import contract_terms, derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.deal_outcomes import decide
from icp_pipeline.sources.table.recognition import Layout

_NULLS = frozenset({"#N/A"})
# Data Loader echoes its input with these columns; such a file is the result of an update, not an export.
# STATUS may also be a field of that name: its values decide, see `salesforce_objects`.
_RESULT = ("error", "sf__error", "sf__id")
_MODIFIED = ("SystemModstamp", "LastModifiedDate", "Last Modified Date")


def _layout(name: str, kind: str | None, **rest: object) -> Layout:
    return Layout(name=f"Salesforce {name}", kind=kind, nulls=_NULLS, **rest)  # type: ignore[arg-type]


# Columns that accounts have and contacts do not.
_OF_ACCOUNTS = ("Website", "Industry", "BillingCountry", "NumberOfEmployees", "Employees", "AnnualRevenue")


def _without_people(cells: Cells) -> None:
    """A person account is a person, not a company: its row is left out and reported."""
    is_person = pc.equal(cells.get("is_person"), "true")
    cells.refuse("id", is_person, "a person account: people are not companies, so it is left out")


_OPPORTUNITY: dict[str, tuple[str, ...]] = {
    "id": ("Id", "Opportunity ID", "Opportunity ID 18"),
    "is_deleted": ("IsDeleted", "Deleted"),
    "account_id": ("AccountId",),
    "stage_name": ("StageName", "Stage"),
    "amount": ("Amount",),
    "currency_iso_code": ("Amount Currency", "CurrencyIsoCode", "Opportunity Currency"),
    "converted_amount": ("Amount (converted)",),
    "converted_currency": ("Amount (converted) Currency",),
    "close_date": ("CloseDate",),
    "type": ("Type", "Opportunity Type"),
    "record_type": ("RecordType.Name", "Opportunity Record Type", "Record Type", "RecordTypeId", "Record Type ID"),
    "lead_source": ("LeadSource",),
    "is_closed": ("IsClosed", "Closed"),
    "is_won": ("IsWon", "Won"),
    "created_at": ("CreatedDate",),
    "modified_at": _MODIFIED,
    **contract_terms.ALIASES,
}
_OUTCOME = {
    **contract_terms.SCRATCH,
    "probability": ("text", ("Probability", "Probability (%)")),
    "forecast": ("text", ("ForecastCategory", "ForecastCategoryName", "Forecast Category")),
}

LAYOUTS = (
    _layout(
        "Account",
        "salesforce_account",
        aliases={
            "id": ("Id", "Account ID", "Account ID 18"),
            "is_deleted": ("IsDeleted", "Deleted"),
            "master_record_id": ("MasterRecordId", "Master Record ID"),
            "name": ("Name", "Account Name"),
            "type": ("Type", "Account Type"),
            "record_type": ("RecordType.Name", "Account Record Type", "Record Type", "RecordTypeId", "Record Type ID"),
            "parent_id": ("ParentId", "Parent Account ID"),
            "parent_name": ("Parent Account", "Parent.Name", "Parent Account Name"),
            "website_domain": ("Website", "Account Website"),
            "industry": ("Industry",),
            "annual_revenue": ("AnnualRevenue",),
            "number_of_employees": ("NumberOfEmployees", "Employees"),
            "ownership": ("Ownership",),
            "billing_country": ("BillingCountry", "Billing Country/Region"),
            "billing_country_code": ("BillingCountryCode",),
            "billing_state": ("BillingState", "Billing State/Province", "BillingStateCode"),
            "account_source": ("AccountSource",),
            "year_started": ("YearStarted",),
            "currency_iso_code": ("Annual Revenue Currency", "CurrencyIsoCode", "Account Currency"),
            "converted_revenue": ("Annual Revenue (converted)",),
            "converted_currency": ("Annual Revenue (converted) Currency",),
            "created_at": ("CreatedDate",),
            "modified_at": _MODIFIED,
        },
        any_of=(
            *("Website", "Industry", "BillingCountry", "Billing Country/Region", "NumberOfEmployees", "Employees"),
            *("AnnualRevenue", "MasterRecordId", "AccountSource", "Type", "ParentId", "Ownership", "BillingState"),
            *("CreatedDate", "SystemModstamp"),
        ),
        scratch={"is_person": ("boolean", ("IsPersonAccount", "Is Person Account"))},
        unless=(
            *("StageName", "CaseNumber", "IsConverted", "IsWon", "WhoId", *_RESULT),
            *("Company", "Opportunity ID", "Close Date"),
        ),
        # Orgs with person accounts have people's names in their accounts, and any field may be called Stage.
        unless_with={"LastName": (*_OF_ACCOUNTS, "IsPersonAccount"), "Stage": _OF_ACCOUNTS},
        finish=derive.chain(_without_people, derive.country("billing_country", "billing_country_code")),
    ),
    *(
        _layout(
            "Opportunity",
            "salesforce_opportunity",
            aliases=_OPPORTUNITY,
            scratch=_OUTCOME,
            must=must,
            # A warehouse's history mode repeats an opportunity per change, with its own validity columns.
            unless=("_fivetran_start", *_RESULT),
            finish=derive.chain(
                decide("is_won", "is_closed", "stage_name", "the columns IsClosed and IsWon ('Closed' and 'Won')"),
                contract_terms.fill_term,
            ),
        )
        for must in (("id", "account_id", "is_closed", "is_won"), ("id", "account_id", "stage_name", "close_date"))
    ),
    _layout(
        "OpportunityHistory",
        "salesforce_opportunity_history",
        aliases={
            "id": ("Id", "Opportunity History ID"),
            "opportunity_id": ("OpportunityId",),
            "is_deleted": ("IsDeleted", "Deleted"),
            "created_at": ("CreatedDate",),
            "stage_name": ("StageName", "Stage"),
            "amount": ("Amount",),
            "currency_iso_code": ("Amount Currency", "CurrencyIsoCode", "Opportunity Currency"),
            "close_date": ("CloseDate",),
            "probability": ("Probability", "Probability (%)"),
        },
        unless=_RESULT,
    ),
    _layout(
        "OpportunityContactRole",
        "salesforce_opportunity_contact_role",
        aliases={
            "id": ("Id",),
            "opportunity_id": ("OpportunityId",),
            "contact_id": ("ContactId",),
            "role": ("Role",),
            "is_primary": ("IsPrimary", "Primary"),
            "is_deleted": ("IsDeleted", "Deleted"),
            "created_at": ("CreatedDate",),
        },
        unless=("StageName", *_RESULT),
    ),
    _layout(
        "Lead",
        "salesforce_lead",
        aliases={
            "id": ("Id", "Lead ID"),
            "company_domain": ("Website",),
            "role": ("Title",),
            "industry": ("Industry",),
            "number_of_employees": ("NumberOfEmployees", "No. of Employees", "Employees"),
            "annual_revenue": ("AnnualRevenue",),
            "currency_iso_code": ("Annual Revenue Currency", "CurrencyIsoCode", "Lead Currency"),
            "country": ("Country", "Country/Region"),
            "country_code": ("CountryCode",),
            "lead_source": ("LeadSource",),
            "status": ("Status", "Lead Status"),
            "is_converted": ("IsConverted", "Converted"),
            "converted_at": ("ConvertedDate",),
            "converted_account_id": ("ConvertedAccountId",),
            "converted_opportunity_id": ("ConvertedOpportunityId",),
            "created_at": ("CreatedDate",),
            "modified_at": _MODIFIED,
            "is_deleted": ("IsDeleted", "Deleted"),
        },
        scratch={"email_domain": ("domain", ("Email",))},
        must=("id", "is_converted"),
        unless=("StageName", *_RESULT),
        finish=derive.chain(
            derive.person,
            lambda cells: cells.fill("company_domain", "email_domain"),
            derive.country("country", "country_code"),
        ),
    ),
    _layout(
        "Contact",
        "salesforce_contact",
        aliases={
            "id": ("Id", "Contact ID", "Contact ID 18"),
            "account_id": ("AccountId",),
            "email_domain": ("Email",),
            "role": ("Title",),
            "created_at": ("CreatedDate",),
            "modified_at": _MODIFIED,
            "is_deleted": ("IsDeleted", "Deleted"),
        },
        must=("id", "account_id"),
        any_of=("LastName", "Last Name", "Title", "Email"),
        finish=derive.person,
        unless=("IsConverted", "StageName", "CaseNumber", "Username", "WhoId", *_RESULT),
    ),
    _layout("Contact", None, aliases={"id": ("Id", "Contact ID"), "last_name": ("LastName",)}, unless=("IsConverted",)),
    _layout("Case", None, aliases={"number": ("CaseNumber",)}),
    _layout("field history", None, aliases={"old": ("OldValue",), "new": ("NewValue",)}),
    _layout("user list", None, aliases={"id": ("Id",), "user": ("Username",)}),
    _layout("activity list", None, aliases={"id": ("Id",), "who": ("WhoId",)}),
    _layout("update result (see `icp ack`)", None, aliases={"error": ("error", "sf__Error")}),
    _layout("opportunity history mode of a warehouse", None, aliases={"start": ("_fivetran_start",)}),
)
