"""HubSpot companies and deals: export labels, internal names, and the names warehouses give them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyarrow.compute as pc

from icp_pipeline.sources.table import contract_terms, derive
from icp_pipeline.sources.table.cell_columns import Cells, map_values
from icp_pipeline.sources.table.deal_outcomes import decide
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor
from icp_pipeline.sources.values.record_ids import id_items

_PREFIXES = ("", "property_", "properties.", "property_hs_")
_NULLS = frozenset({"(No value)"})
_PRIMARY_COMPANY = (
    "Associated Company IDs (Primary)",
    "Primary Associated Company",
    "Primary Associated Company ID",
    "hs_primary_associated_company",
)
_EVERY_COMPANY = (
    "id_list",
    (
        *("Associated Company IDs", "associatedcompanyids", "associations.companies", "companies"),
        *("company_ids", "associated_companies", "Associated Company ID", "company_id"),
    ),
)


def _associated_company(is_guess: str) -> Callable[[Cells], None]:
    """Fill `company_id`, and the column that says whether it is a guess, in files of one kind."""
    return partial(_fill_company, is_guess)


def _fill_company(is_guess: str, cells: Cells) -> None:
    """The primary company; without one, the first of several, marked as a guess.

    HubSpot's API repeats the primary one at the start of its list.
    """
    every = cells.get("company_ids")
    first = map_values(every, lambda text: text.split(";")[0].strip() or None)
    primary = cells.get("company_id")
    several = map_values(every, lambda text: "true" if ";" in text.strip(" ;") else "false")
    repeated = map_values(cells.raw.get("company_ids", every), _repeats_first)
    guessed = pc.and_kleene(pc.is_null(primary), pc.equal(several, "true"))
    guessed = pc.and_kleene(guessed, pc.invert(pc.equal(repeated, "true")))
    cells.columns[is_guess] = pc.if_else(pc.fill_null(guessed, False), "true", "false")
    cells.columns["company_id"] = pc.coalesce(primary, first)


def _repeats_first(text: str) -> str:
    items = [item.strip() for item in id_items(text)]
    return "true" if items and items.count(items[0]) > 1 else "false"


LAYOUTS = (
    Layout(
        name="HubSpot companies",
        kind="hubspot_company",
        prefixes=_PREFIXES,
        nulls=_NULLS,
        aliases={
            "id": ("Record ID", "hs_object_id", "Company ID", "companyId", "id"),
            "name": ("Company name", "name"),
            "domain": ("Company Domain Name", "domain", "Website URL", "website"),
            "salesforce_account_id": ("Salesforce Account ID", "salesforceaccountid"),
            "parent_id": (
                *("Parent Company", "hs_parent_company_id", "Parent Company ID"),
                *("Associated Company IDs (Parent Company)", "Associated Company IDs (Parent)"),
            ),
            "industry": ("Industry",),
            "number_of_employees": ("Number of Employees", "numberofemployees"),
            "annual_revenue": ("Annual Revenue", "annualrevenue"),
            "currency": (
                *("Annual Revenue Currency", "Annual Revenue Currency Code", "hs_annual_revenue_currency_code"),
                *("annualrevenue_currency", "annual_revenue_currency_code"),
            ),
            "country": ("Country/Region", "Country"),
            "country_code": ("Country Code", "hs_country_code", "Country/Region Code"),
            "state": ("State/Region", "State"),
            "lifecycle_stage": ("Lifecycle Stage", "lifecyclestage"),
            "type": ("Type",),
            "founded_year": ("Year Founded", "founded_year"),
            "is_deleted": ("is_deleted", "archived", "_fivetran_deleted"),
            "created_at": ("Create Date", "createdate", "created_at", "createdAt"),
            "modified_at": ("Last Modified Date", "hs_lastmodifieddate", "lastmodifieddate", "updated_at", "updatedAt"),
        },
        lists={
            "additional_domains": ("Additional Domains", "hs_additional_domains"),
            "web_technologies": ("Web Technologies", "web_technologies"),
            "merged_company_ids": ("Merged Company IDs", "hs_merged_object_ids", "Merged record IDs"),
        },
        must=("id", "name"),
        any_of=(
            *("Company Domain Name", "domain", "Lifecycle Stage", "Industry", "Number of Employees", "annualrevenue"),
            *("Website URL", "Company name", "Country/Region"),
        ),
        unless=("Deal Stage", "dealstage", "Deal Name", "dealname", "First Name", "Last Name", "Job Title"),
        # A company may have a user-defined property Email; only a contact has these others, or a person's name.
        unless_with={
            "Email": (
                *("Company Domain Name", "domain", "Industry", "Number of Employees", "Annual Revenue"),
                *("Lifecycle Stage", "Year Founded", "founded_year"),
            )
        },
        finish=derive.country("country", "country_code"),
    ),
    Layout(
        name="HubSpot deals",
        kind="hubspot_deal",
        prefixes=_PREFIXES,
        nulls=_NULLS,
        aliases={
            "id": ("Record ID", "hs_object_id", "Deal ID", "dealId", "id"),
            "pipeline": ("Pipeline", "deal_pipeline_id"),
            "deal_stage": ("Deal Stage", "dealstage", "deal_pipeline_stage_id"),
            "amount": ("Amount",),
            "amount_in_home_currency": ("Amount in company currency", "amount_in_home_currency"),
            "home_currency": ("Amount in company currency Currency", "amount_in_home_currency_currency"),
            "currency": ("Currency", "deal_currency_code"),
            "close_date": ("Close Date", "closedate"),
            "created_at": ("Create Date", "createdate", "created_at", "createdAt"),
            "deal_type": ("Deal Type", "dealtype"),
            "is_closed_won": ("Is Closed Won", "hs_is_closed_won"),
            "is_closed": ("Is Deal Closed?", "hs_is_closed", "Is Closed"),
            "company_id": _PRIMARY_COMPANY,
            "modified_at": ("Last Modified Date", "hs_lastmodifieddate", "updated_at", "updatedAt"),
            "salesforce_opportunity_id": (
                "Salesforce Opportunity ID",
                "salesforceopportunityid",
                "hs_salesforceopportunityid",
            ),
            **contract_terms.ALIASES,
        },
        scratch={
            **contract_terms.SCRATCH,
            **contract_terms.VALUES,
            "company_ids": _EVERY_COMPANY,
            "closed_lost": ("boolean", ("Is closed lost", "hs_is_closed_lost")),
            "probability": (
                "text",
                ("Deal probability", "hs_deal_stage_probability", "deal_stage_probability", "Probability"),
            ),
        },
        lists={
            "merged_deal_ids": ("Merged Deal IDs", "hs_merged_object_ids", "Merged record IDs", "Merged Object IDs"),
        },
        must=("id", "deal_stage"),
        unless=("Company Domain Name", "First Name"),
        finish=derive.chain(
            _associated_company("company_id_is_guess"),
            decide("is_closed_won", "is_closed", "deal_stage", "the columns 'Is Closed Won' and 'Is Deal Closed?'"),
            contract_terms.fill_term,
            contract_terms.fill_term_from_values,
        ),
    ),
    *(
        Layout(
            name="HubSpot contacts",
            kind="hubspot_contact",
            prefixes=_PREFIXES,
            nulls=_NULLS,
            aliases={
                "id": ("Record ID", "hs_object_id", "Contact ID", "contactId", "id"),
                "email_domain": ("Email",),
                "role": ("Job Title", "jobtitle"),
                "lifecycle_stage": ("Lifecycle Stage", "lifecyclestage"),
                "lead_status": ("Lead Status", "hs_lead_status"),
                "lead_source": ("Original Source", "Original Traffic Source", "hs_analytics_source"),
                "company_id": _PRIMARY_COMPANY,
                "created_at": ("Create Date", "createdate", "created_at", "createdAt"),
                "modified_at": ("Last Modified Date", "lastmodifieddate", "updated_at", "updatedAt"),
                "is_deleted": ("is_deleted", "archived", "_fivetran_deleted"),
            },
            scratch={"company_ids": _EVERY_COMPANY},
            must=("id", told_by),
            unless=("Deal Stage", "Company Domain Name", "dealstage"),
            finish=derive.chain(derive.person, _associated_company("is_ambiguous")),
        )
        for told_by in ("email_domain", "role")
    ),
    Layout(
        name="HubSpot contacts",
        kind=None,
        prefixes=_PREFIXES,
        aliases={"id": ("Record ID", "hs_object_id"), "name": ("First Name",)},
        must=("name",),
        unless=("Deal Stage", "Company Domain Name", "dealstage"),
    ),
)

VENDOR = Vendor(LAYOUTS)
