"""Learning from deals won and lost: planted effects are found, noise is not, and deal sizes mean nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from learned_worlds import settings_at, tier_rule
from worlds import definitions

from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.learning.learn import learn_icp
from icp_pipeline.learning.wins import learned_from_wins

SETTINGS = settings_at(pd.Timestamp("2026-11-21"), basis="wins")


def world(seed: int, n: int, rate: float, effect: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Closed deals, one per account, and traits of twice as many accounts; industry A is won more often, B less."""
    rng = np.random.default_rng(seed)
    accounts = np.array([f"a{seed}-{number}" for number in range(2 * n)])
    levels = {
        "industry": rng.choice(list("ABCDE"), 2 * n),
        "ownership": rng.choice(["private", "public"], 2 * n),
        "crm": rng.choice(["salesforce", "hubspot", "none"], 2 * n),
        "area": rng.choice([f"area {number}" for number in range(20)], 2 * n),
    }
    push = effect * ((levels["industry"] == "A").astype(float) - (levels["industry"] == "B"))
    won = (rng.random(2 * n) < 1 / (1 + np.exp(-np.log(rate / (1 - rate)) - push)))[:n]
    share = won.mean()
    deals = pd.DataFrame({"outcome": "win", "observation_id": [f"d{number}" for number in range(n)], "is_won": won})
    deals = deals.assign(
        account_id=accounts[:n],
        observed_at=pd.Timestamp("2023-06-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"),
        y=(won - share) / (share * (1 - share)),
        is_best=None,
        is_worst=None,
    )
    parts = [
        pd.DataFrame({"account_id": accounts, "attribute": name, "level": values}) for name, values in levels.items()
    ]
    return deals, pd.concat(parts, ignore_index=True)


def learn(deals: pd.DataFrame, attributes: pd.DataFrame) -> LearnedIcp:
    market = pd.Series(sorted(set(attributes["account_id"]) - set(deals["account_id"])))
    return learn_icp(
        deals, attributes, definitions(attributes), market=market, tier_rule=tier_rule(), settings=SETTINGS
    )


def test_planted_truth_is_found_and_called_a_chance_to_be_won() -> None:
    found = strangers = 0
    for seed in range(6):
        learned = learn(*world(seed, 600, 0.6, 1.2))
        named = set(zip(learned.criteria["attribute"], learned.criteria["segment"], strict=True))
        found += {("industry", "A"), ("industry", "B")} <= named
        strangers += sum(attribute != "industry" for attribute, _ in named)
        assert (learned.basis, learned.chance) == ("wins", "won")
        assert (
            learned.criteria["evidence"]
            .str.contains("among won deals as among lost|among lost ones as among won")
            .all()
        )
        assert learned.calibration["market_average"].iloc[0] > 0.5, "a chance to be won, not to be won and best"
        tiers = learned.backtest.set_index("tier")["accounts"]
        assert tiers["tier_2"] > 0 and tiers["not_icp"] > 0, "a market that wins 60 % has bands too"
    assert found >= 5 and strangers <= 2


def test_what_a_trigger_is_worth_is_learned_from_the_same_deals() -> None:
    """News came before three in five won deals and one in five lost ones; undeclared, it is worth .4."""
    deals, attributes = world(0, 600, 0.4, 1.2)
    rng = np.random.default_rng(0)
    moved = deals[rng.random(len(deals)) < np.where(deals["is_won"], 0.6, 0.2)]
    news = moved.assign(trigger="news", strength="medium", happened_at=moved["observed_at"] - pd.Timedelta(days=5))
    learned = learn_icp(deals, attributes, definitions(attributes), triggers=news, settings=SETTINGS)
    points = learned.trigger_effects.set_index("trigger")["points"]
    assert points["news"] > 1.0 and points["*medium"] == 0.4


def test_noise_gives_no_icp() -> None:
    """At most one company in twenty: of 30, more than four would happen by chance once in fifty."""
    assert sum(learn(*world(seed, 300, 0.3, 0.0)).has_signal for seed in range(30)) <= 4


def test_customers_ranked_beside_the_deals_change_nothing() -> None:
    deals, attributes = world(1, 600, 0.6, 1.2)
    customers = deals[deals["is_won"]].assign(outcome="quality", observation_id=lambda rows: rows["account_id"])
    industry = attributes[attributes["attribute"] == "industry"].set_index("account_id")["level"]
    backwards = customers["account_id"].map(industry).map({"A": -2.0, "B": 2.0}).fillna(0.0)
    customers = customers.assign(y=backwards, is_won=None, is_best=backwards > 0, is_worst=backwards < 0)
    alone, beside = learn(deals, attributes), learn(pd.concat([deals, customers]), attributes)
    pd.testing.assert_frame_equal(alone.evidence, beside.evidence)
    assert beside.n_customers == len(customers)


def test_what_stands_in_the_customers_place_is_won_and_lost() -> None:
    deals, _ = world(2, 50, 0.5, 0.0)
    lift = pd.DataFrame({"outcome": ["quality", "win"], "segment": ["x", "y"]})
    stood_in, of_wins = learned_from_wins(deals, lift)
    assert set(stood_in["outcome"]) == {"quality"} and of_wins is not None
    assert (stood_in["is_best"] == deals["is_won"]).all() and (stood_in["is_worst"] != deals["is_won"]).all()
    assert of_wins["segment"].tolist() == ["y"] and of_wins["outcome"].tolist() == ["quality"]
