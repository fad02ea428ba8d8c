"""Planted effects can be found, and nothing else: limits over seeds that a wrong generator misses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from icp_pipeline.sample.deals import has_trigger
from icp_pipeline.sample.events import DECOY, REAL_TRIGGERS
from icp_pipeline.sample.market import WorldFrames, accounts_for, make_world
from icp_pipeline.sample.planting import planted_traits
from icp_pipeline.sample.shapes import account_attributes, account_id, bins_of
from icp_pipeline.sample.world_options import World

SEEDS = range(10)
WEIGHTS = {
    "acv_usd": 0.12,
    "ltv_a_month": 0.16,
    "net_revenue_retention": 0.16,
    "retained": 0.10,
    "expansion_a_month": 0.10,
    "nps": 0.12,
    "sales_cycle_days": -0.06,
    "time_to_value_days": -0.08,
    "referrals_a_month": 0.08,
    "tickets_per_month": -0.08,
}


def outcome(frames: WorldFrames) -> pd.DataFrame:
    """Composite score of customers of six months and more, ranked in tenure bands, as y = 6 (percentile - 1/2)."""
    rows = frames.customers[frames.customers["tenure_months"] >= 6].copy()
    tenure = rows["tenure_months"]
    rows["ltv_a_month"] = rows["ltv_usd"] / tenure
    rows["expansion_a_month"] = rows["expansion_usd"] / tenure / rows["acv_usd"]
    rows["referrals_a_month"] = rows["referrals"] / tenure
    band = np.floor((tenure.rank(method="first") - 1) / len(rows) * np.clip(len(rows) // 100, 1, 8))
    size = band.groupby(band).transform("size")
    score = sum(
        abs(weight) * ((rows[metric] * np.sign(weight)).groupby(band).rank() / size - 0.5).fillna(0)
        for metric, weight in WEIGHTS.items()
    )
    return rows.assign(y=6 * ((score.groupby(band).rank() - 0.5) / size - 0.5))


def z_of(y: pd.Series, has: np.ndarray) -> float:
    values = y.to_numpy()
    inside, outside = values[has], values[~has]
    error = np.sqrt(values.var() * (1 / len(inside) + 1 / len(outside)))
    return float((inside.mean() - outside.mean()) / error)


def z_scores(customers: int, world: World) -> pd.DataFrame:
    """One row per seed: z of each planted trait in the outcome."""
    found = []
    for seed in SEEDS:
        frames = make_world(accounts_for(customers, world), seed, world=world)
        rows = outcome(frames)
        flags = planted_traits(frames.accounts.iloc[rows["account"]])
        found.append({name: z_of(rows["y"], has) for name, has in flags.items()})
    return pd.DataFrame(found)


@pytest.fixture(scope="module")
def worlds() -> list[WorldFrames]:
    return [make_world(accounts_for(1_000), seed) for seed in SEEDS]


def test_a_world_of_1000_customers_shows_every_planted_trait() -> None:
    found = z_scores(1_000, World())
    assert ((found["agency"] < -5).mean(), (found.drop(columns="agency") > 2.8).mean().min()) == (1.0, 1.0)


def test_a_world_of_300_customers_shows_most_of_them() -> None:
    found = z_scores(300, World(signal=1.25)).assign(agency=lambda rows: -rows["agency"])
    assert (found > 2.5).to_numpy().mean() >= 0.75


def test_a_world_without_signal_shows_none_of_them() -> None:
    found = z_scores(600, World(signal=0)).to_numpy()
    assert (np.abs(found) > 2.8).mean() <= 0.06
    assert 0.5 < (found**2).mean() < 1.7


def test_the_traits_explain_about_a_quarter_of_the_outcome(worlds: list[WorldFrames]) -> None:
    found = []
    for frames in worlds:
        rows = outcome(frames)
        index = frames.accounts["quality_index"].to_numpy()[rows["account"]]
        found.append(np.corrcoef(index, rows["y"])[0, 1] ** 2)
    assert 0.2 < np.mean(found) < 0.33


def test_agencies_are_won_easily_and_leave(worlds: list[WorldFrames]) -> None:
    wins, churn = [], []
    for frames in worlds:
        closed = frames.deals[frames.deals["is_closed"] & (frames.deals["kind"] == "new")]
        for rows, column, into in (
            (closed, closed["is_won"], wins),
            (frames.customers, frames.customers["churned_on"].notna(), churn),
        ):
            agency = planted_traits(frames.accounts.iloc[rows["account"]])["agency"]
            into.append((column[agency].mean(), column[~agency].mean()))
    assert np.mean([inside / outside for inside, outside in wins]) > 1.3
    assert np.mean([inside / outside for inside, outside in churn]) > 1.7


def test_real_triggers_raise_the_win_rate_and_the_decoy_does_not(worlds: list[WorldFrames]) -> None:
    real, decoy = [], []
    for frames in worlds:
        closed = frames.deals[frames.deals["is_closed"] & (frames.deals["kind"] == "new")]
        won = closed["is_won"].astype(float)
        for names, into in ((REAL_TRIGGERS, real), ((DECOY,), decoy)):
            has = has_trigger(closed, frames.triggers, names)
            into.append(won[has].mean() - won[~has].mean())
    assert np.min(real) > 0.12
    assert abs(np.mean(decoy)) < 0.03


def test_the_decoy_comes_before_as_many_deals_as_real_triggers(worlds: list[WorldFrames]) -> None:
    for frames in worlds:
        closed = frames.deals[frames.deals["is_closed"] & (frames.deals["kind"] == "new")]
        shares = [has_trigger(closed, frames.triggers, names).mean() for names in (REAL_TRIGGERS, (DECOY,))]
        assert min(shares) > 0.2
        assert 0.8 < shares[0] / shares[1] < 1.25


def test_the_new_region_is_young_and_no_worse(worlds: list[WorldFrames]) -> None:
    z, tenure = [], []
    for frames in worlds:
        rows = outcome(frames)
        z.append(z_of(rows["y"], (frames.accounts["region"] == "APAC").to_numpy()[rows["account"]]))
        young = (frames.accounts["region"] == "APAC").to_numpy()[frames.customers["account"]]
        months = frames.customers["tenure_months"]
        tenure.append(months[young].mean() / months[~young].mean())
    assert np.mean(tenure) < 0.6
    assert abs(np.mean(z)) < 1.0


def test_revenue_follows_headcount(worlds: list[WorldFrames]) -> None:
    for frames in worlds[:3]:
        logs = np.log(frames.accounts[["employees", "annual_revenue_usd"]].clip(lower=1).to_numpy(dtype=float))
        assert np.corrcoef(logs.T)[0, 1] > 0.9


def test_the_interaction_is_there_only_when_asked_for() -> None:
    found = {}
    for asked in (True, False):
        differences = []
        for seed in SEEDS:
            world = World(interaction=asked)
            frames = make_world(accounts_for(3_000, world), seed, world=world)
            rows = outcome(frames)
            flags = planted_traits(frames.accounts.iloc[rows["account"]])
            y, saas, sales = rows["y"].to_numpy(), flags["saas"], flags["salesforce"]
            with_saas = y[saas & sales].mean() - y[saas & ~sales].mean()
            differences.append(with_saas - (y[~saas & sales].mean() - y[~saas & ~sales].mean()))
        found[asked] = float(np.mean(differences))
    assert found[True] > 0.4
    assert abs(found[False]) < 0.15


def test_about_as_many_customers_as_asked_for(worlds: list[WorldFrames]) -> None:
    assert 960 < np.mean([len(frames.customers) for frames in worlds]) < 1_040


def test_events_of_one_world_are_in_order(worlds: list[WorldFrames]) -> None:
    for frames in worlds:
        now = pd.Timestamp(frames.as_of)
        closed = frames.deals[frames.deals["is_closed"]]
        assert (closed["created_on"] < closed["closed_on"]).all()
        assert (closed["closed_on"] < now).all()
        assert (frames.deals.loc[~frames.deals["is_closed"], "closed_on"] > now).all()
        customers = frames.customers
        assert (customers["churned_on"].dropna() > customers.loc[customers["churned_on"].notna(), "won_on"]).all()
        parts = frames.subscriptions
        ended = parts[parts["ended_on"].notna()]
        assert (ended["ended_on"] >= ended["started_on"]).all()
        assert set(parts["account"]) == set(customers["account"])
        left = set(customers.loc[customers["churned_on"].notna(), "account"])
        assert left.isdisjoint(parts.loc[parts["ended_on"].isna(), "account"])


def test_the_long_shape_knows_what_is_observed_and_no_more(worlds: list[WorldFrames]) -> None:
    frames = worlds[0]
    rows = account_attributes(frames, noise_attributes=4)
    sizes = rows.groupby("attribute")["level"].nunique()
    assert rows.notna().all().all()
    assert sizes["area_code"] == 200
    assert sizes["noise_01"] == 200
    assert sizes["noise_00"] == 6
    known = rows[rows["attribute"] == "employees"]
    assert len(known) == frames.observed["employees"].notna().sum()
    assert set(known["level"]) <= set(bins_of("employees"))
    middle = frames.observed[frames.observed["employees"].apply(lambda value: value is not None and 200 <= value < 500)]
    assert set(known.loc[known["level"] == "200-500", "account_id"]) == set(account_id(middle["account"]))


def test_unknown_is_as_common_among_customers_as_among_prospects(worlds: list[WorldFrames]) -> None:
    gaps = []
    for frames in worlds:
        is_customer = frames.observed["account"].isin(frames.customers["account"]).to_numpy()
        unknown = frames.observed["industry"].isna().to_numpy()
        gaps.append(unknown[is_customer].mean() - unknown[~is_customer].mean())
    assert abs(np.mean(gaps)) < 0.01
