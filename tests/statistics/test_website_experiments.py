"""Results of website experiments: correct on known figures, and valid however often somebody looks."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pandas as pd
import pytest

from bench.experiments import COUNTED, JUDGING, called, judge, judge_accounts, nightly_counts, withheld
from icp_pipeline import duck
from icp_pipeline.home import PROJECT

NIGHTS = np.arange(60)


def counted(*numbers: int, holdout: float, **other: str) -> dict[str, object]:
    return {"experiment": "x", "holdout": holdout, **dict(zip(COUNTED, numbers, strict=True)), **other}


def one(*numbers: int, holdout: float, models: tuple[str, ...] = JUDGING) -> pd.Series:
    frame = pd.DataFrame([counted(*numbers, holdout=holdout)])
    return judge(frame, models).iloc[0]


def test_the_email_experiment_of_hillstrom_is_called() -> None:
    """MineThatData's challenge of 2008: men's e-mail against none, the visit as outcome, one row per customer."""
    arms = [("personalised", 21_307, 3_894), ("holdout", 21_306, 2_262)]
    accounts = pd.concat(
        [pd.DataFrame({"arm": arm, "converted": np.arange(size) < visits}) for arm, size, visits in arms],
        ignore_index=True,
    )
    accounts["account_id"] = [f"customer-{number}" for number in accounts.index]
    shuffled = accounts.sample(frac=1, random_state=8)
    found = judge_accounts(shuffled, holdout=0.5).set_index("event").loc["any"]
    assert (round(found.rate_holdout, 3), round(found.rate_personalised, 3)) == (0.106, 0.183)
    assert found.verdict == "better"
    assert found.difference == pytest.approx(0.0766, abs=1e-4)
    # Wider than the interval of a single look, but not by much.
    assert 0.05 < found.difference_low < 0.070 and 0.083 < found.difference_high < 0.10
    assert found.ratio_low < found.ratio < found.ratio_high


@pytest.mark.parametrize(
    ("conversions", "entered", "holdout", "log_e", "log_srm_e"),
    [
        # savvi 0.3.1, Multinomial(theta_0=(.8, .2), k=24) and k=99; (.5, .5) and k=15.
        ((40, 22), (700, 240), 0.2, 2.1894846, 6.4254003),
        ((60, 5), (812, 188), 0.2, 2.1649813, -0.7710028),
        ((894, 262), (0, 0), 0.5, 177.9544558, 0.0),
        ((0, 0), (0, 0), 0.2, 0.0, 0.0),
    ],
)
def test_evidence_is_that_of_lindon_and_malek(
    conversions: tuple[int, int], entered: tuple[int, int], holdout: float, log_e: float, log_srm_e: float
) -> None:
    found = one(*entered, 2_000, 2_000, *conversions, holdout=holdout, models=("experiment_evidence",))
    assert found.log_e == pytest.approx(log_e, abs=1e-6)
    assert found.log_srm_e == pytest.approx(log_srm_e, abs=1e-6)


@pytest.mark.parametrize(
    ("conversions", "holdout", "low", "high"),
    [
        # ville 0.1.0, BernoulliCS(alpha=.045) of the personalised arm's share of conversions, as a ratio of rates.
        ((40, 22), 0.2, 0.2020076, 1.0950266),
        ((60, 5), 0.2, 0.8966344, 18.4066087),
        ((3894, 2262), 0.5, 1.5640288, 1.8963480),
    ],
)
def test_the_ratios_interval_is_that_of_the_beta_mixture(
    conversions: tuple[int, int], holdout: float, low: float, high: float
) -> None:
    found = one(
        9_000,
        9_000,
        9_000,
        9_000,
        *conversions,
        holdout=holdout,
        models=("experiment_evidence", "experiment_intervals"),
    )
    # The bound is the next point of a grid of 1 %, outward.
    assert low / 1.0101 <= found.ratio_low <= low and high <= found.ratio_high <= high * 1.0101


def test_the_difference_holds_together_with_the_ratio() -> None:
    found = one(21_307, 21_306, 21_307, 21_306, 3894, 2262, holdout=0.5)
    # ville 0.1.0, BernoulliCS(alpha=.005, prior=(.5, .5)) of all conversions: .1366494 to .1525180.
    low, high = (
        rate * (ratio - 1) / (0.5 * ratio + 0.5) for rate, ratio in ((0.1366494, 1.5640288), (0.1525180, 1.8963480))
    )
    assert low - 0.003 < found.difference_low <= low and high <= found.difference_high < high + 0.003


def test_before_anybody_converted_nothing_is_ruled_out_but_high_rates() -> None:
    found = one(300, 80, 240, 60, 0, 0, holdout=0.2)
    assert found.verdict == "too_early" and found.e_value == 1
    assert pd.isna(found.ratio_low) and pd.isna(found.ratio_high) and pd.isna(found.accounts_needed)
    # ville: for 300 without a conversion, a rate of .0287 or more is ruled out.
    assert found.difference_high == pytest.approx(0.0287 / 0.8, abs=0.001)
    assert found.difference_low == pytest.approx(-0.0287 / 0.2, abs=0.004)


def test_before_anybody_entered_there_is_a_row_that_says_so() -> None:
    found = one(0, 0, 0, 0, 0, 0, holdout=0.2)
    assert (found.verdict, found.e_value, found.srm_e) == ("too_early", 1, 1)
    assert (found.difference_low, found.difference_high) == (-1, 1) and pd.isna(found.rate_personalised)


def test_a_lower_rate_is_called_worse() -> None:
    assert one(800, 800, 800, 800, 20, 80, holdout=0.5).verdict == "worse"


def test_what_would_have_been_seen_is_undecided_and_else_too_early() -> None:
    few, many = one(240, 60, 240, 60, 12, 3, holdout=0.2), one(8_000, 2_000, 8_000, 2_000, 400, 100, holdout=0.2)
    assert (few.verdict, many.verdict) == ("too_early", "undecided")
    assert 1_500 < few.accounts_needed < 4_000 and many.accounts_needed == 0


def test_a_rate_twice_as_high_is_called_in_about_half_of_those_with_as_many_accounts_as_needed() -> None:
    first = one(240, 60, 240, 60, 18, 3, holdout=0.2)
    wanted = int(first.accounts_needed) + 300
    shares = called(nightly_counts(np.random.default_rng(4), 200, NIGHTS, wanted, holdout=0.2, rates=(0.078, 0.039)))
    assert 0.4 < shares.mean() < 0.9


def test_arms_that_did_not_come_in_as_drawn_withhold_the_result() -> None:
    sound, broken = one(800, 200, 800, 200, 90, 8, holdout=0.2), one(700, 300, 700, 300, 90, 8, holdout=0.2)
    assert sound.verdict == "better" and sound.srm_e < 1
    assert broken.verdict == "withheld" and broken.srm_e > 1000
    assert pd.isna(broken.difference) and pd.isna(broken.ratio_low) and pd.isna(broken.difference_high)
    assert (broken.conversions_personalised, broken.conversions_holdout) == (90, 8)


def test_a_broken_ratio_of_the_whole_withholds_its_segments_and_not_the_other_way_round() -> None:
    def verdicts(whole: tuple[int, ...], part: tuple[int, ...]) -> dict[str, str]:
        rows = [
            counted(*whole, holdout=0.2, attribute="all", segment="all"),
            counted(*part, holdout=0.2, attribute="tier", segment="tier_1"),
        ]
        frame = pd.DataFrame(rows).assign(event="any")
        return judge(frame).set_index("segment")["verdict"].to_dict()

    assert set(verdicts((700, 300) * 2 + (90, 8), (80, 20) * 2 + (9, 1)).values()) == {"withheld"}
    assert verdicts((8000, 2000) * 2 + (900, 80), (100, 100) * 2 + (9, 1)) == {"all": "better", "tier_1": "withheld"}


def test_segments_share_their_error_by_e_bh() -> None:
    """Ten more questions: a single e-value must reach 10
    .045, two only 5
    .045 each."""
    effect = (1000, 1000, 1000, 1000)
    rows = [counted(*effect, 0, 0, holdout=0.5, attribute="all", segment="all")]
    quiet = [counted(*effect, 50, 50, holdout=0.5, attribute="tier", segment=f"s{place}") for place in range(10)]

    def called_with(*strong: tuple[int, int]) -> tuple[list[str], list[float]]:
        loud = [
            counted(*effect, *counts, holdout=0.5, attribute="tier", segment=f"s{place}")
            for place, counts in enumerate(strong)
        ]
        found = judge(pd.DataFrame([*rows, *loud, *quiet[len(loud) :]]).assign(event="any"))
        better = found[found["verdict"] == "better"]
        return sorted(better["segment"]), sorted(found["e_value"])[-2:]

    tried = pd.DataFrame(
        [counted(*effect, more, 60, holdout=0.5) | {"experiment": f"{more}"} for more in range(60, 160)]
    )
    evidence = judge(tried, ("experiment_evidence",)).set_index("experiment")["log_e"]
    middling = next((int(more), 60) for more, log_e in evidence.items() if 5.5 / 0.045 < math.exp(log_e) < 9.5 / 0.045)
    alone, values = called_with(middling)
    assert alone == [] and values[1] > 1 / 0.045
    assert called_with(middling, middling)[0] == ["s0", "s1"]


def test_of_null_experiments_looked_at_each_night_few_are_ever_called() -> None:
    """Two hundred experiments without a difference, sixty nights: one in twenty may be called, by chance at most 15."""
    for seed, (accounts, holdout, rate) in enumerate(((600, 0.2, 0.05), (1200, 0.5, 0.1), (20_000, 0.2, 0.05))):
        counts = nightly_counts(np.random.default_rng(seed), 200, NIGHTS, accounts, holdout=holdout, rates=(rate, rate))
        assert called(counts).sum() <= 15, (accounts, holdout, rate)


def test_of_experiments_with_a_difference_most_are_called() -> None:
    counts = nightly_counts(np.random.default_rng(3), 100, NIGHTS, 3_000, holdout=0.2, rates=(0.1, 0.05))
    assert called(counts).mean() > 0.8


def test_sound_experiments_are_hardly_ever_withheld_in_a_year_of_nights() -> None:
    sound = nightly_counts(np.random.default_rng(5), 400, np.arange(365), 1_000, holdout=0.2, rates=(0.05, 0.05))
    assert withheld(sound).sum() <= 2
    broken = nightly_counts(
        np.random.default_rng(6), 100, np.arange(0, 365, 30), 2_000, holdout=0.2, rates=(0.05, 0.05), drawn_holdout=0.3
    )
    assert withheld(broken).mean() > 0.95


def test_the_arm_is_a_hash_that_every_warehouse_has() -> None:
    """MD5 of `experiment:account`, its first six hex digits as a number: the same in Python as in any dialect."""
    accounts = [f"sf-001Hs{number:08d}" for number in range(5_000)]
    model = (PROJECT / "sql" / "activation" / "experiment_arms.sql").read_text(encoding="utf-8")
    with duck.connect() as connection:
        for schema in ("history", "activation", "settings", "core"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table history.experiment_assignments (experiment varchar, account_id varchar, arm varchar, "
            "assigned_on date, run_id varchar, holdout double)"
        )
        connection.execute("create table history.runs (run_id varchar, sequence bigint)")
        connection.execute("create table activation.experiment_accounts (account_id varchar, now_account_id varchar)")
        connection.execute("create table settings.run as select date '2026-11-21' as as_of")
        connection.execute(
            "create table settings.experiments as "
            "select unnest(['a', 'b']) as experiment, 0.2 as holdout, date '2026-11-01' as starts_on"
        )
        connection.register("frame", pd.DataFrame({"account_id": accounts}))
        connection.execute("create table core.accounts as select * from frame")
        found = connection.execute(model).df()
    arms = {
        (row.experiment, row.account_id): "holdout"
        if int(hashlib.md5(f"{row.experiment}:{row.account_id}".encode()).hexdigest()[:6], 16) < 0.2 * 16**6
        else "personalised"
        for row in found.itertuples()
    }
    assert len(arms) == 10_000
    assert found.set_index(["experiment", "account_id"])["arm"].to_dict() == arms
    held = found.assign(held=found["arm"] == "holdout").pivot(index="account_id", columns="experiment", values="held")
    assert 0.18 < held["a"].mean() < 0.22
    # Another experiment assigns arms independently.
    assert abs(held["a"].corr(held["b"])) < 0.05
