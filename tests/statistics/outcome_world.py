"""Simulated customers, deals and traits as `core` tables, and the project's own models built on them.

This file has no tests. `World` holds frames; `build` runs the outcomes and segments models on them in DuckDB.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from bench.method.market import CORE
from icp_pipeline import duck
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.home import SQL
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables

ROOT = Path(__file__).resolve().parents[2]
AS_OF = datetime.date(2026, 11, 21)
SCHEMAS = ("outcomes", "segments")


@dataclass(frozen=True)
class World:
    """One frame per core table; a table without a frame is empty."""

    frames: dict[str, pd.DataFrame]

    def but(self, **frames: pd.DataFrame) -> World:
        """The same company with some tables replaced."""
        return replace(self, frames=self.frames | frames)


def make_world(
    n_customers: int,
    seed: int = 0,
    *,
    n_prospects: int | None = None,
    effects: dict[tuple[str, str], float] | None = None,
    pair: tuple[tuple[str, str], tuple[str, str], float] | None = None,
    null_attributes: int = 4,
    levels: int = 3,
) -> World:
    """Customers whose quality follows `effects` (attribute, level -> shift in standard deviations), else pure noise.

    `pair` adds to accounts that have both of two levels.
    """
    rng = np.random.default_rng(seed)
    n_prospects = n_customers * 2 if n_prospects is None else n_prospects
    n = n_customers + n_prospects
    accounts = np.array([f"a{number:06d}" for number in range(n)])
    traits = _traits(rng, n, null_attributes, levels)
    quality = rng.normal(size=n)
    for (attribute, level), shift in (effects or {}).items():
        quality = quality + shift * (traits[attribute] == level)
    if pair:
        (one, one_level), (other, other_level), extra = pair
        quality = quality + extra * ((traits[one] == one_level) & (traits[other] == other_level))
    customers, deals = _customers(rng, accounts[:n_customers], quality[:n_customers])
    lost = _lost_deals(rng, accounts[n_customers:])
    return World(
        {
            "accounts": pd.DataFrame(
                {
                    "account_id": accounts,
                    "is_customer": np.arange(n) < n_customers,
                    "relationship": np.where(np.arange(n) < n_customers, "customer", "prospect"),
                }
            ),
            "customers": customers,
            "deals": pd.concat([deals, lost], ignore_index=True),
            "account_subscriptions": _subscriptions(rng, customers, quality[:n_customers]),
            "account_survey_responses": _responses(rng, customers, quality[:n_customers]),
            "account_tickets": _tickets(rng, customers),
            "account_attributes": _as_rows(rng, accounts, traits),
        }
    )


def _traits(rng: np.random.Generator, n: int, null_attributes: int, levels: int) -> dict[str, np.ndarray]:
    traits = {
        "industry": rng.choice(["saas", "agency", "retail", "health"], n, p=[0.3, 0.15, 0.3, 0.25]),
        "crm": rng.choice(["salesforce", "hubspot", "none"], n, p=[0.3, 0.3, 0.4]),
        "has_revops": rng.choice(["yes", "no"], n, p=[0.4, 0.6]),
        "employees": rng.choice(["<10", "10-49", "50-199", "200-499", "500-999"], n, p=[0.1, 0.3, 0.3, 0.2, 0.1]),
    }
    for number in range(null_attributes):
        traits[f"null_{number}"] = np.array([f"l{level}" for level in rng.integers(0, levels, n)])
    return traits


def _customers(
    rng: np.random.Generator, accounts: np.ndarray, quality: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    n = len(accounts)
    tenure = rng.integers(30, 1_400, n)
    cycle = np.maximum(5, rng.normal(60, 20, n) - 8 * quality).astype(int)
    since = pd.to_datetime(AS_OF) - pd.to_timedelta(tenure, unit="D")
    left_after = (tenure * rng.uniform(0.3, 0.95, n)).astype(int)
    churned = rng.uniform(size=n) < 1 / (1 + np.exp(1 + 1.5 * quality))
    churned_at = since + pd.to_timedelta(left_after, unit="D")
    deal_ids = np.array([f"d{account}" for account in accounts])
    customers = pd.DataFrame(
        {
            "account_id": accounts,
            "customer_since": since,
            "churned_at": churned_at.where(churned),
            "tenure_days": tenure,
            "is_churned": churned,
            "churn_known_since": since,
            "churn_known_until": pd.to_datetime(AS_OF),
            "won_deal_id": deal_ids,
            "won_at": since,
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": deal_ids,
            "account_id": accounts,
            "is_closed": True,
            "is_won": True,
            "amount_usd": np.round(np.exp(rng.normal(10, 0.7, n) + 0.3 * quality), 2),
            "deal_role": "new_business",
            "opened_on": since - pd.to_timedelta(cycle, unit="D"),
            "closed_at": since,
            "sales_cycle_days": cycle,
        }
    )
    return customers, deals


def _lost_deals(rng: np.random.Generator, prospects: np.ndarray) -> pd.DataFrame:
    chosen = prospects[: len(prospects) * 2 // 3]
    closed = pd.to_datetime(AS_OF) - pd.to_timedelta(rng.integers(10, 1_000, len(chosen)), unit="D")
    return pd.DataFrame(
        {
            "deal_id": [f"d{account}" for account in chosen],
            "account_id": chosen,
            "is_closed": True,
            "is_won": False,
            "amount_usd": 10_000.0,
            "deal_role": "new_business",
            "opened_on": closed - pd.to_timedelta(50, unit="D"),
            "closed_at": closed,
            "sales_cycle_days": 50,
        }
    )


def _subscriptions(rng: np.random.Generator, customers: pd.DataFrame, quality: np.ndarray) -> pd.DataFrame:
    n = len(customers)
    first = pd.DataFrame(
        {
            "account_id": customers["account_id"],
            "mrr_usd": np.round(np.exp(rng.normal(7, 0.6, n) + 0.3 * quality), 2),
            "started_on": customers["customer_since"],
            "ended_on": customers["churned_at"],
        }
    )
    grows = (rng.uniform(size=n) < 1 / (1 + np.exp(1 - quality))) & ~customers["is_churned"].to_numpy()
    more = first[grows].assign(
        mrr_usd=(first["mrr_usd"][grows] * 0.4).round(2),
        started_on=customers["customer_since"][grows] + pd.to_timedelta(customers["tenure_days"][grows] // 2, unit="D"),
    )
    return pd.concat([first, more], ignore_index=True)


def _responses(rng: np.random.Generator, customers: pd.DataFrame, quality: np.ndarray) -> pd.DataFrame:
    asked = rng.uniform(size=len(customers)) < 0.6
    score = np.clip(np.round(7 + 1.5 * quality + rng.normal(size=len(customers))), 0, 10)
    return pd.DataFrame(
        {
            "account_id": customers["account_id"][asked],
            "response_id": "r" + customers["account_id"][asked],
            "survey_type": "nps",
            "score": score[asked],
            "responded_at": pd.to_datetime(AS_OF) - pd.to_timedelta(20, unit="D"),
        }
    )


def _tickets(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    owners = customers["account_id"].to_numpy()[rng.integers(0, len(customers), 2 * len(customers))]
    days = rng.integers(1, 1_300, len(owners))
    return pd.DataFrame(
        {
            "account_id": owners,
            "ticket_id": [f"t{number}" for number in range(len(owners))],
            "created_at": pd.to_datetime(AS_OF) - pd.to_timedelta(days, unit="D"),
        }
    )


def _as_rows(rng: np.random.Generator, accounts: np.ndarray, traits: dict[str, np.ndarray]) -> pd.DataFrame:
    """Long form, with 15 % of the values unknown."""
    parts = []
    for attribute, level in traits.items():
        known = rng.uniform(size=len(accounts)) > 0.15
        parts.append(pd.DataFrame({"account_id": accounts[known], "attribute": attribute, "level": level[known]}))
    return pd.concat(parts, ignore_index=True).assign(dimension="custom", known_at=pd.NaT)


def _spells(customers: pd.DataFrame) -> pd.DataFrame:
    """Nobody came back."""
    dates = customers[["account_id", "customer_since", "churned_at"]].dropna(subset="customer_since")
    return dates.rename(columns={"customer_since": "started_on", "churned_at": "ended_on"})


@cache
def models() -> list[Model]:
    """The models of the two schemas that need only these core tables, in build order."""
    graph = cached_models(SQL)
    every = [model for schema in SCHEMAS for model in graph.of_schema(schema)]
    there = {f"core.{table}" for table in CORE} | {str(name) for name in INPUTS if name.schema == "settings"}
    found: list[Model] = []
    for model in every:
        if {str(name) for name in model.depends_on} <= there:
            found.append(model)
            there.add(str(model.name))
    return found


@contextmanager
def built(
    world: World, settings: Settings | None = None, threads: int = 2, until: str | None = None
) -> Iterator[duck.Connection]:
    """An in-memory database with the company's core tables and every model of outcomes and segments built on them."""
    with duck.connect(threads=threads) as connection:
        for schema in ("core", "settings", *SCHEMAS):
            connection.execute(f"create schema {schema}")
        _load_settings(connection, settings or Settings())
        frames = {"customer_spells": _spells(world.frames["customers"])} | world.frames
        for table, columns in CORE.items():
            connection.execute(f"create table core.{table} ({columns})")
            if table in frames:
                connection.register("frame", frames[table])
                connection.execute(f"insert into core.{table} by name select * from frame")
                connection.unregister("frame")
        for model in models():
            connection.execute(f"create table {model.name} as {model.sql}")
            if str(model.name) == until:
                break
        yield connection


def _load_settings(connection: duck.Connection, settings: Settings) -> None:
    for table, rows in settings_tables(settings, AS_OF, "test").items():
        connection.register("frame", rows)
        connection.execute(f"create table settings.{table} as select * from frame")
        connection.unregister("frame")
    assert {name.table for name in INPUTS if name.schema == "settings"} >= {"run", "attributes"}


def table_of(connection: duck.Connection, name: str) -> pd.DataFrame:
    """One whole table."""
    return connection.execute(f"select * from {name}").df()


def lift_of(world: World, settings: Settings | None = None) -> pd.DataFrame:
    """segments.segment_lift of the company, in a fixed order of rows."""
    with built(world, settings, until="segments.segment_lift") as connection:
        lift = table_of(connection, "segments.segment_lift")
    return lift.sort_values(["outcome", "attribute", "segment"], ignore_index=True)
