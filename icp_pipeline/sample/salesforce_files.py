"""Salesforce exports: Data Loader after v63 (BOM), after v61, before v61 (upper-case headers), and Bulk API 2.0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.sample.ledger import created_on, deal_money, moments
from icp_pipeline.sample.made_up_ids import CONTACT, CONTACT_ROLE, HISTORY, OPPORTUNITY, salesforce_ids
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry, short_id
from icp_pipeline.sample.rows import day, decimal, flag, number_text, write_csv, zulu
from icp_pipeline.sample.streams import Flags, pick, stream
from icp_pipeline.sample.wordings import deal_notes, loss_reasons

STAGES = (
    ("Prospecting", "10.0", "Pipeline"),
    ("Needs Analysis", "20.0", "Pipeline"),
    ("Negotiation/Review", "90.0", "Forecast"),
)
_ROLES = {"Decision Maker": 0.3, "Economic Buyer": 0.2, "Evaluator": 0.3, "Influencer": 0.2}
# The share of cells that are empty in Salesforce although another system has the value.
_GAPS = 0.06
BAD_ACCOUNTS, BAD_OPPORTUNITIES, BAD_DATES = 2, 1, 1


def write_salesforce(folder: Path, frames: WorldFrames, registry: Registry) -> dict[str, int]:
    """Write the four objects of accounts and deals; returns the rows per file."""
    return {
        "Account.csv": _write_accounts(folder, frames, registry),
        "Opportunity.csv": _write_opportunities(folder, frames, registry),
        "OpportunityHistory.csv": _write_history(folder, frames, registry),
        "OpportunityContactRole.csv": _write_contact_roles(folder, frames, registry),
    }


def _write_accounts(folder: Path, frames: WorldFrames, registry: Registry) -> int:
    """The live records, then those merged away, the duplicates, and rows whose id was damaged by a spreadsheet."""
    keys = registry.accounts
    held = (keys["salesforce_id"] != "").to_numpy()
    live = _account_columns(frames, registry, held)
    by_account = live.set_index("account")
    gone = by_account.loc[registry.merged["account"]].reset_index()
    gone = gone.assign(MasterRecordId=gone["Id"], Id=registry.merged["old_id"].to_numpy(), IsDeleted="true")
    twins = by_account.loc[registry.duplicates["account"]].reset_index()
    twins = twins.assign(Id=registry.duplicates["salesforce_id"].to_numpy(), Name=twins["Name"] + " (old record)")
    twins = twins.assign(Type="Prospect", Website="http://" + _domains(frames, twins["account"]) + "/en")
    twins = twins.assign(Referrals_Given__c="", Onboarding_Segment__c="")
    bad = live.tail(BAD_ACCOUNTS).assign(Id=lambda rows: rows["Id"].str.upper(), Website="")
    every = pd.concat([live, gone, twins, bad], ignore_index=True).drop(columns="account")
    return write_csv(folder / "Account.csv", every, quote_all=True, bom=True)


def _account_columns(frames: WorldFrames, registry: Registry, held: Flags) -> pd.DataFrame:
    rng = stream(frames.seed, "salesforce accounts")
    keys = registry.accounts
    seen = frames.observed[held].reset_index(drop=True)
    size = len(seen)
    created = moments(created_on(frames)[held], rng)
    customer = frames.customers.set_index("account").reindex(seen["account"])
    known = {name: _with_gaps(seen[name], rng) for name in ("industry", "employees", "annual_revenue_usd", "ownership")}
    # A duplicate is only recognisable while the record it duplicates has its website.
    no_website = (rng.random(size) < 0.04) & ~seen["account"].isin(registry.duplicates["account"]).to_numpy()
    streets = np.where(rng.random(size) < 0.05, "Building C\n" + seen["city"] + " Road 4", seen["city"] + " Road 12")
    return pd.DataFrame(
        {
            "account": seen["account"],
            "Id": keys["salesforce_id"].to_numpy()[held],
            "IsDeleted": "false",
            "MasterRecordId": "",
            "Name": _quirky_names(seen["name"]),
            "Type": np.where(customer["won_on"].notna(), "Customer - Direct", "Prospect"),
            "BillingStreet": streets,
            "BillingCity": seen["city"],
            "BillingState": seen["state"],
            "BillingCountry": seen["country"],
            "Website": np.where(no_website, "", keys["website"].to_numpy()[held]),
            "Industry": known["industry"],
            "AnnualRevenue": number_text(known["annual_revenue_usd"], ".1f"),
            "NumberOfEmployees": number_text(known["employees"], ".0f"),
            "Ownership": known["ownership"],
            "AccountSource": seen["lead_source"],
            "CreatedDate": zulu(created),
            "LastModifiedDate": zulu(created + np.timedelta64(86_400, "s")),
            "SystemModstamp": zulu(created + np.timedelta64(86_401, "s")),
            "Has_RevOps__c": seen["has_revops"].map({True: "true", False: "false"}).fillna(""),
            "Area_Code__c": seen["area_code"].fillna(""),
            "Business_Model__c": seen["business_model"].fillna(""),
            "Budget_Owner__c": seen["budget_owner"].fillna(""),
            "Onboarding_Segment__c": seen["onboarding_segment"].fillna(""),
            "Referrals_Given__c": number_text(customer["referrals"].to_numpy(), ".0f"),
        }
    )


def _with_gaps(values: pd.Series, rng: np.random.Generator) -> pd.Series:
    return values.astype(object).where(rng.random(len(values)) >= _GAPS, None)


def _quirky_names(names: pd.Series) -> pd.Series:
    """One company has quotes in its name."""
    names = names.copy()
    names.iloc[len(names) // 2] = 'The "' + names.iloc[len(names) // 2].split(",")[0] + '" Company'
    return names


def _domains(frames: WorldFrames, accounts: pd.Series) -> np.ndarray:
    return frames.accounts["domain"].to_numpy(dtype=object)[accounts]


def _write_opportunities(folder: Path, frames: WorldFrames, registry: Registry) -> int:
    rng = stream(frames.seed, "salesforce opportunities")
    held = _salesforce_deals(frames, registry)
    deals = frames.deals[held].reset_index(drop=True)
    amount, currency = (values[held] for values in deal_money(frames))
    won, closed = deals["is_won"].to_numpy(), deals["is_closed"].to_numpy()
    created = moments(deals["created_on"], rng)
    stage = np.where(closed, np.where(won, "Closed Won", "Closed Lost"), "Negotiation/Review")
    kind = np.where(deals["kind"] == "new", "New Customer", "Existing Customer - Upgrade")
    touched = np.where(closed, moments(deals["closed_on"], rng), created + np.timedelta64(7_200, "s"))
    rows = pd.DataFrame(
        {
            "ID": registry.deal_ids[held],
            "ISDELETED": "false",
            "ACCOUNTID": registry.deal_account_ids[held],
            "NAME": frames.accounts["short_name"].to_numpy()[deals["account"]] + " - Platform",
            "STAGENAME": stage,
            "AMOUNT": np.where(rng.random(len(deals)) < 0.06, "", decimal(amount, places=2)),
            "CURRENCYISOCODE": currency,
            "PROBABILITY": np.where(won, "100.0", np.where(closed, "0.0", "60.0")),
            "CLOSEDATE": day(deals["closed_on"]),
            "TYPE": kind,
            "LEADSOURCE": frames.accounts["lead_source"].to_numpy()[deals["account"]],
            "ISCLOSED": flag(closed),
            "ISWON": flag(won),
            "FORECASTCATEGORY": np.where(won, "Closed", np.where(closed, "Omitted", "Pipeline")),
            "CREATEDDATE": zulu(created),
            "LASTMODIFIEDDATE": zulu(touched),
            "SYSTEMMODSTAMP": zulu(touched),
            "DESCRIPTION": deal_notes(frames, deals),
            "LOSS_REASON__C": loss_reasons(frames, deals, "salesforce"),
        }
    )
    bad_ids = rows.head(BAD_OPPORTUNITIES).assign(ID=lambda part: part["ID"].str.upper())
    lost = rows[rows["STAGENAME"] == "Closed Lost"].head(BAD_DATES)
    fresh = salesforce_ids(OPPORTUNITY, 50_000_000 + np.arange(len(lost)))
    bad_dates = lost.assign(ID=fresh, CLOSEDATE="2025-13-45", STAGENAME=STAGES[-1][0], ISCLOSED="false")
    every = pd.concat([rows, bad_ids, bad_dates], ignore_index=True)
    return write_csv(folder / "Opportunity.csv", every, quote_all=True)


def _write_history(folder: Path, frames: WorldFrames, registry: Registry) -> int:
    """Each deal passes its stages at even intervals, then closes; one row per change of stage."""
    rng = stream(frames.seed, "salesforce history")
    held = _salesforce_deals(frames, registry)
    deals, ids = frames.deals[held].reset_index(drop=True), registry.deal_ids[held]
    amount = deal_money(frames)[0][held]
    created = moments(deals["created_on"], rng)
    closed = np.minimum(moments(deals["closed_on"], rng), np.datetime64(frames.as_of, "s"))
    parts = []
    for step, (stage, probability, forecast) in enumerate(STAGES):
        at = created + (closed - created) * step // 4
        parts.append(_history_part(ids, at, stage, amount * (0.8 + 0.1 * step), deals, probability, forecast))
    done = deals["is_closed"].to_numpy()
    won = deals["is_won"].to_numpy()[done]
    last = [np.where(won, *pair) for pair in (("Closed Won", "Closed Lost"), ("100.0", "0.0"), ("Closed", "Omitted"))]
    parts.append(_history_part(ids[done], closed[done], last[0], amount[done], deals[done], last[1], last[2]))
    rows = pd.concat(parts, ignore_index=True).sort_values(["OpportunityId", "CreatedDate"], kind="stable")
    rows.insert(0, "Id", salesforce_ids(HISTORY, np.arange(len(rows))))
    return write_csv(folder / "OpportunityHistory.csv", rows, quote_all=True)


def _history_part(
    ids: Any, at: Any, stage: Any, amount: Any, deals: pd.DataFrame, probability: Any, forecast: Any
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "OpportunityId": ids,
            "CreatedDate": zulu(at),
            "StageName": stage,
            "Amount": decimal(amount),
            "CloseDate": day(deals["closed_on"]),
            "Probability": probability,
            "ForecastCategory": forecast,
            "IsDeleted": "false",
        }
    )


def _write_contact_roles(folder: Path, frames: WorldFrames, registry: Registry) -> int:
    """Bulk API style: unquoted; this extract was joined in a spreadsheet and carries 15-character deal ids."""
    rng = stream(frames.seed, "salesforce roles")
    held = _salesforce_deals(frames, registry)
    deals = frames.deals[held]
    times = deals["committee_size"].to_numpy()
    first = np.concatenate([[0], np.cumsum(times)[:-1]])
    size = int(times.sum())
    primary = np.zeros(size, dtype=bool)
    primary[first] = True
    created = moments(np.repeat(deals["created_on"].to_numpy(), times), rng)
    columns = {
        "Id": salesforce_ids(CONTACT_ROLE, np.arange(size)),
        "OpportunityId": short_id(np.repeat(registry.deal_ids[held], times)),
        "ContactId": salesforce_ids(CONTACT, np.arange(size)),
        "Role": pick(rng, _ROLES, size),
        "IsPrimary": flag(primary),
        "IsDeleted": flag(np.zeros(size)),
        "CreatedDate": zulu(created),
    }
    return write_csv(folder / "OpportunityContactRole.csv", columns)


def _salesforce_deals(frames: WorldFrames, registry: Registry) -> Flags:
    return (registry.accounts["salesforce_id"].to_numpy() != "")[frames.deals["account"]]
