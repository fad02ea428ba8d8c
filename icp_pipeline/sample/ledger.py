"""Facts that several vendors' files share: when a record was created, what a deal was worth in which currency."""

from __future__ import annotations

from typing import Any

import numpy as np

from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.streams import Flags, stream
from icp_pipeline.sample.vocabulary import USD_PER_UNIT


def moments(days: Any, rng: np.random.Generator) -> np.ndarray:
    """Dates -> timestamps in office hours, to the second."""
    start = np.asarray(days, dtype="datetime64[D]").astype("datetime64[s]")
    return start + rng.integers(8 * 3600, 18 * 3600, len(start))


def created_on(frames: WorldFrames) -> np.ndarray:
    """The day each account came into the CRM: before its first deal, else any day of the last four years."""
    rng = stream(frames.seed, "account created")
    size = len(frames.accounts)
    now = np.datetime64(frames.as_of, "D")
    first = frames.deals.groupby("account")["created_on"].min().reindex(range(size)).to_numpy().astype("datetime64[D]")
    before = first - rng.integers(0, 200, size)
    return np.where(np.isnat(first), now - rng.integers(10, 1_400, size), before)


def deal_money(frames: WorldFrames) -> tuple[np.ndarray, np.ndarray]:
    """Amount in the contract's currency, and that currency in upper case; a few have a currency without a rate."""
    rng = stream(frames.seed, "deal money")
    deals = frames.deals
    won = frames.customers.set_index("account")["acv_usd"].reindex(deals["account"]).to_numpy()
    guess = np.round(np.exp(9.7 + 0.6 * rng.normal(size=len(deals))), -2)
    usd = np.where(deals["is_won"] & (deals["kind"] == "new"), won, guess)
    currency = frames.accounts["currency"].to_numpy(dtype=object)[deals["account"]]
    currency = np.where(without_rate(len(deals)), "chf", currency)
    rate = np.array([USD_PER_UNIT[name] for name in currency])
    return np.round(usd / rate, 2), np.array([name.upper() for name in currency], dtype=object)


def without_rate(deals: int) -> Flags:
    """The deals whose currency has no rate in the settings that ship with the project."""
    return np.arange(deals) % 200 == 150
