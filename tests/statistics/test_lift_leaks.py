"""Leaks are excluded before anything is learned, and honest attributes are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcome_world import World, built, make_world, table_of

# Small and fast: the shares below are over many seeds, each a company with one planted leak.
SEEDS = range(6)


def leaks_of(world: World) -> pd.DataFrame:
    with built(world, until="segments.attribute_leaks") as connection:
        return table_of(connection, "segments.attribute_leaks").set_index("attribute")


def with_attribute(world: World, accounts: pd.Series, level: np.ndarray | str, known_at: object = pd.NaT) -> World:
    added = pd.DataFrame(
        {"account_id": accounts, "attribute": "planted", "level": level, "dimension": "custom", "known_at": known_at}
    )
    return world.but(account_attributes=pd.concat([world.frames["account_attributes"], added], ignore_index=True))


def filled_after_the_sale(world: World, rng: np.random.Generator) -> World:
    """Half the customers have it, dated a month after they were won; every prospect has it, undated."""
    customers, accounts = world.frames["customers"], world.frames["accounts"]
    late = rng.uniform(size=len(customers)) < 0.5
    shift = pd.to_timedelta(np.where(late, 30, -30), unit="D")
    prospects = accounts.loc[~accounts["is_customer"], "account_id"]
    dated = with_attribute(world, customers["account_id"], rng.choice(["x", "y"], len(customers)),
                           customers["won_at"] + shift)  # fmt: skip
    return with_attribute(dated, prospects, rng.choice(["x", "y"], len(prospects)))


def filled_for_customers(world: World, rng: np.random.Generator) -> World:
    """Known for most customers and a tenth of the prospects."""
    accounts = world.frames["accounts"]
    share = np.where(accounts["is_customer"], 0.8, 0.1)
    known = rng.uniform(size=len(accounts)) < share
    return with_attribute(world, accounts["account_id"][known], rng.choice(["x", "y"], known.sum()))


def default_for_prospects(world: World, rng: np.random.Generator) -> World:
    """Everybody has a value, but only customers ever got one other than the default."""
    accounts = world.frames["accounts"]
    level = np.where(accounts["is_customer"], rng.choice(["none", "low", "high"], len(accounts)), "none")
    return with_attribute(world, accounts["account_id"], level)


PLANTS = {
    "recorded_after_the_sale": filled_after_the_sale,
    "unknown_for_prospects": filled_for_customers,
    "one_default_for_prospects": default_for_prospects,
}


@pytest.mark.parametrize("n_customers", [60, 300])
@pytest.mark.parametrize("rule", PLANTS)
def test_planted_leaks_are_blocked_and_nothing_else_is(rule: str, n_customers: int) -> None:
    for seed in SEEDS:
        world = make_world(n_customers, seed=seed, effects={("industry", "saas"): 0.8})
        leaks = leaks_of(PLANTS[rule](world, np.random.default_rng(seed)))
        assert leaks.loc["planted", "rule"] == rule
        assert leaks.loc["planted", "message"].startswith("Attribute planted is excluded: ")
        assert (leaks.drop("planted")["verdict"] != "block").all()


def test_a_blocked_attribute_reaches_no_table_after_it() -> None:
    world = filled_for_customers(make_world(120, seed=1), np.random.default_rng(1))
    with built(world) as connection:
        for table in ("observed_levels", "segment_definitions", "segment_members", "segment_lift"):
            names = set(table_of(connection, f"segments.{table}")["attribute"])
            assert "planted" not in names and "industry" in names, table


def test_an_attribute_that_is_the_outcome_is_warned_of() -> None:
    """Overwritten with how the customer turned out, undated, and filled for prospects too: only its strength shows."""
    world = make_world(400, seed=3)
    with built(world, until="outcomes.customer_scores") as connection:
        cohort = table_of(connection, "outcomes.customer_scores").set_index("account_id")["cohort"]
    accounts = world.frames["accounts"]["account_id"]
    noise = pd.Series(np.random.default_rng(3).choice(["best", "middle", "worst"], len(accounts)), accounts)
    leaks = leaks_of(with_attribute(world, accounts, accounts.map(cohort).fillna(accounts.map(noise)).to_numpy()))
    assert leaks.loc["planted", "rule"] == "explains_too_much"
    assert leaks.loc["planted", "explained_share"] > 0.6 and leaks.loc["industry", "explained_share"] < 0.1


def test_a_strong_honest_trait_and_sparse_ones_are_not_blocked() -> None:
    world = make_world(300, seed=8, effects={("industry", "saas"): 1.2, ("industry", "agency"): -1.2})
    rng = np.random.default_rng(8)
    accounts = world.frames["accounts"]["account_id"]
    rare = rng.uniform(size=len(accounts)) < 0.01
    leaks = leaks_of(with_attribute(world, accounts[rare], "x"))
    assert (leaks["verdict"] != "block").all()


def test_undated_values_never_count_as_late() -> None:
    world = make_world(200, seed=5)
    customers, accounts = world.frames["customers"], world.frames["accounts"]
    four_late = customers["won_at"].where(np.arange(len(customers)) < 4) + pd.Timedelta(days=5)
    planted = with_attribute(world, customers["account_id"], "x", four_late)
    prospects = accounts.loc[~accounts["is_customer"], "account_id"]
    leaks = leaks_of(with_attribute(planted, prospects, "x"))
    # Four dated values, all late, next to 196 undated ones: too few to be sure.
    assert leaks.loc["planted", "verdict"] == "ok" and leaks.loc["planted", "late_share"] == 1


def test_technologies_taken_up_after_the_sale_are_no_leak() -> None:
    """Each value of a multi-valued attribute has its own date; late ones are left out one by one."""
    world = make_world(200, seed=6)
    customers, accounts = world.frames["customers"], world.frames["accounts"]
    late = customers[["account_id"]].assign(
        attribute="technology", level="new", known_at=customers["won_at"] + pd.Timedelta(days=90)
    )
    early = accounts[["account_id"]].assign(attribute="technology", level="old", known_at=pd.Timestamp("2019-01-01"))
    added = pd.concat([world.frames["account_attributes"], late, early], ignore_index=True)
    leaks = leaks_of(world.but(account_attributes=added.assign(dimension="technographic")))
    assert leaks.loc["technology", "verdict"] == "ok"


def test_what_is_dated_before_the_sale_was_known_in_time() -> None:
    """Nearly every customer tried the product before buying, few prospects did: that is a funnel, not a leak."""
    world = make_world(200, seed=7)
    customers, accounts = world.frames["customers"], world.frames["accounts"]
    before = customers["won_at"] - pd.Timedelta(days=10)
    prospects = accounts.loc[~accounts["is_customer"], "account_id"][:30]
    tried = with_attribute(world, customers["account_id"], "x", before)
    leaks = leaks_of(with_attribute(tried, prospects, "x", pd.Timestamp("2026-01-01")))
    assert leaks.loc["planted", "fill_prospects"] < 0.1 and leaks.loc["planted", "verdict"] == "ok"


@pytest.mark.slow
def test_honest_worlds_are_never_blocked() -> None:
    blocked = 0
    for seed in range(60):
        n_customers = (40, 100, 400)[seed % 3]
        world = make_world(n_customers, seed=500 + seed, effects={("industry", "saas"): 0.8}, levels=2 + seed % 12)
        blocked += (leaks_of(world)["verdict"] == "block").sum()
    assert blocked == 0
