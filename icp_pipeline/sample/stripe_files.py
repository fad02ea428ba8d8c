"""Stripe's subscription export: one row per contract part, with trials before it and upgrades as separate rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry, short_id
from icp_pipeline.sample.rows import decimal, minute, whole, write_csv
from icp_pipeline.sample.streams import stream
from icp_pipeline.sample.vocabulary import USD_PER_UNIT

_YEARLY, _LINKED, _SHORT, _TRIAL = 0.45, 0.85, 0.1, 0.3
NO_RATE_CURRENCY, NO_RATE_ROWS = "chf", 2


def write_stripe(folder: Path, frames: WorldFrames, registry: Registry) -> dict[str, int]:
    """Write all subscriptions and a few running trials of accounts that are not customers; returns the rows."""
    rng = stream(frames.seed, "stripe")
    rows = pd.concat([_contracts(frames, registry, rng), _trials(frames, registry, rng)], ignore_index=True)
    return {"subscriptions.csv": write_csv(folder / "subscriptions.csv", rows)}


def _contracts(frames: WorldFrames, registry: Registry, rng: np.random.Generator) -> pd.DataFrame:
    parts = frames.subscriptions
    account, size = parts["account"].to_numpy(), len(parts)
    # Interval and currency belong to the customer: all parts of its contract share them.
    yearly = (rng.random(len(frames.accounts)) < _YEARLY)[account]
    currency = frames.accounts["currency"].to_numpy(dtype=object)[account].copy()
    currency[-NO_RATE_ROWS:] = NO_RATE_CURRENCY
    rate = np.array([USD_PER_UNIT[name] for name in currency])
    quantity = np.maximum(1, np.round(parts["mrr_usd"].to_numpy() / rng.uniform(15, 90, size))).astype(int)
    price = parts["mrr_usd"].to_numpy() / rate * np.where(yearly, 12, 1) / quantity
    started = parts["started_on"].to_numpy().astype("datetime64[s]") + rng.integers(0, 86_000, size)
    ended = parts["ended_on"].to_numpy().astype("datetime64[s]")
    trial = rng.random(size) < _TRIAL
    is_first = ~parts.duplicated("account").to_numpy()
    shown = trial & is_first
    columns = _identity(frames, registry, account, rng) | {
        "Plan": np.where(yearly, "price_pro_y", "price_pro_m"),
        "Quantity": whole(quantity),
        "Currency": currency,
        "Interval": np.where(yearly, "year", "month"),
        "Amount": decimal(price, places=2),
        "Status": np.where(np.isnat(ended), np.where(rng.random(size) < 0.03, "past_due", "active"), "canceled"),
        "Created (UTC)": minute(started),
        "Start (UTC)": minute(started),
        "Current Period End (UTC)": minute(_period_end(started, ended, yearly, frames)),
        "Trial Start (UTC)": np.where(shown, minute(started - np.timedelta64(14 * 86_400, "s")), ""),
        "Trial End (UTC)": np.where(shown, minute(started), ""),
        "Canceled At (UTC)": minute(ended - np.timedelta64(3_600, "s")),
        "Ended At (UTC)": minute(ended),
    }
    rows = _ordered(columns)
    rows.insert(0, "id", [f"sub_1H{number:07d}" for number in parts["subscription"]])
    return rows


def _trials(frames: WorldFrames, registry: Registry, rng: np.random.Generator) -> pd.DataFrame:
    """Trials that run today: no revenue, and no sign of a purchase."""
    busy = frames.deals.loc[~frames.deals["is_closed"], "account"].to_numpy()
    account = np.setdiff1d(busy[rng.random(len(busy)) < 0.3], frames.customers["account"].to_numpy())
    size = len(account)
    started = np.datetime64(frames.as_of, "s") - rng.integers(86_400, 13 * 86_400, size)
    ends = started + np.timedelta64(14 * 86_400, "s")
    nothing = np.full(size, "", dtype=object)
    columns = _identity(frames, registry, account, rng) | {
        "Plan": np.full(size, "price_pro_m", dtype=object),
        "Quantity": whole(np.full(size, 5)),
        "Currency": frames.accounts["currency"].to_numpy(dtype=object)[account],
        "Interval": np.full(size, "month", dtype=object),
        "Amount": np.full(size, "39.00", dtype=object),
        "Status": np.full(size, "trialing", dtype=object),
        "Created (UTC)": minute(started),
        "Start (UTC)": minute(started),
        "Current Period End (UTC)": minute(ends),
        "Trial Start (UTC)": minute(started),
        "Trial End (UTC)": minute(ends),
        "Canceled At (UTC)": nothing,
        "Ended At (UTC)": nothing,
    }
    rows = _ordered(columns)
    rows.insert(0, "id", [f"sub_1T{number:07d}" for number in account])
    return rows


def _identity(
    frames: WorldFrames, registry: Registry, account: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Most customers have their CRM id, some in the short form; the rest only have the domain of an e-mail address."""
    size = len(frames.accounts)
    key = registry.accounts["crm_id"].to_numpy(dtype=object)
    old = pd.concat([registry.merged, registry.hubspot_merged]).set_index("account")["old_id"].reindex(range(size))
    key = np.where(old.notna(), old, key)
    key = np.where(rng.random(size) < _SHORT, short_id(key), key)
    website = registry.accounts["website"].to_numpy(dtype=object)
    has_domain = np.array([".example" in text for text in website])
    linked = (rng.random(size) < _LINKED) | ~has_domain
    domain = frames.accounts["domain"].to_numpy(dtype=object)
    email = np.where(has_domain, "billing@" + domain, "billing.team@gmail.com")
    return {
        "Customer ID": np.array([f"cus_{number:07d}" for number in account], dtype=object),
        "Customer Name": frames.accounts["name"].to_numpy(dtype=object)[account],
        "Customer Email": email[account],
        "crm_account_id (metadata)": np.where(linked, key, "")[account],
    }


def _ordered(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """The metadata column is last, as in the export."""
    rows = pd.DataFrame(columns)
    return rows[[*(name for name in columns if not name.endswith("(metadata)")), "crm_account_id (metadata)"]]


def _period_end(started: np.ndarray, ended: np.ndarray, yearly: np.ndarray, frames: WorldFrames) -> np.ndarray:
    """The end of the current period, or of the contract if it ended."""
    step = np.where(yearly, 365, 30) * 86_400
    until = np.where(np.isnat(ended), np.datetime64(frames.as_of, "s"), ended)
    periods = (until - started).astype(np.int64) // step + 1
    return started + periods * step
