"""The made-up market as frames: traits, deals, outcomes. Pure, without files, so that methods can be tested on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from icp_pipeline.sample.deals import make_deals
from icp_pipeline.sample.events import make_triggers
from icp_pipeline.sample.outcomes import make_customers, make_subscriptions, measure
from icp_pipeline.sample.planting import add_latents
from icp_pipeline.sample.seen import observe
from icp_pipeline.sample.traits import make_traits
from icp_pipeline.sample.world_options import World

AS_OF = date(2026, 11, 21)
# Every planted quirk needs an account of its own.
FEWEST_ACCOUNTS = 20


@dataclass(frozen=True)
class WorldFrames:
    """Everything that is true in one world, keyed by `account` (0..n-1); the files are made from this alone."""

    world: World
    seed: int
    as_of: date
    # One row per account: its traits, `quality_index` and `win_index` (planted, log-odds) and `quality` (with noise).
    accounts: pd.DataFrame
    # The traits as a CRM knows them: the same columns, with values missing, and `onboarding_segment` (the leak).
    observed: pd.DataFrame
    # One row per deal: created_on, closed_on, is_closed, is_won, amount_usd, kind (new or expansion).
    deals: pd.DataFrame
    # One row per customer: won_on, churned_on, tenure_months, and each outcome metric by its column name.
    customers: pd.DataFrame
    # One row per subscription: started_on, ended_on, mrr_usd.
    subscriptions: pd.DataFrame
    # One row per event: trigger, happened_on.
    triggers: pd.DataFrame


def make_world(accounts: int, seed: int = 7, as_of: date = AS_OF, world: World | None = None) -> WorldFrames:
    """A market of `accounts` companies; about `world.customers_share` of them became customers."""
    if accounts < FEWEST_ACCOUNTS:
        raise ValueError(f"a made-up market of {accounts} accounts is too small: ask for at least {FEWEST_ACCOUNTS}")
    world = world or World()
    traits = add_latents(make_traits(accounts, seed, as_of), seed, world)
    deals, triggers = make_deals(traits, make_triggers(traits, seed, as_of), seed, as_of, world)
    customers = make_customers(traits, deals, seed, as_of, world)
    subscriptions = make_subscriptions(customers, seed, as_of)
    customers = measure(customers, subscriptions, as_of)
    observed = observe(traits, customers, seed, world)
    return WorldFrames(world, seed, as_of, traits, observed, deals, customers, subscriptions, triggers)


def accounts_for(customers: int, world: World | None = None) -> int:
    """How many accounts a world needs to have about this many customers."""
    return round(customers / (world or World()).customers_share)
