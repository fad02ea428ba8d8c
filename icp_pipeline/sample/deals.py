"""Deals: which accounts were sold to, when, after which trigger, and with what result."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from icp_pipeline.sample.events import DECOY, FUNDING, NEW_EXECUTIVE, REAL_TRIGGERS
from icp_pipeline.sample.planting import TRIGGER_EFFECT
from icp_pipeline.sample.streams import Flags, Floats, Ints, stream
from icp_pipeline.sample.vocabulary import NEW_REGION
from icp_pipeline.sample.world_options import World

# About this share of the closed deals is won.
_WIN_RATE = 0.42
# The share of customers that were won at the first try.
_FIRST_WINS = 0.9
_HISTORY_DAYS, _NEW_REGION_DAYS, _NEWEST_DAYS = 1_400, 540, 6
# A trigger counts for a deal that was opened at most this many days later.
TRIGGER_DAYS = 90


def make_deals(
    traits: pd.DataFrame, triggers: pd.DataFrame, seed: int, as_of: date, world: World
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All deals, and the triggers with those added that led somebody to open a deal."""
    rng = stream(seed, "deals")
    first = _timed(traits, rng.random(len(traits)) < world.customers_share * _FIRST_WINS / _WIN_RATE, rng, as_of)
    triggers = _with_causes(triggers, first, rng)
    first = _decided(traits, first, triggers, rng, world)
    second = _second_tries(traits, first, triggers, rng, as_of, world)
    opened = _open(traits, first, rng, as_of)
    new = pd.concat([first, second, opened], ignore_index=True).assign(kind="new")
    deals = pd.concat([new, _expansions(new, traits, rng, as_of)], ignore_index=True)
    deals = deals.sort_values(["created_on", "account"], kind="stable", ignore_index=True)
    return deals.assign(deal=np.arange(len(deals)), committee_size=1 + rng.poisson(2.4, len(deals))), triggers


def _timed(traits: pd.DataFrame, chosen: Flags, rng: np.random.Generator, as_of: date) -> pd.DataFrame:
    """First deals: closed over four years; in the new region only recently, so its customers are young."""
    picked = traits[chosen]
    span = np.where(picked["region"] == NEW_REGION, _NEW_REGION_DAYS, _HISTORY_DAYS)
    ago = _NEWEST_DAYS + (rng.random(len(picked)) * span).astype(np.int64)
    closed = np.datetime64(as_of, "D") - ago
    return pd.DataFrame(
        {
            "account": picked["account"].to_numpy(),
            "created_on": closed - _cycle_days(picked["quality"].to_numpy(), rng),
            "closed_on": closed,
        }
    )


def _cycle_days(quality: Floats, rng: np.random.Generator) -> Ints:
    """Good customers buy faster: about 65 days, less for better ones."""
    return np.clip(np.exp(4.2 - 0.32 * quality + rng.normal(0, 0.36, len(quality))), 4, 400).astype(np.int64)


def _with_causes(triggers: pd.DataFrame, deals: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Adds events shortly before deals: real triggers and the decoy alike, so that only their effect differs."""
    parts = [triggers]
    for trigger, share in ((FUNDING, 0.12), (NEW_EXECUTIVE, 0.16), (DECOY, 0.26)):
        hit = rng.random(len(deals)) < share
        before = rng.integers(3, 55, int(hit.sum()))
        happened = deals.loc[hit, "created_on"].to_numpy().astype("datetime64[D]") - before
        parts.append(pd.DataFrame({"account": deals.loc[hit, "account"], "trigger": trigger, "happened_on": happened}))
    every = pd.concat(parts, ignore_index=True)
    return every.sort_values(["happened_on", "account", "trigger"], kind="stable", ignore_index=True)


def has_trigger(deals: pd.DataFrame, triggers: pd.DataFrame, names: tuple[str, ...]) -> Flags:
    """Whether one of these triggers happened at most TRIGGER_DAYS before the deal was opened."""
    events = triggers[triggers["trigger"].isin(names)]
    pairs = deals[["account", "created_on"]].reset_index(names="row").merge(events, on="account")
    age = (pairs["created_on"] - pairs["happened_on"]).dt.days
    rows = pairs.loc[age.between(0, TRIGGER_DAYS), "row"]
    return np.isin(deals.index.to_numpy(), rows.to_numpy())


def _decided(
    traits: pd.DataFrame, deals: pd.DataFrame, triggers: pd.DataFrame, rng: np.random.Generator, world: World
) -> pd.DataFrame:
    real = has_trigger(deals, triggers, REAL_TRIGGERS)
    index = traits["win_index"].to_numpy()[deals["account"]] + world.signal * TRIGGER_EFFECT * real
    won = rng.random(len(deals)) < _logistic(index + _intercept(index))
    return deals.assign(is_closed=True, is_won=won, has_real_trigger=real)


def _intercept(index: Floats) -> float:
    """The constant that makes the average chance _WIN_RATE, by bisection."""
    if not len(index):
        return 0.0
    low, high = -8.0, 8.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _logistic(index + middle).mean() < _WIN_RATE else (low, middle)
    return (low + high) / 2


def _second_tries(
    traits: pd.DataFrame,
    first: pd.DataFrame,
    triggers: pd.DataFrame,
    rng: np.random.Generator,
    as_of: date,
    world: World,
) -> pd.DataFrame:
    """Some lost accounts are contacted again, at least two months later."""
    lost = first[~first["is_won"]]
    lost = lost[rng.random(len(lost)) < 0.22]
    created = lost["closed_on"].to_numpy().astype("datetime64[D]") + rng.integers(60, 300, len(lost))
    closed = created + _cycle_days(traits["quality"].to_numpy()[lost["account"]], rng)
    again = pd.DataFrame({"account": lost["account"], "created_on": created, "closed_on": closed})
    again = again[np.asarray(closed < np.datetime64(as_of, "D") - _NEWEST_DAYS)].reset_index(drop=True)
    return _decided(traits, again, triggers, rng, world)


def _open(traits: pd.DataFrame, first: pd.DataFrame, rng: np.random.Generator, as_of: date) -> pd.DataFrame:
    """Open deals of accounts that are not customers; their close date is a forecast."""
    busy = traits["account"].isin(first["account"]).to_numpy()
    free = traits.loc[~busy & (rng.random(len(traits)) < 0.12), "account"].to_numpy()
    now = np.datetime64(as_of, "D")
    return pd.DataFrame(
        {
            "account": free,
            "created_on": now - rng.integers(2, 100, len(free)),
            "closed_on": now + rng.integers(10, 120, len(free)),
            "is_closed": False,
            "is_won": False,
            "has_real_trigger": False,
        }
    )


def _expansions(deals: pd.DataFrame, traits: pd.DataFrame, rng: np.random.Generator, as_of: date) -> pd.DataFrame:
    """Later deals with a few customers, as every CRM has them; most are won. They do not show whom to sell to."""
    won = deals[deals["is_won"]]
    won = won[rng.random(len(won)) < 0.12]
    created = won["closed_on"].to_numpy().astype("datetime64[D]") + rng.integers(120, 500, len(won))
    closed = created + rng.integers(5, 45, len(won))
    rows = won[["account"]].assign(created_on=created, closed_on=closed, is_closed=True, has_real_trigger=False)
    rows = rows.assign(is_won=rng.random(len(won)) < 0.85, kind="expansion")
    return rows[np.asarray(closed < np.datetime64(as_of, "D"))].reset_index(drop=True)


def _logistic(value: Floats) -> Floats:
    return 1 / (1 + np.exp(-value))
