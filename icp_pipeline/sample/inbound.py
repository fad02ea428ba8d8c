"""Inbound contacts: leads and contacts of both CRMs and website forms, and where each should go."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.sample.ledger import created_on, moments
from icp_pipeline.sample.made_up_ids import CONTACT, LEAD, salesforce_ids
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry
from icp_pipeline.sample.rows import day, flag, minute, whole, write_csv, zulu
from icp_pipeline.sample.streams import Flags, Ints, pick, stream
from icp_pipeline.sample.vocabulary import AGENCY, SAAS

FORMS = "website.csv"
TITLES = {
    "VP Sales": 0.2,
    "Head of Revenue Operations": 0.2,
    "Marketing Manager": 0.2,
    "Chief Revenue Officer": 0.1,
    "Sales Development Representative": 0.2,
    "": 0.1,
}
# Forms that one domain sent on one day, and how many of them the product counts.
BURST, TAKEN = 25, 20
_BOT = "buy-links-now.example"
_OF_CUSTOMERS, _OF_OPEN_DEALS, _OF_PROSPECTS, _FREE_MAIL, _NAMELESS = 8, 5, 25, 4, 3
_ROUTES = {
    "customer": ("customer_success",),
    "open_deal": ("owner",),
    "prospect": ("ae", "sdr", "nurture", "self_serve", "enrich"),
    "nobody": ("enrich",),
}
# What a visitor types about an unknown company can never by itself make it a lead for an account executive.
_STRANGERS = {
    "sketchforge": (SAAS, "320", ("sdr", "nurture")),
    "plumbridge": (SAAS, "450", ("sdr", "nurture")),
    "tinkerad": (AGENCY, "6", ("nurture", "self_serve")),
    "vowelshop": ("", "", ("enrich",)),
}


@dataclass(frozen=True)
class _Line:
    """What a visitor typed, and the routes that the lead may take; None if it is not a lead."""

    id: str
    email: str
    company: str
    website: str
    routes: tuple[str, ...] | None
    industry: str = ""
    employees: str = ""
    country: str = ""


def write_salesforce_contacts(folder: Path, frames: WorldFrames, registry: Registry) -> dict[str, int]:
    """The first contact of each deal, as `OpportunityContactRole.csv` names it."""
    rng = stream(frames.seed, "salesforce contacts")
    held = (registry.accounts["salesforce_id"].to_numpy() != "")[frames.deals["account"]]
    deals = frames.deals[held]
    times = deals["committee_size"].to_numpy()
    first = np.cumsum(times) - times
    domain = frames.accounts["domain"].to_numpy(dtype=object)[deals["account"]]
    rows = pd.DataFrame(
        {
            "Id": salesforce_ids(CONTACT, first),
            "IsDeleted": "false",
            "AccountId": registry.deal_account_ids[held],
            "Title": pick(rng, TITLES, len(deals)),
            "Email": _addresses(first, domain),
            "CreatedDate": zulu(moments(deals["created_on"], rng)),
        }
    )
    return {"Contact.csv": write_csv(folder / "Contact.csv", rows, quote_all=True)}


def lead_rows(frames: WorldFrames, registry: Registry) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of `Lead.csv`, and the routes that each may take.

    Some became accounts, some wrote from free mail, the rest write from the domain of an account in Salesforce.
    """
    rng = stream(frames.seed, "salesforce leads")
    keys = registry.accounts
    known = np.flatnonzero((keys["salesforce_id"] != "") & (rng.random(len(keys)) < 0.2))
    seen = frames.observed.iloc[known]
    size = len(known)
    converted = rng.random(size) < 0.6
    created = moments(created_on(frames)[known], rng)
    free = rng.random(size) < 0.15
    domain = seen["domain"].to_numpy(dtype=object)
    rows = pd.DataFrame(
        {
            "Id": salesforce_ids(LEAD, np.arange(size)),
            "IsDeleted": flag(np.zeros(size)),
            "Company": seen["short_name"].to_numpy(),
            "Website": np.where(free | (rng.random(size) < 0.3), "", domain),
            "Email": np.where(free, "someone@gmail.com", "info@" + domain),
            "Industry": seen["industry"].fillna("").to_numpy(),
            "NumberOfEmployees": whole(seen["employees"].fillna(0), seen["employees"].notna()),
            "LeadSource": seen["lead_source"].to_numpy(),
            "Status": np.where(converted, "Closed - Converted", "Open - Not Contacted"),
            "IsConverted": flag(converted),
            "ConvertedDate": np.where(converted, day(created), ""),
            "ConvertedAccountId": np.where(converted, keys["salesforce_id"].to_numpy()[known], ""),
            "CreatedDate": zulu(created),
            "Title": pick(stream(frames.seed, "salesforce lead titles"), TITLES, size),
            "Country": seen["country"].to_numpy(),
        }
    )
    return rows, _allowed("sf-", rows["Id"], _belongs(frames)[known], converted, free)


def write_leads(folder: Path, rows: pd.DataFrame) -> dict[str, int]:
    """The leads of Salesforce."""
    return {"Lead.csv": write_csv(folder / "Lead.csv", rows, quote_all=True)}


def contact_rows(frames: WorldFrames, registry: Registry) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The first contact of every fourth company in HubSpot, as its export has it, and the routes each may take."""
    rng = stream(frames.seed, "hubspot contacts")
    keys = registry.accounts[registry.accounts["hubspot_id"] != ""].reset_index(drop=True)
    chosen = np.arange(0, len(keys), 4)
    account = keys["account"].to_numpy()[chosen]
    number = 500_000 + 2 * chosen
    stage = np.where(_customers(frames)[account], "Customer", np.where(_asked(frames)[account], "Opportunity", "Lead"))
    days = np.datetime64(frames.as_of, "D") - rng.integers(1, 300, len(chosen))
    company = keys["hubspot_id"].to_numpy()[chosen]
    nobody = np.zeros(len(chosen), dtype=bool)
    rows = pd.DataFrame(
        {
            "Record ID": number.astype(str).astype(object),
            "Job Title": pick(rng, TITLES, len(chosen)),
            "Email": _addresses(number, frames.accounts["domain"].to_numpy(dtype=object)[account]),
            "Lifecycle Stage": stage,
            "Lead Status": np.where(stage == "Lead", "New", ""),
            "Create Date": minute(moments(days, rng)),
            "Associated Company IDs": company,
            "Associated Company IDs (Primary)": company,
        }
    )
    return rows, _allowed("hs-", rows["Record ID"], _belongs(frames)[account], stage != "Lead", nobody)


def write_hubspot_contacts(folder: Path, rows: pd.DataFrame, as_of: datetime.date) -> dict[str, int]:
    """The contacts of HubSpot."""
    name = f"hubspot-crm-exports-all-contacts-{as_of.isoformat()}.csv"
    return {name: write_csv(folder / name, rows, quote_all=True)}


def _allowed(prefix: str, ids: pd.Series, belongs: np.ndarray, converted: Flags, free: Flags) -> dict[str, str]:
    """By lead: converted ones are routed by what was known before, whatever the account is now."""
    routes = np.select([converted, free], ["prospect", "nobody"], belongs)
    return {prefix + each: _one_of(_ROUTES[route]) for each, route in zip(ids, routes, strict=True)}


def _one_of(routes: tuple[str, ...]) -> str:
    return "|".join(sorted(routes))


def _belongs(frames: WorldFrames) -> np.ndarray:
    """What each account is: a customer, one with an open deal, or a prospect."""
    ever = np.isin(frames.accounts["account"], frames.customers["account"])
    is_open = np.isin(frames.accounts["account"], frames.deals[~frames.deals["is_closed"]]["account"])
    return np.select([_customers(frames), is_open & ~ever], ["customer", "open_deal"], "prospect")


def form_rows(frames: WorldFrames, registry: Registry) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of the file, and the truth: the routes each lead may take, lines that are not leads, and the bot's day."""
    rng = stream(frames.seed, "forms")
    known, routes = _known(frames, registry)
    domain = frames.accounts["domain"].to_numpy(dtype=object)[known]
    seen = frames.observed.iloc[known]
    lines = [
        _Line(
            f"{place}",
            _address(place, name),
            seen["short_name"].iloc[place],
            "",
            allowed,
            country=seen["country"].iloc[place],
        )
        for place, (name, allowed) in enumerate(zip(domain, routes, strict=True))
    ]
    # One person who clicked twice: the same id, and so one lead.
    lines += [_Line(line.id, line.email, line.company, line.website, None) for line in lines[:2]]
    lines += [_Line("", f"visitor.{place}@gmail.com", "Myself", "", ("enrich",)) for place in range(_FREE_MAIL)]
    lines += [_Line("", f"jo@nobody-knows-{place}.example", "", "", ("enrich",)) for place in range(_NAMELESS)]
    lines += [
        _Line("", f"kim@{name}.example", name.title(), f"www.{name}.example", allowed, industry, employees)
        for name, (industry, employees, allowed) in _STRANGERS.items()
    ]
    bot = [_Line("", f"x{place}@{_BOT}", "x", "", ("enrich",) if place < TAKEN else None) for place in range(BURST)]
    days = np.datetime64(frames.as_of, "D") - rng.integers(1, 60, len(lines))
    # Of what one person sent twice the first counts; a bot needs a second per form.
    days[len(known) : len(known) + 2] = days[:2]
    burst_day = np.datetime64(frames.as_of, "D") - 3
    sent = np.concatenate([moments(days, rng), burst_day.astype("datetime64[s]") + np.arange(BURST)])
    every = [*lines, *bot]
    rows = pd.DataFrame(
        {
            "id": [f"f-{line.id}" if line.id else "" for line in every],
            "submitted_at": zulu(sent),
            "email": [line.email for line in every],
            "company": [line.company for line in every],
            "website": [line.website for line in every],
            "employees": [line.employees for line in every],
            "country": [line.country for line in every],
            "industry": [line.industry for line in every],
            "title": pick(rng, TITLES, len(every)),
            "form": pick(rng, {"demo": 0.5, "ebook": 0.5}, len(every)),
        }
    )
    leads = {f"form-forms/{FORMS}:{place}": line.routes for place, line in enumerate(every, start=2)}
    truth = {
        "routes": {lead: _one_of(allowed) for lead, allowed in leads.items() if allowed},
        "no_leads": [lead for lead, allowed in leads.items() if not allowed],
        "bot": {"domain": _BOT, "day": str(burst_day), "forms": BURST, "left_out": BURST - TAKEN},
    }
    return rows, truth


def write_forms(folder: Path, rows: pd.DataFrame) -> dict[str, int]:
    """One file of submitted forms."""
    return {FORMS: write_csv(folder / FORMS, rows)}


def _known(frames: WorldFrames, registry: Registry) -> tuple[Ints, list[tuple[str, ...]]]:
    """Accounts whose people filled in a form, and their route: by relationship, whatever the fit."""
    keys = registry.accounts
    # Accounts only in HubSpot, with their own domain: they are neither confused with others nor missed.
    sure = ((keys["salesforce_id"] == "") & keys["website"].str.contains(".example", regex=False)).to_numpy()
    ever, belongs = np.isin(keys["account"], frames.customers["account"]), _belongs(frames)
    groups = (
        ("customer", sure, _OF_CUSTOMERS),
        ("open_deal", sure, _OF_OPEN_DEALS),
        ("prospect", sure & ~ever, _OF_PROSPECTS),
    )
    chosen = [(np.flatnonzero(flags & (belongs == name))[:count], _ROUTES[name]) for name, flags, count in groups]
    return np.concatenate([places for places, _ in chosen]), [routes for places, routes in chosen for _ in places]


def _customers(frames: WorldFrames) -> Flags:
    """By account: whether it is a customer and has been one ever since it first was."""
    stayed = frames.customers[frames.customers["churned_on"].isna()]["account"]
    return np.isin(frames.accounts["account"], stayed)


def _asked(frames: WorldFrames) -> Flags:
    """By account: whether there ever was a deal."""
    return np.isin(frames.accounts["account"], frames.deals["account"])


def _addresses(numbers: Ints, domains: np.ndarray) -> np.ndarray:
    return np.array([_address(number, name) for number, name in zip(numbers, domains, strict=True)], dtype=object)


def _address(number: int, domain: str) -> str:
    """An address as a person has it, of which only the domain may ever be read."""
    return f"pat.example{number}@{domain}"
