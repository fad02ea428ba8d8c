"""Simulated companies with planted effects, as the frames that learning reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

EMPLOYEES = ("1-9", "10-49", "50-199", "200-499", "500-999", "1000+")
BEST = {
    ("business_model", "saas"): 0.8,
    ("business_model", "agency"): -1.0,
    ("crm", "salesforce"): 0.6,
    ("employees", "200-499"): 0.6,
    ("employees", "500-999"): 0.6,
    ("employees", "1-9"): -0.4,
}
WIN = {("business_model", "agency"): 0.4, ("business_model", "saas"): 0.3, ("crm", "salesforce"): 0.2}
NULLS = {"null_2": 2, "null_3": 3, "null_4": 4, "null_5": 5, "null_6": 6, "null_8": 8, "area_code": 200}
PLANTED = {("business_model", "saas"), ("business_model", "agency"), ("crm", "salesforce")}
TRUE_ATTRIBUTES = {"business_model", "crm", "employees", "revenue", "industry"}


@dataclass(frozen=True)
class MadeUp:
    """The frames, and how the prospects would have turned out."""

    observations: pd.DataFrame
    attributes: pd.DataFrame
    definitions: pd.DataFrame
    market: pd.Series
    prospect_best: pd.Series
    prospect_truth: pd.Series
    prospect_ideal: pd.Series
    triggers: pd.DataFrame


def make_world(
    n_customers: int, seed: int, *, signal: bool = True, n_market: int = 2000, missing: float = 0.15
) -> MadeUp:
    """A company with about this many ranked customers, twice as many lost deals, and a market of prospects."""
    rng = np.random.default_rng(seed)
    n_deals = n_customers * 3
    n = n_deals + n_market
    levels = _levels(rng, n)
    scale = 1.0 if signal else 0.0
    eta = scale * _effect(levels, BEST)
    won_eta = -0.75 + scale * _effect(levels, WIN)
    accounts = np.array([f"a{seed}-{i}" for i in range(n)], dtype=object)
    would_buy = rng.random(n) < 1 / (1 + np.exp(-won_eta))
    won = would_buy & (np.arange(n) < n_deals)
    latent = eta + rng.logistic(size=n)
    closed = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D")
    triggers = _triggers(rng, accounts, closed, won, n_deals)
    observations = pd.concat([_quality(accounts, latent, closed, won), _deals(accounts, closed, won, n_deals)])
    attributes = _long(rng, accounts, levels, missing)
    market = pd.Series(accounts[n_deals:])
    best = latent[n_deals:] >= np.quantile(latent[won], 0.8)
    return MadeUp(
        observations.reset_index(drop=True),
        attributes,
        definitions(attributes),
        market,
        pd.Series(best, index=market),
        pd.Series(eta[n_deals:], index=market),
        pd.Series(best & would_buy[n_deals:], index=market),
        triggers,
    )


def definitions(attributes: pd.DataFrame) -> pd.DataFrame:
    """All single levels, and contiguous ranges of headcount."""
    rows = []
    for attribute, found in attributes.groupby("attribute")["level"].unique().items():
        names = sorted(found)
        for position, level in enumerate(names):
            rows.append((attribute, level, level, len(names) == 2 and position == 1))
    for first in range(len(EMPLOYEES)):
        for last in range(first + 1, len(EMPLOYEES)):
            if (first, last) != (0, len(EMPLOYEES) - 1):
                name = f"{EMPLOYEES[first]} to {EMPLOYEES[last]}"
                rows += [
                    ("employees", name, level, last == len(EMPLOYEES) - 1) for level in EMPLOYEES[first : last + 1]
                ]
    return pd.DataFrame(rows, columns=["attribute", "segment", "level", "is_complement"])


def _levels(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    models = np.array(["saas", "agency", "services", "commerce", "hardware"])
    model = rng.choice(5, n, p=[0.25, 0.15, 0.25, 0.2, 0.15])
    size = rng.choice(6, n, p=[0.15, 0.25, 0.22, 0.18, 0.12, 0.08])
    # revenue follows headcount and industry follows the business model: proxies without an effect of their own
    revenue = np.clip(size + rng.integers(-1, 2, n) * (rng.random(n) < 0.5), 0, 5)
    industry = np.where(rng.random(n) < 0.6, model * 3 + rng.integers(0, 3, n), rng.integers(0, 15, n))
    found = {
        "business_model": models[model],
        "employees": np.array(EMPLOYEES)[size],
        "revenue": np.array([f"r{i}" for i in range(6)])[revenue],
        "industry": np.array([f"industry {i}" for i in range(15)])[industry],
        "crm": np.array(["salesforce", "hubspot", "none", "other"])[rng.choice(4, n, p=[0.3, 0.3, 0.2, 0.2])],
        "region": np.array(["NA", "EMEA", "APAC", "LATAM"])[rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])],
        "ownership": np.array(["private", "public", "nonprofit"])[rng.choice(3, n, p=[0.7, 0.2, 0.1])],
    }
    for name, count in NULLS.items():
        found[name] = np.array([f"{name}-{i}" for i in range(count)])[rng.integers(0, count, n)]
    return found


def _effect(levels: dict[str, np.ndarray], effects: dict[tuple[str, str], float]) -> np.ndarray:
    total = np.zeros(len(levels["crm"]))
    for (attribute, level), points in effects.items():
        total += points * (levels[attribute] == level)
    return total


def _quality(accounts: np.ndarray, latent: np.ndarray, closed: pd.DatetimeIndex, won: np.ndarray) -> pd.DataFrame:
    percentile = (pd.Series(latent[won]).rank().to_numpy() - 0.5) / won.sum()
    return pd.DataFrame(
        {
            "outcome": "quality",
            "observation_id": accounts[won],
            "account_id": accounts[won],
            "observed_at": closed[won],
            "y": 6 * (percentile - 0.5),
            "is_won": True,
            "is_best": percentile >= 0.8,
            "is_worst": percentile <= 0.2,
        }
    )


def _deals(accounts: np.ndarray, closed: pd.DatetimeIndex, won: np.ndarray, n_deals: int) -> pd.DataFrame:
    is_won = won[:n_deals]
    rate = is_won.mean()
    ids = [f"d-{account}" for account in accounts[:n_deals]]
    return pd.DataFrame(
        {
            "outcome": "win",
            "observation_id": ids,
            "account_id": accounts[:n_deals],
            "observed_at": closed[:n_deals],
            "y": (is_won - rate) / (rate * (1 - rate)),
            "is_won": is_won,
            "is_best": None,
            "is_worst": None,
        }
    )


def _long(
    rng: np.random.Generator, accounts: np.ndarray, levels: dict[str, np.ndarray], missing: float
) -> pd.DataFrame:
    parts = []
    for attribute, values in levels.items():
        known = rng.random(len(accounts)) >= missing
        parts.append(pd.DataFrame({"account_id": accounts[known], "attribute": attribute, "level": values[known]}))
    return pd.concat(parts, ignore_index=True)


def _triggers(
    rng: np.random.Generator, accounts: np.ndarray, closed: pd.DatetimeIndex, won: np.ndarray, n_deals: int
) -> pd.DataFrame:
    """A real trigger (more often before won deals) and a decoy that is as frequent before any deal."""
    parts = []
    for name, before_won, before_lost in (("funding_round", 0.3, 0.15), ("newsletter", 0.2, 0.2)):
        chance = np.where(won[:n_deals], before_won, before_lost)
        has = np.flatnonzero(rng.random(n_deals) < chance)
        age = pd.to_timedelta(rng.integers(0, 90, len(has)), unit="D")
        parts.append(
            pd.DataFrame(
                {"account_id": accounts[has], "trigger": name, "happened_at": closed[has] - age, "strength": "strong"}
            )
        )
    return pd.concat(parts, ignore_index=True)
