"""HubSpot exports: companies and older deals by label, newer deals by internal name; every cell quoted, no BOM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.sample.ledger import created_on, deal_money, moments
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry
from icp_pipeline.sample.rows import decimal, flag, minute, number_text, when, write_csv
from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.traits import technology_column
from icp_pipeline.sample.vocabulary import TECHNOLOGIES, USD_PER_UNIT
from icp_pipeline.sample.wordings import loss_reasons

_GAPS = 0.08
# Deals opened before this many days ago were exported by label, the newer ones with internal names.
_LABEL_DAYS = 300
_INTERNAL = {
    "Record ID": "hs_object_id",
    "Deal Name": "dealname",
    "Pipeline": "pipeline",
    "Deal Stage": "dealstage",
    "Amount": "amount",
    "Amount in company currency": "amount_in_home_currency",
    "Currency": "deal_currency_code",
    "Close Date": "closedate",
    "Create Date": "createdate",
    "Deal Type": "dealtype",
    "Is Closed Won": "hs_is_closed_won",
    "Is Deal Closed?": "hs_is_closed",
    'Date entered "Closed Won (Sales Pipeline)"': "hs_v2_date_entered_closedwon",
    "Last Modified Date": "hs_lastmodifieddate",
    "Closed Lost Reason": "closed_lost_reason",
}
_VALUES = {
    "Closed Won": "closedwon",
    "Closed Lost": "closedlost",
    "Contract Sent": "contractsent",
    "New Business": "newbusiness",
    "Existing Business": "existingbusiness",
    "Sales Pipeline": "default",
}


def write_hubspot(folder: Path, frames: WorldFrames, registry: Registry) -> dict[str, int]:
    """Write companies and the two deal exports; returns the rows per file."""
    stamp = frames.as_of.isoformat()
    companies = _companies(frames, registry)
    deals, is_old = _deals(frames, registry)
    internal = deals[~is_old].rename(columns=_INTERNAL).replace(_VALUES)
    files = {
        f"hubspot-crm-exports-all-companies-{stamp}.csv": companies,
        f"hubspot-crm-exports-all-deals-{stamp}.csv": deals[is_old],
        f"hubspot-crm-exports-recent-deals-{stamp}-1.csv": internal,
    }
    return {name: write_csv(folder / name, rows, quote_all=True) for name, rows in files.items()}


def _companies(frames: WorldFrames, registry: Registry) -> pd.DataFrame:
    rng = stream(frames.seed, "hubspot companies")
    held = (registry.accounts["hubspot_id"] != "").to_numpy()
    keys, seen = registry.accounts[held], frames.observed[held].reset_index(drop=True)
    size = len(seen)
    old = registry.hubspot_merged.set_index("account")["old_id"].reindex(seen["account"])
    won = frames.customers.set_index("account")["won_on"].reindex(seen["account"]).to_numpy()
    created = moments(created_on(frames)[held], rng)
    domain = seen["domain"].to_numpy(dtype=object)
    known = {name: _with_gaps(seen[name], rng) for name in ("industry", "employees", "annual_revenue_usd")}
    phone = 550_000_000 + rng.integers(0, 9_000_000, size)
    return pd.DataFrame(
        {
            "Record ID": keys["hubspot_id"].to_numpy(),
            "Additional Domains": when(rng.random(size) < 0.06, "get-" + domain + ";try-" + domain),
            "Annual Revenue": number_text(known["annual_revenue_usd"], ".1f"),
            "City": seen["city"],
            "Company Domain Name": _domains(keys, domain),
            "Company name": seen["name"],
            "Country/Region": seen["country"],
            "Create Date": minute(created),
            "Date entered 'Customer (Lifecycle Stage Pipeline)'": minute(won),
            'Date entered "Customer (Sales Pipeline)"': minute(won),
            "Industry": known["industry"],
            "Last Modified Date": minute(created + np.timedelta64(90_000, "s")),
            "Lifecycle Stage": np.where(np.isnat(won), "Opportunity", "Customer"),
            "Merged Company IDs": old.fillna("").to_numpy(),
            "Number of Employees": number_text(known["employees"], ".1f"),
            "Phone Number": [f" +49{number}" for number in phone],
            "Salesforce Account ID": np.where(keys["is_linked"], keys["salesforce_id"], ""),
            "Seats": number_text(seen["seats"], ".0f"),
            "State/Region": seen["state"],
            "Web Technologies": _web_technologies(seen, rng),
            "Year Founded": number_text(seen["founded_year"], ".0f"),
            "Associated Contact IDs": [f"{number};{number + 1}" for number in 500_000 + 2 * np.arange(size)],
        }
    )


def _domains(keys: pd.DataFrame, domain: np.ndarray) -> np.ndarray:
    """HubSpot keeps bare domains; if sales only knew a free-mail address, HubSpot has that domain."""
    bare = ~keys["website"].str.contains(".example", regex=False).to_numpy()
    return np.where(bare, "gmail.com", domain)


def _web_technologies(seen: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Technologies in one cell, joined by `;`; one in ten is not detected."""
    names = np.array(list(TECHNOLOGIES), dtype=object)
    uses = np.column_stack([seen[technology_column(name)].to_numpy() for name in names])
    uses &= rng.random(uses.shape) < 0.9
    return [";".join(names[row]) for row in uses]


def _deals(frames: WorldFrames, registry: Registry) -> tuple[pd.DataFrame, np.ndarray]:
    """All deals of accounts that only HubSpot has, and which of them are in the older export."""
    rng = stream(frames.seed, "hubspot deals")
    held = (registry.accounts["salesforce_id"].to_numpy() == "")[frames.deals["account"]]
    deals = frames.deals[held].reset_index(drop=True)
    amount, currency = (values[held] for values in deal_money(frames))
    won, closed = deals["is_won"].to_numpy(), deals["is_closed"].to_numpy()
    usd = amount * np.array([USD_PER_UNIT[name.lower()] for name in currency])
    created, ended = moments(deals["created_on"], rng), moments(deals["closed_on"], rng)
    company = registry.deal_account_ids[held]
    other = np.roll(company, 1)
    several = rng.random(len(deals)) < 0.05
    rows = pd.DataFrame(
        {
            "Record ID": registry.deal_ids[held],
            "Deal Name": frames.accounts["short_name"].to_numpy()[deals["account"]] + " - Platform",
            "Pipeline": "Sales Pipeline",
            "Deal Stage": np.where(closed, np.where(won, "Closed Won", "Closed Lost"), "Contract Sent"),
            "Amount": np.where(rng.random(len(deals)) < 0.05, "", decimal(amount, places=2)),
            "Amount in company currency": decimal(usd, places=2),
            "Currency": currency,
            "Close Date": minute(ended),
            "Create Date": minute(created),
            "Deal Type": np.where(deals["kind"] == "new", "New Business", "Existing Business"),
            "Is Closed Won": flag(won, "True", "False"),
            "Is Deal Closed?": flag(closed, "True", "False"),
            'Date entered "Closed Won (Sales Pipeline)"': np.where(won, minute(ended), ""),
            "Last Modified Date": minute(np.where(closed, ended, created)),
            "Associated Company IDs": np.where(several, company + ";" + other, company),
            # Without a primary company a reader has to use the first one and mark it.
            "Associated Company IDs (Primary)": np.where(rng.random(len(deals)) < 0.04, "", company),
            "Closed Lost Reason": loss_reasons(frames, deals, "hubspot"),
        }
    )
    cut = np.datetime64(frames.as_of, "D") - _LABEL_DAYS
    return rows, (deals["created_on"].to_numpy() < cut)


def _with_gaps(values: pd.Series, rng: np.random.Generator) -> Any:
    return values.astype(object).where(rng.random(len(values)) >= _GAPS, None)
