"""Too few customers to rank: proxies find what is planted, are reported as proxies, and find nothing in noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learned_worlds import settings_at
from worlds import definitions

from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.learning.learn import learn_icp
from icp_pipeline.learning.proxies import fit_for_proxies, stand_in

SETTINGS = settings_at(pd.Timestamp("2026-11-21"))
NO_CUSTOMERS = pd.DataFrame(
    columns=["outcome", "observation_id", "account_id", "observed_at", "y", "is_won", "is_best", "is_worst"]
)


def world(seed: int, n: int, effect: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Proxies and attributes; software companies get further by `effect` (log-odds), agencies less far."""
    rng = np.random.default_rng(seed)
    accounts = np.array([f"a{seed}-{i}" for i in range(2 * n)])
    levels = {
        "industry": rng.choice(["Software", "Agency", "Retail", "Bank"], 2 * n),
        "motion": rng.choice(["inbound", "outbound"], 2 * n),
        "crm": rng.choice(["salesforce", "hubspot", "none"], 2 * n),
        "area": rng.choice([f"area {i}" for i in range(20)], 2 * n),
    }
    push = effect * ((levels["industry"] == "Software").astype(float) - (levels["industry"] == "Agency"))
    latent = push[:n] + rng.logistic(size=n)
    level = np.where(latent > 0.7, 2, np.where(latent > -0.3, 1, 0))
    frame = pd.DataFrame(
        {"account_id": accounts[:n], "y": 2.0 * (level - 1), "is_best": level == 2, "is_worst": level == 0}
    )
    days = pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    frame = frame.assign(
        outcome="proxy", observation_id=frame["account_id"], observed_at=pd.Timestamp("2024-06-01") + days
    )
    parts = [
        pd.DataFrame({"account_id": accounts, "attribute": name, "level": values}) for name, values in levels.items()
    ]
    return frame, pd.concat(parts, ignore_index=True)


def learn(proxies: pd.DataFrame, attributes: pd.DataFrame, observations: pd.DataFrame = NO_CUSTOMERS) -> LearnedIcp:
    market = pd.Series(sorted(set(attributes["account_id"]) - set(proxies["account_id"])))
    return learn_icp(
        observations, attributes, definitions(attributes.iloc[:0]), market=market, proxies=proxies, settings=SETTINGS
    )


def ranked(n: int) -> pd.DataFrame:
    """Customers with outcomes."""
    place = (np.arange(n) + 0.5) / n
    frame = pd.DataFrame({"account_id": [f"c{i}" for i in range(n)], "y": 6 * (place - 0.5)})
    frame = frame.assign(outcome="quality", observation_id=frame["account_id"], observed_at=pd.Timestamp("2024-01-01"))
    return frame.assign(is_won=None, is_best=place >= 0.8, is_worst=place <= 0.2)


def test_planted_truth_is_found_and_marked_as_a_proxy() -> None:
    found = strangers = 0
    for seed in range(10):
        learned = learn(*world(seed, 250, 1.5))
        assert learned.basis == "proxy" and learned.n_customers == 0
        named = set(zip(learned.criteria["attribute"], learned.criteria["segment"], strict=True))
        found += {("industry", "Software"), ("industry", "Agency")} <= named
        strangers += sum(attribute != "industry" for attribute, _ in named)
        assert all(
            text.startswith("Proxy (deals won and advanced, not outcomes): ") for text in learned.criteria["evidence"]
        )
        assert not (learned.criteria["kind"] == "disqualifier").any(), "proxies shut nobody out"
        assert "best customers" not in " ".join(learned.criteria["evidence"])
    assert found >= 9
    assert strangers <= 4, "a tenth of some twenty criteria may be chance"


def test_noise_gives_no_icp() -> None:
    """At most one company in twenty: of 80, more than nine would happen by chance once in a hundred."""
    icps = [learn(*world(seed, 120, 0.0)).has_signal for seed in range(80)]
    assert sum(icps) <= 9


def test_proxies_are_left_alone_as_soon_as_outcomes_can_be_used() -> None:
    proxies, attributes = world(1, 250, 1.5)
    assert learn(proxies, attributes, ranked(29)).basis == "proxy"
    assert learn(proxies, attributes, ranked(29)).n_customers == 29
    with_outcomes = learn(proxies, attributes, ranked(30))
    assert with_outcomes.basis == "outcomes" and with_outcomes.n_customers == 30
    assert not with_outcomes.has_signal


@pytest.mark.parametrize(("good", "bad", "suffices"), [(20, 9, False), (9, 21, False), (10, 19, False), (10, 20, True)])
def test_proxies_must_be_enough_and_of_both_kinds(good: int, bad: int, suffices: bool) -> None:
    level = np.array([2] * good + [0] * bad)
    ids = [f"a{i}" for i in range(len(level))]
    proxies = pd.DataFrame({"observation_id": ids, "account_id": ids, "is_best": level == 2, "is_worst": level == 0})
    assert (stand_in(NO_CUSTOMERS, proxies, SETTINGS) is not None) == suffices


def test_what_is_part_of_the_proxy_is_no_trait() -> None:
    attributes = pd.DataFrame(
        [
            ("a", "firmographic", "industry"),
            ("a", "organizational", "committee_size"),
            ("a", "behavioral", "trial_active_days"),
            ("a", "behavioral", "logins"),
            ("a", "organizational", "has_revops"),
        ],
        columns=["account_id", "dimension", "attribute"],
    )
    assert fit_for_proxies(attributes)["attribute"].tolist() == ["industry", "has_revops"]
