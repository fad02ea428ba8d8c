"""How customers turned out: contracts, churn, and every outcome metric, all driven by one latent quality."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from icp_pipeline.sample.planting import planted_traits
from icp_pipeline.sample.streams import Floats, stream
from icp_pipeline.sample.world_options import World

DAYS_PER_MONTH = 30.4375
# Share of the spread of each metric that quality explains (as a correlation); the rest is the metric's own noise.
_LOADING = 0.72


def make_customers(traits: pd.DataFrame, deals: pd.DataFrame, seed: int, as_of: date, world: World) -> pd.DataFrame:
    """One row per account with a won deal: when it began and ended, its contract, and what it says and does."""
    rng = stream(seed, "customers")
    won = (
        deals[deals["is_won"] & (deals["kind"] == "new")]
        .sort_values(["account", "closed_on"])
        .drop_duplicates("account")
    )
    frame = won[["account", "deal", "created_on", "closed_on"]].rename(columns={"closed_on": "won_on"})
    frame = frame.reset_index(drop=True)
    rows = traits.iloc[frame["account"]].reset_index(drop=True)
    quality = rows["quality"].to_numpy()
    frame["quality"] = quality
    frame["sales_cycle_days"] = (frame["won_on"] - frame["created_on"]).dt.days
    frame["tenure_months"] = (np.datetime64(as_of, "D") - _days(frame["won_on"])).astype(int) / DAYS_PER_MONTH
    agency = planted_traits(rows)["agency"] * min(world.signal, 1.0)
    frame["churned_on"] = _churn(frame, quality - 0.5 * agency, rng, as_of)
    frame["acv_usd"] = np.round(np.exp(9.7 + 0.65 * _mixed(quality, rng)), -1)
    frame["time_to_value_days"] = np.clip(np.exp(2.6 - 0.75 * _mixed(quality, rng)), 1, 200).astype(int)
    frame["nps_mood"] = 7.2 + 2.1 * _mixed(quality, rng)
    frame["tickets_rate"] = np.exp(-1.5 - 0.7 * _mixed(quality, rng))
    frame["referrals_rate"] = np.exp(-3.0 + 0.8 * _mixed(quality, rng))
    frame["expansion_rate"] = np.exp(-2.9 + 0.85 * _mixed(quality, rng))
    frame["activity"] = np.exp(0.6 * _mixed(quality, rng))
    return frame


def make_subscriptions(customers: pd.DataFrame, seed: int, as_of: date) -> pd.DataFrame:
    """The first contract of each customer (for some in two parts), the expansions, and what was given back."""
    rng = stream(seed, "subscriptions")
    end = _ends(customers, as_of)
    start = _days(customers["won_on"])
    base = customers["acv_usd"].to_numpy() / 12
    quality = customers["quality"].to_numpy()
    split = rng.random(len(customers)) < 1 / (1 + np.exp(1.2 + 1.1 * quality))
    given_back = start + ((end - start).astype(int) * rng.uniform(0.3, 1.0, len(customers))).astype(int)
    main = _part(customers, start, base * np.where(split, 0.65, 1.0))
    side = _part(customers[split], start[split], base[split] * 0.35)
    side["ended_on"] = given_back[split]
    months = (end - start).astype(int) / DAYS_PER_MONTH
    times = rng.poisson(customers["expansion_rate"].to_numpy() * months)
    grown = customers.loc[customers.index.repeat(times)]
    spot = np.repeat(np.arange(len(customers)), times)
    when = start[spot] + 20 + (rng.random(len(spot)) * (end - start)[spot].astype(int)).astype(int)
    more = _part(grown, when, base[spot] * rng.uniform(0.12, 0.4, len(spot)))
    more = more[when < end[spot]]
    every = pd.concat([main, side, more], ignore_index=True)
    churned = customers.set_index("account")["churned_on"].reindex(every["account"]).to_numpy()
    gone = ~np.isnat(churned) & ~(every["ended_on"].to_numpy() < churned)
    every["ended_on"] = np.where(gone, churned, every["ended_on"].to_numpy())
    every = every.sort_values(["started_on", "account", "mrr_usd"], kind="stable", ignore_index=True)
    return every.assign(subscription=np.arange(len(every)))


def measure(customers: pd.DataFrame, subscriptions: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The outcome metrics as a perfect reader of the exports would find them, by the pipeline's column names."""
    now = np.datetime64(as_of, "D")
    rows = subscriptions.assign(until=subscriptions["ended_on"].fillna(pd.Timestamp(as_of)))
    rows["paid"] = rows["mrr_usd"] * (rows["until"] - rows["started_on"]).dt.days / DAYS_PER_MONTH
    live = rows[rows["ended_on"].isna()]
    won = customers.set_index("account")["won_on"].reindex(rows["account"]).to_numpy()
    first = rows[rows["started_on"].to_numpy() <= won]

    def per_customer(part: pd.DataFrame, column: str) -> Floats:
        return part.groupby("account")[column].sum().reindex(customers["account"]).fillna(0).to_numpy()

    begun, today = per_customer(first, "mrr_usd"), per_customer(live, "mrr_usd")
    year_ago = now - 365
    then = rows[(_days(rows["started_on"]) <= year_ago) & (_days(rows["until"]) > year_ago)]
    base = np.where(_days(customers["won_on"]) <= year_ago, per_customer(then, "mrr_usd"), begun)
    tenure = customers["tenure_months"].to_numpy()
    return customers.assign(
        retained=customers["churned_on"].isna().astype(int),
        ltv_usd=per_customer(rows, "paid"),
        net_revenue_retention=today / np.where(base > 0, base, np.nan),
        expansion_usd=np.maximum(0, (today - begun) * 12),
        nps=np.clip(np.round(customers["nps_mood"]), 0, 10),
        tickets_per_month=customers["tickets_rate"],
        referrals=np.floor(customers["referrals_rate"] * tenure + 0.5),
    )


def _churn(frame: pd.DataFrame, quality: Floats, rng: np.random.Generator, as_of: date) -> np.ndarray:
    """A constant hazard per month, less for better customers; who would leave later has not left."""
    hazard = np.exp(-4.75 - 0.95 * quality)
    months = 1.5 + rng.exponential(1 / hazard)
    left = _days(frame["won_on"]) + np.minimum(months * DAYS_PER_MONTH, 36_500).astype(int)
    return np.where(left < np.datetime64(as_of, "D"), left, np.datetime64("NaT"))


def _mixed(quality: Floats, rng: np.random.Generator) -> Floats:
    return _LOADING * quality + np.sqrt(1 - _LOADING**2) * rng.normal(size=len(quality))


def _part(customers: pd.DataFrame, started: np.ndarray, mrr: Floats) -> pd.DataFrame:
    columns = {"account": customers["account"].to_numpy(), "started_on": started, "mrr_usd": np.round(mrr, 2)}
    return pd.DataFrame(columns).assign(ended_on=np.datetime64("NaT", "s"))


def _ends(customers: pd.DataFrame, as_of: date) -> np.ndarray:
    return _days(customers["churned_on"].fillna(pd.Timestamp(as_of)))


def _days(values: pd.Series) -> np.ndarray:
    return values.to_numpy().astype("datetime64[D]")
