"""The mix of sales drifts, and nothing else differs: how long ago a customer started must not become a trait."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from outcome_world import AS_OF, World, built

from bench.method.world import QUERIES
from icp_pipeline.learning.contract import LearnSettings
from icp_pipeline.learning.fit import fit_icp
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations

NULLS = {"country": "abcdef", "owner": "xyz", "size": "smlx", "origin": "wreo"}
LIFTS = ["n_segment", "n_known", "lift", "ci_low", "ci_high", "effect", "p_value", "q_value"]


def drifting_world(n: int, seed: int, *, is_billed: bool) -> World:
    """Retail is sold to at first and software later; prices, churn and cycles are the same for all."""
    rng = np.random.default_rng([seed, n])
    sold, accounts = n * 7 // 3, np.array([f"a{number:05d}" for number in rng.permutation(n * 4)])
    first, last = datetime.date(2022, 1, 1), datetime.date(2026, 5, 1)
    place = rng.uniform(size=sold)
    closed = pd.Timestamp(first) + pd.to_timedelta((place * (last - first).days).astype(int), unit="D")
    shares = np.column_stack([1 - place, place, np.full(sold, 0.4)]) / 1.4
    drawn = (rng.uniform(size=sold)[:, None] > shares.cumsum(axis=1)).sum(axis=1).clip(max=2)
    industry = np.concatenate([drawn, rng.integers(0, 3, n * 4 - sold)])
    traits = {"industry": np.array(["retail", "software", "energy"])[industry]}
    traits |= {name: rng.choice(list(levels), n * 4) for name, levels in NULLS.items()}
    rows = [
        pd.DataFrame({"account_id": accounts, "attribute": name, "level": levels}) for name, levels in traits.items()
    ]
    price, cycle = 12_000 * rng.uniform(0.8, 1.2, sold), rng.integers(30, 120, sold)
    left = closed[:n] + pd.to_timedelta(rng.exponential(900, n).astype(int), unit="D")
    over = left <= pd.Timestamp(AS_OF)
    customers = pd.DataFrame(
        {
            "account_id": accounts[:n],
            "customer_since": closed[:n],
            "churned_at": left.to_series(index=range(n)).where(over),
            "tenure_days": (pd.Timestamp(AS_OF) - closed[:n]).days,
            "is_churned": over,
            "won_deal_id": [f"d{number}" for number in range(n)],
            "churn_known_since": closed[:n],
            "churn_known_until": pd.Timestamp(AS_OF),
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": [f"d{number}" for number in range(sold)],
            "account_id": accounts[:sold],
            "is_closed": True,
            "is_won": np.arange(sold) < n,
            "amount_usd": price.round(2),
            "deal_role": "new_business",
            "opened_on": closed - pd.to_timedelta(cycle, unit="D"),
            "closed_at": closed,
            "sales_cycle_days": cycle,
        }
    )
    paid = pd.DataFrame(
        {
            "account_id": accounts[:n],
            "mrr_usd": (price[:n] / 12).round(2),
            "started_on": closed[:n],
            "ended_on": customers["churned_at"],
        }
    )
    frames = {
        "accounts": pd.DataFrame({"account_id": accounts, "is_customer": np.arange(n * 4) < n}),
        "customers": customers,
        "deals": deals,
        "account_attributes": pd.concat(rows).assign(dimension="custom", known_at=pd.NaT),
    }
    return World(frames | ({"account_subscriptions": paid} if is_billed else {}))


def has_icp(world: World) -> bool:
    """Whether an ICP is learned."""
    with built(world) as connection:
        tables = {
            name: connection.execute(query).df()
            for name, query in QUERIES.items()
            if name not in ("pairs", "strengths")
        }
    settings = LearnSettings.from_row({str(name): value for name, value in tables["settings"].iloc[0].items()})
    traits = read_traits(tables["attributes"])
    segments = read_segments(traits, tables["definitions"])
    quality, deals = (read_observations(tables["observations"], name, traits) for name in ("quality", "win"))
    assert len(quality) > 80
    lift = tables["lift"]
    lift = lift[lift["outcome"] == "quality"].astype(dict.fromkeys(LIFTS, "float64"))
    return fit_icp(segments, quality, deals, lift, settings).has_signal(segments, settings)


@pytest.mark.parametrize("is_billed", [False, True])
def test_a_drifting_mix_makes_no_icp(is_billed: bool) -> None:
    """With value per month of tenure and one band of tenure, more than half of such companies had one."""
    assert sum(has_icp(drifting_world(110, seed, is_billed=is_billed)) for seed in range(6)) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("is_billed", [False, True])
# The most customers of one band of tenure, and those of three; 110 are above.
@pytest.mark.parametrize("customers", [180, 360])
def test_a_drifting_mix_makes_an_icp_in_a_twentieth_of_companies(customers: int, is_billed: bool) -> None:
    assert sum(has_icp(drifting_world(customers, 100 + seed, is_billed=is_billed)) for seed in range(40)) <= 5


def test_a_trait_that_is_the_start_gets_no_verdict() -> None:
    """All customers of one era started late, and nobody else turned out well."""
    world = drifting_world(180, 1, is_billed=True)
    customers = world.frames["customers"]
    is_new = customers["customer_since"] > pd.Timestamp("2024-09-01")
    accounts = world.frames["accounts"]["account_id"]
    level = pd.Series(np.where(np.arange(len(accounts)) % 2, "new", "old"))
    level[: len(is_new)] = np.where(is_new, "new", "old")
    era = pd.DataFrame({"account_id": accounts, "attribute": "era", "level": level})
    nps = pd.DataFrame(
        {
            "account_id": customers["account_id"],
            "response_id": "r" + customers["account_id"],
            "score": np.where(is_new, 9.0, 3.0),
            "responded_at": pd.Timestamp("2026-10-01"),
        }
    )
    attributes = pd.concat([world.frames["account_attributes"], era.assign(dimension="custom", known_at=pd.NaT)])
    with built(world.but(account_attributes=attributes, account_survey_responses=nps)) as connection:
        found = connection.execute(
            "select verdict, q_value, lift from segments.segment_lift where outcome = 'quality' and attribute = 'era'"
        ).fetchall()
    assert found == [("not_significant", None, None)] * len(found) and found
