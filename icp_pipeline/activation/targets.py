"""The list of export targets, in the order in which the report shows them. `README.md` says how to add one."""

from __future__ import annotations

from collections.abc import Iterator

from icp_pipeline.activation.audience_files import FOLDER, LISTS, AudienceFile, AudiencesReadme, LeftOut
from icp_pipeline.activation.hubspot_import import HubspotUpdate
from icp_pipeline.activation.lead_import import LeadUpdate
from icp_pipeline.activation.list_files import IN_WORKING_ORDER, ListFile, ranked
from icp_pipeline.activation.row_batches import Query
from icp_pipeline.activation.safe_cells import boolean, iso_date, number, text
from icp_pipeline.activation.salesforce_import import SalesforceUpdate
from icp_pipeline.activation.target import Target
from icp_pipeline.activation.website_files import WEBSITE_FILES
from icp_pipeline.settings.crm_fields import CrmFields

# Accounts by ICP and tier, for the manifest.
COUNTED_TIERS = Query(
    """
    select icp_id, tier, count(*) as accounts from exports.accounts_review
    where coalesce(relationship, '') <> 'not_prospect' group by icp_id, tier
    """,
    ("icp_id", "tier"),
)
# Headers and limits are the tools' own: docs/revops.md says where they come from.
AUDIENCE_FILES = (
    AudienceFile(
        "linkedin_company_list.csv",
        LISTS,
        "Companies to advertise to",
        for_whom="LinkedIn Ads",
        columns={
            "companyname": "name",
            "companywebsite": "domain",
            "companyemaildomain": "domain",
            # Never guessed from the name: a wrong page would target another company.
            "linkedincompanypageurl": None,
            "stocksymbol": None,
            "industry": None,
            "city": None,
            "state": None,
            "companycountry": "country",
            "zipcode": None,
        },
        needs=("name",),
        max_rows=300_000,
        max_bytes=20_000_000,
        at_least=300,
        country_from="linkedin",
        upload="LinkedIn Campaign Manager, Plan, Audiences, Create audience, Upload a list, Company list",
    ),
    AudienceFile(
        "sales_navigator_accounts.csv",
        LISTS,
        "Account lists to sell to, at most 1,000 accounts per file",
        for_whom="Sales Navigator",
        columns={"account_name": "name", "website": "domain", "country": "country"},
        needs=("name",),
        max_rows=1_000,
        max_bytes=20_000_000,
        is_numbered=True,
        headers_from="sales_navigator",
        upload="Sales Navigator (Advanced), Account lists, Upload accounts from a CSV; one list per file",
    ),
    AudienceFile(
        "apollo_accounts.csv",
        LISTS,
        "Accounts with their tier",
        for_whom="Apollo",
        columns={"Account Name": "name", "Account Website (Domain)": "domain", "ICP Tier": "tier"},
        needs=(),
        needs_any=("name", "domain"),
        max_rows=10_000,
        upload="Apollo, Accounts, Import, CSV; map every column",
    ),
    AudienceFile(
        "6sense_accounts.csv",
        LISTS,
        "A segment",
        for_whom="6sense",
        columns={"Account Name": "name", "Country": "country", "Domain": "domain"},
        needs=("name", "domain"),
        max_rows=25_000,
        upload="6sense, Segments, Create, Upload a list; a row without a country may stay unmatched",
    ),
    AudienceFile(
        "domains.csv",
        LISTS,
        "Domains alone, each once",
        for_whom="Clay, Mutiny, Ocean",
        columns={"domain": "domain"},
        upload="Any tool that takes a list of domains, such as Clay, Mutiny or Ocean",
    ),
)
TARGETS: tuple[Target, ...] = (
    SalesforceUpdate(
        "salesforce_account_update.csv",
        "exports.salesforce_account_update",
        "Updates the tier and score of every account, by Id",
        beside=("salesforce_account_update.sdl", "The field map that Data Loader asks for"),
    ),
    HubspotUpdate(
        "hubspot_company_update.csv",
        "exports.hubspot_company_update",
        "Updates the tier and score of every company, by Record ID",
        beside=(
            "hubspot_import_mapping.json",
            "The same import as a request for the imports API, for developers",
        ),
    ),
    SalesforceUpdate(
        "salesforce_account_changes.csv",
        "exports.salesforce_account_update",
        "The same update, only for accounts whose tags Salesforce does not have yet",
        changes_only=True,
    ),
    HubspotUpdate(
        "hubspot_company_changes.csv",
        "exports.hubspot_company_update",
        "The same import, only for companies whose tags HubSpot does not have yet",
        changes_only=True,
    ),
    LeadUpdate("salesforce_lead_update.csv", purpose="Updates tier, score and route of every open lead, by Id"),
    LeadUpdate(
        "salesforce_lead_changes.csv",
        purpose="The same update, only for leads whose tags Salesforce does not have yet",
        changes_only=True,
    ),
    LeadUpdate(
        "hubspot_contact_update.csv",
        purpose="Updates tier, score and route of every contact, by Record ID",
        for_whom="HubSpot",
    ),
    LeadUpdate(
        "hubspot_contact_changes.csv",
        purpose="The same import, only for contacts whose tags HubSpot does not have yet",
        for_whom="HubSpot",
        changes_only=True,
    ),
    ListFile(
        "accounts_review.csv",
        "exports.accounts_review",
        "Every account with tier, action and reasons, to sort and share; not for import",
        cells={
            "rank": text,
            "fit_score": number,
            "trigger_score": lambda value: number(value, 3),
            "engagement_score": lambda value: number(value, 3),
            "priority_score": lambda value: number(value, 3),
            "employees": lambda value: number(value, 0),
            "tier_since": iso_date,
            "is_customer": boolean,
        },
        select=ranked("exports.accounts_review"),
        order_by=IN_WORKING_ORDER,
        for_excel=True,
    ),
    ListFile(
        "validation_sheet.csv",
        "exports.validation_sheet",
        "20 accounts of all tiers for sales to judge, tier hidden; fill in and put into landing/voice/feedback.csv",
        columns=(
            "account",
            "name",
            "industry",
            "employees",
            "country",
            "relationship",
            "reason_text",
            "respondent",
            "given_on",
            "verdict",
            "missing",
        ),
        headers={
            "reason_text": "what the ICP says",
            "verdict": "matches your experience?",
            "missing": "what is missing?",
        },
        order_by=("position",),
        cells={"employees": lambda value: number(value, 0)},
        for_excel=True,
    ),
    ListFile(
        "interview_candidates.csv",
        "exports.interview_candidates",
        "The ten open prospects that advanced furthest, to interview while customers are few",
        order_by=("position",),
        cells={
            "position": lambda value: number(value, 0),
            "trial_days": lambda value: number(value, 0),
            "meetings": lambda value: number(value, 0),
            "replies": lambda value: number(value, 0),
            "last_seen_on": iso_date,
        },
        for_excel=True,
    ),
    ListFile(
        "changes.csv",
        "exports.changes",
        "Every record in the changes files and every one that is gone: its last tag, and why it changed",
        columns=(
            "target",
            "record_id",
            "account_id",
            "domain",
            "old_tier",
            "new_tier",
            "new_score",
            "cause",
            "icp_id",
            "old_score",
            "because",
        ),
        order_by=("target", "record_id", "icp_id"),
        cells={
            "target": "code",
            "new_tier": "code_or_blank",
            "cause": "code",
            "old_score": number,
            "new_score": number,
        },
    ),
    ListFile(
        "editorial.csv",
        "exports.editorial",
        "What buyers ask, compare and object to, each with its count and the page that would answer it",
        columns=("question", "asset", "evidence", "segment"),
        order_by=("position",),
        for_excel=True,
        if_any=True,
    ),
    *AUDIENCE_FILES,
    LeftOut(
        f"{FOLDER}/left_out_review.csv",
        LISTS,
        "Accounts that an audience file could not include, and why; not for import",
        lists=AUDIENCE_FILES,
    ),
    AudiencesReadme(
        f"{FOLDER}/README.md",
        LISTS,
        "Where to upload each audience's files, and what was left out",
        lists=AUDIENCE_FILES,
    ),
    *WEBSITE_FILES,
)


def queries(fields: CrmFields) -> list[Query]:
    """All queries of the export, each once, for the caller that holds the connection."""
    return [*dict.fromkeys(query for target in TARGETS for query in target.queries(fields)), COUNTED_TIERS]


def files() -> Iterator[tuple[str, str, str]]:
    """Every file: its name, its recipient and its purpose."""
    for target in TARGETS:
        for name, purpose in target.purposes.items():
            yield name, target.for_whom, purpose
