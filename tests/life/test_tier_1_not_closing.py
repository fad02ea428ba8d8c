"""The alarm that tier 1 does not close: how often it is false, and how soon it is raised. Each ICP is one company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from moving_worlds import build, sql_of

from icp_pipeline import duck

BASE = 0.25
_RESULTS = (
    "icp.tier_accounts",
    "icp.tier_counts",
    "icp.tier_decisions",
    "icp.tier_rates",
    "icp.tier_win_lift",
    "icp.tier_results",
)


def _alarms(lift: float, n_first: int, n_rest: int, companies: int = 400) -> float:
    """Share of companies with the alarm if tier 1 wins `lift` times as often as the others, who win one in four."""
    names = [f"company {i}" for i in range(companies)]
    tiers = ["tier_1"] * n_first + ["tier_2", "tier_3"] * (n_rest // 2)
    deals = pd.DataFrame({"icp_id": np.repeat(names, len(tiers)), "tier": tiers * companies})
    return len(_warned(deals.assign(event=_results(deals["tier"], lift)))) / companies


def _nightly_alarms(lift: float, n_first: int, n_rest: int, companies: int = 150, looks: int = 18) -> float:
    """Share of companies that ever had the alarm while these deals came in evenly, checked `looks` times."""
    rng = np.random.default_rng(12)
    tiers = ["tier_1"] * n_first + ["tier_2", "tier_3"] * (n_rest // 2)
    company = np.repeat(np.arange(companies), len(tiers))
    deals = pd.DataFrame({"company": company, "tier": tiers * companies})
    deals = deals.assign(event=_results(deals["tier"], lift), closed=rng.random(len(deals)))
    seen = [
        deals[deals["closed"] <= (look + 1) / looks].assign(icp_id=lambda rows, look=look: _look(rows["company"], look))
        for look in range(looks)
    ]
    warned = _warned(pd.concat(seen, ignore_index=True))
    return warned.str.partition(" at ")[0].nunique() / companies


def _look(company: pd.Series, look: int) -> pd.Series:
    return "company " + company.astype(str) + f" at {look}"


def _results(tiers: pd.Series, lift: float) -> np.ndarray:
    chance = np.where(tiers == "tier_1", BASE * lift, BASE)
    return np.where(np.random.default_rng(11).random(len(tiers)) < chance, "won", "lost")


def _warned(deals: pd.DataFrame) -> pd.Series:
    """ICPs with the alarm; `deals`: icp_id, tier and event (won or lost), each of its own account."""
    numbers = np.arange(len(deals)).astype(str).astype(object)
    events = deals.assign(icp_version="v1", account_id="a" + numbers, event_id="d" + numbers)
    first = pd.Timestamp("2026-01-01")
    intervals = events[["icp_id", "account_id", "tier"]].assign(given_on=first)
    periods = events[["icp_id", "icp_version"]].drop_duplicates().assign(is_live=True, live_from=first)
    given = {
        "settings.run": pd.DataFrame({"as_of": [pd.Timestamp("2026-12-31")], "interval_z": [1.645]}),
        "icp.version_periods": periods,
        "icp.tier_intervals": intervals,
        "icp.tier_events": events,
    }
    with duck.connect() as connection:
        build(connection, given, _RESULTS, ["quality.tier_warnings"])
        warnings = connection.execute(sql_of("quality.tier_warnings")).df()
    assert set(warnings["code"]) <= {"TIER_1_NOT_CLOSING"}
    return warnings["subject"]


@pytest.mark.parametrize(("n_first", "n_rest"), [(20, 40), (50, 200), (200, 800)])
def test_a_first_tier_that_earns_its_place_raises_no_alarm(n_first: int, n_rest: int) -> None:
    assert _alarms(1.8, n_first, n_rest) <= 0.005
    assert _alarms(1.5, n_first, n_rest) <= 0.01
    assert _alarms(1.25, n_first, n_rest) <= 0.06


@pytest.mark.slow
def test_looking_every_few_nights_does_not_make_it_a_false_alarm() -> None:
    """At the smallest lift that counts, about one company in twenty may get a false alarm within a quarter.

    With the interval of a single check it would be one company in six.
    """
    assert _nightly_alarms(1.25, 270, 900) <= 0.09
    assert _nightly_alarms(1.5, 90, 270) <= 0.03


def test_a_first_tier_that_wins_much_less_is_seen_within_fifty_deals() -> None:
    assert _alarms(0.25, 30, 120) >= 0.68
    assert _alarms(0.25, 50, 200) >= 0.88
    assert _alarms(0.5, 50, 200) >= 0.55
    assert _alarms(0.5, 100, 400) >= 0.9


def test_a_first_tier_that_is_no_better_is_seen_in_the_end() -> None:
    """Half of them are above the others by chance, and those are never reported."""
    assert _alarms(0.75, 200, 800) >= 0.8
    assert 0.3 <= _alarms(1.0, 400, 1600) <= 0.55


def test_too_few_deals_say_nothing() -> None:
    assert _alarms(0.0, 19, 200) == 0
    assert _alarms(0.0, 200, 18) == 0
    assert _alarms(0.0, 20, 20) > 0.7
