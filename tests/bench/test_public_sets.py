"""The benchmark on public data sets lands no results of the later part, and reports worse as worse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from bench.method.public import PublicSet, difference, write_home

DATA = pd.DataFrame(
    {"size": range(20), "colour": ["red", "blue"] * 10, "bought": ["yes", "no"] * 10, "worth": 100, "day": range(20)}
)
GOOD = (DATA["bought"] == "yes").to_numpy(dtype=bool)
SALES = PublicSet("none", "none", "bought", "yes", order="day", amount="worth")


def test_the_later_part_is_landed_without_results(tmp_path: Path) -> None:
    assert write_home(tmp_path, SALES, DATA, GOOD) == 14
    accounts = pd.read_csv(tmp_path / "landing" / "crm" / "accounts.csv")
    deals = pd.read_csv(tmp_path / "landing" / "crm" / "deals.csv")
    assert list(accounts) == ["id", "name", "website", "x_size", "x_colour"] and len(accounts) == 20
    assert list(deals["account"]) == [f"A{number}" for number in range(14)] and list(deals["won"]) == list(GOOD[:14])
    assert deals["closed_on"].is_monotonic_increasing and set(deals["amount"]) == {100}
    types = {name: item["type"] for name, item in settings(tmp_path)["attributes"].items()}
    assert types == {"x_size": "numeric", "x_colour": "categorical"}


def test_who_left_is_known_of_the_earlier_part_alone(tmp_path: Path) -> None:
    stayed = PublicSet("none", "none", "bought", "yes", order="day", is_churn=True, left_out=("worth",))
    assert write_home(tmp_path, stayed, DATA, GOOD) == 14
    accounts = pd.read_csv(tmp_path / "landing" / "crm" / "accounts.csv")
    assert list(accounts["since"].notna()) == [True] * 14 + [False] * 6
    assert list(accounts["left_on"].notna()) == [number < 14 and number % 2 == 1 for number in range(20)]
    a_year_before = pd.Timestamp(settings(tmp_path)["as_of"]) - pd.DateOffset(years=1)
    began, left = (pd.to_datetime(accounts[name]) for name in ("since", "left_on"))
    assert began.max() <= a_year_before, "of all that are learned from it is known whether they stayed a year"
    assert ((left - began).dropna().dt.days.between(1, 364)).all()
    assert not (tmp_path / "landing" / "crm" / "deals.csv").exists()
    assert settings(tmp_path)["sources"]["crm"]["columns"]["churned_at"] == "left_on"


def test_the_interval_is_of_the_difference_on_the_same_rows() -> None:
    rng = np.random.default_rng(1)
    is_good = rng.random(400) < 0.4
    sharp, blunt = is_good + rng.normal(0, 0.5, 400), is_good + rng.normal(0, 3, 400)
    better, worse, low, high = difference(sharp, blunt, is_good)
    assert low < better - worse < high and low > 0.1
    assert difference(blunt, blunt, is_good)[2:] == pytest.approx((0, 0))


def settings(home: Path) -> dict:
    return yaml.safe_load((home / "icp.yaml").read_text(encoding="utf-8"))
