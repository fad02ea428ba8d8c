"""The outcome score compared with an independent computation, and changes that must not affect it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from outcome_world import World, built, make_world, table_of
from scipy.stats import rankdata

from icp_pipeline.settings.defaults import METRICS
from icp_pipeline.settings.schema import Settings

A_YEAR = ["ltv_per_year_usd", "expansion_per_year_usd"]
SHRINK, MIN_WEIGHT, MIN_TENURE, MAX_BANDS = 0.3, 0.4, 6, 8


def scores_of(world: World, settings: Settings | None = None, threads: int = 2) -> pd.DataFrame:
    with built(world, settings, threads, until="outcomes.customer_scores") as connection:
        rows = table_of(connection, "outcomes.customer_scores").merge(
            table_of(connection, "outcomes.customer_metrics")[["account_id", *A_YEAR]], on="account_id"
        )
        return rows.sort_values("account_id", ignore_index=True)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(700, seed=11, effects={("industry", "saas"): 0.6})


@pytest.fixture(scope="module")
def scores(world: World) -> pd.DataFrame:
    return scores_of(world)


def mid_ranks(values: pd.Series) -> np.ndarray:
    return (rankdata(values) - 0.5) / len(values)


def expected_percentiles(scores: pd.DataFrame) -> pd.Series:
    """The outcome score of the method, written in pandas from the metrics alone."""
    old = scores[scores["tenure_months"] >= MIN_TENURE].set_index("account_id")
    bands = int(np.clip(len(old) // 100, 1, MAX_BANDS))
    band = np.minimum(bands - 1, np.floor(mid_ranks(old["tenure_months"]) * bands + 1e-9)).astype(int)
    months = np.maximum(old["tenure_months"], 1)
    values = old.assign(
        ltv_usd=old["ltv_per_year_usd"],
        expansion_usd=old["expansion_per_year_usd"] / old["acv_usd"],
        referrals=old["referrals"] / months,
    )
    total, weight = pd.Series(0.0, old.index), pd.Series(0.0, old.index)
    for metric, default in METRICS.items():
        known = values[metric].astype(float).dropna().round(9)
        for number in range(bands):
            inside = known[band[old.index.get_indexer(known.index)] == number]
            if len(inside):
                total[inside.index] += default.weight * (mid_ranks(default.direction * inside) - 0.5)
                weight[inside.index] += default.weight
    composite = (total / (weight + SHRINK)).round(9)[weight >= MIN_WEIGHT - 1e-9]
    place = pd.Series(band, old.index)[composite.index]
    return composite.groupby(place).transform(mid_ranks)


def test_percentile_is_what_the_method_says(scores: pd.DataFrame) -> None:
    expected = expected_percentiles(scores)
    found = scores.set_index("account_id")["percentile"].dropna()
    assert len(found) > 500
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index(), check_names=False, atol=1e-9)


def test_best_and_worst_are_a_fifth_of_every_tenure_band(scores: pd.DataFrame) -> None:
    shares = scores.dropna(subset=["cohort"]).groupby("tenure_band")["cohort"].value_counts(normalize=True).unstack()
    assert len(shares) == 6
    assert ((shares["best"] - 0.2).abs() < 0.01).all() and ((shares["worst"] - 0.2).abs() < 0.01).all()


def test_customers_that_left_are_ranked_too(scores: pd.DataFrame) -> None:
    left = scores[(scores["retained"] == 0) & (scores["tenure_months"] >= MIN_TENURE)]
    assert len(left) > 30 and (left["rank_status"] == "ranked").all()
    assert left["outcome_score"].mean() < 40


def test_contributions_add_up_to_the_composite(world: World) -> None:
    with built(world, until="outcomes.customer_scores") as connection:
        off = connection.execute(
            "select max(abs(scores.composite - ranks.total)) from outcomes.customer_scores as scores inner join "
            "(select account_id, sum(contribution) as total from outcomes.metric_ranks group by account_id) as ranks "
            "on scores.account_id = ranks.account_id"
        ).fetchone()
    assert off is not None and off[0] < 1e-9


@pytest.mark.parametrize("factor", [0.01, 7.0, 1000.0])
def test_scaling_every_amount_changes_no_score(world: World, scores: pd.DataFrame, factor: float) -> None:
    deals, subscriptions = world.frames["deals"], world.frames["account_subscriptions"]
    scaled = world.but(
        deals=deals.assign(amount_usd=deals["amount_usd"] * factor),
        account_subscriptions=subscriptions.assign(mrr_usd=subscriptions["mrr_usd"] * factor),
    )
    found = scores_of(scaled)
    # Amounts have four decimals, so a customer may swap places with its closest neighbour, no more.
    assert (found["percentile"] - scores["percentile"]).abs().max() < 0.02
    assert (found["cohort"] == scores["cohort"])[scores["cohort"].notna()].mean() > 0.995


def test_neither_row_order_nor_threads_matter(world: World, scores: pd.DataFrame) -> None:
    shuffled = World({name: frame.sample(frac=1, random_state=5) for name, frame in world.frames.items()})
    pd.testing.assert_frame_equal(scores_of(shuffled, threads=1), scores, check_exact=True)
    pd.testing.assert_frame_equal(scores_of(shuffled, threads=4), scores, check_exact=True)


def test_customers_all_alike_have_no_best_and_no_worst() -> None:
    world = make_world(60, seed=2)
    same = world.frames["customers"].assign(tenure_days=400, is_churned=False, churned_at=pd.NaT)
    customer = same[["account_id"]]
    alike = World(
        world.frames
        | {
            "customers": same,
            "deals": world.frames["deals"].assign(amount_usd=1000.0, sales_cycle_days=30),
            "account_subscriptions": customer.assign(mrr_usd=100.0, started_on="2025-10-17"),
            "account_survey_responses": customer.assign(response_id="r", score=8.0, responded_at="2026-10-01"),
            "account_tickets": pd.DataFrame({"account_id": [], "ticket_id": [], "created_at": []}),
        }
    )
    with built(alike) as connection:
        scores = table_of(connection, "outcomes.customer_scores")
        lift = table_of(connection, "segments.segment_lift")
    assert (scores["percentile"] == 0.5).all() and (scores["cohort"] == "middle").all()
    quality = lift[lift["outcome"] == "quality"]
    assert len(quality) and quality[["lift", "ci_low", "ci_high", "z", "p_value", "q_value"]].isna().all(axis=None)
    assert not quality["verdict"].isin(["icp", "negative"]).any()


def test_no_customers_at_all_runs_and_says_nothing() -> None:
    with built(make_world(0, n_prospects=50)) as connection:
        for table in ("outcomes.customer_scores", "outcomes.observations", "segments.segment_lift"):
            assert table_of(connection, table).empty
        leaks = table_of(connection, "segments.attribute_leaks")
    assert (leaks["verdict"] == "ok").all()


def test_a_metric_from_a_crm_field_replaces_what_was_computed(world: World) -> None:
    settings = Settings.model_validate({"outcomes": {"metrics": {"nps": {"field": "salesforce.account.NPS__c"}}}})
    accounts = world.frames["customers"]["account_id"]
    fields = pd.DataFrame({"account_id": accounts[:40], "attribute": "nps", "value": "9.5", "record_rank": 1})
    found = scores_of(world.but(account_field_values=fields), settings).set_index("account_id")["nps"]
    assert (found[accounts[:40]] == 9.5).all() and found[accounts[40:]].isna().all()


@pytest.mark.slow
def test_a_region_of_new_customers_is_not_called_bad() -> None:
    """The newness trap: customers of the newest region are young but otherwise like the rest."""
    discovered = 0
    for seed in range(30):
        world = make_world(500, seed=seed, null_attributes=1)
        accounts, customers = world.frames["accounts"], world.frames["customers"]
        tenure = accounts.merge(customers, how="left", on="account_id")["tenure_days"].fillna(350)
        chance_of_new = 1 / (1 + np.exp((tenure - 350) / 60))
        level = np.where(np.random.default_rng(seed).uniform(size=len(accounts)) < chance_of_new, "new", "old")
        region = accounts[["account_id"]].assign(dimension="firmographic", attribute="place", level=level)
        with built(world.but(account_attributes=region), until="segments.segment_lift") as connection:
            verdicts = connection.execute(
                "select verdict from segments.segment_lift where outcome = 'quality' and is_counted"
            ).fetchall()
        assert len(verdicts) == 1
        discovered += verdicts[0][0] != "not_significant"
    assert discovered <= 7
