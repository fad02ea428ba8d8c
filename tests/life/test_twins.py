"""A criterion that goes with another trait says so; one that stands alone, or is clearly better, does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from moving_worlds import sql_of
from segment_worlds import segments_of

NULLS = {"crm": 4, "ownership": 3, "industry": 10, "growth_stage": 5}
SEEDS = range(12)


def _twins(seed: int, same: float, effects: tuple[float, float] = (1.6, 0.0), n: int = 900) -> set[str]:
    """Attributes named beside a criterion on headcount; revenue is high if headcount is, except for 1 - `same`.

    `effects`: the separate effects of headcount and revenue.
    """
    rng = np.random.default_rng(seed)
    traits = {name: np.array([f"{name} {i}" for i in rng.integers(0, count, n)]) for name, count in NULLS.items()}
    is_large = rng.random(n) < 0.35
    is_rich = np.where(rng.random(n) < same, is_large, rng.random(n) < 0.35)
    traits["employees"] = np.where(is_large, "200-499", "10-49")
    traits["annual_revenue_usd"] = np.where(is_rich, "$10M-50M", "$1M-10M")
    latent = rng.logistic(size=n) + effects[0] * is_large + effects[1] * is_rich
    y = 6 * ((pd.Series(latent).rank().to_numpy() - 0.5) / n - 0.5)
    ids = [f"c{i:05d}" for i in range(n)]
    flags = {"is_best": y >= 1.8, "is_worst": y <= -1.8, "is_won": None, "outcome": "quality"}
    started = pd.Timestamp("2022-01-01")
    customers = pd.DataFrame({"account_id": ids, "observation_id": ids, "observed_at": started, "y": y, **flags})
    known = pd.DataFrame({"account_id": ids, **traits}).melt("account_id", var_name="attribute", value_name="level")
    criterion = pd.DataFrame({"icp_id": ["primary"], "attribute": "employees", "segment": "200-499"})
    nobody = pd.DataFrame({"account_id": [], "icp_id": []}, dtype=str)
    with segments_of(customers, known, {"primary": None}, nobody, criterion) as connection:
        return {
            str(row[0])
            for row in connection.execute(f"select twin_attribute from ({sql_of('icp.criterion_twins')})").fetchall()
        }


def test_what_goes_with_the_criterion_and_matters_as_much_is_named() -> None:
    """By chance, customers with only one of the two differ in one company in ten."""
    found = [_twins(seed, same=0.85, effects=(0.8, 0.8)) for seed in SEEDS]
    assert sum(named == {"annual_revenue_usd"} for named in found) >= 10


def test_what_customers_tell_apart_is_not_named() -> None:
    """Half of the others have only one of the two, and only headcount has an effect."""
    found = [_twins(seed, same=0.7) for seed in SEEDS]
    assert sum("annual_revenue_usd" in named for named in found) <= 1


def test_what_has_nothing_to_do_with_the_criterion_is_never_named() -> None:
    assert [_twins(seed, same=0.0) for seed in SEEDS] == [set() for _ in SEEDS]
