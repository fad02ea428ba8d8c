"""Learned points and the icp models together: the promises to people who work by the tiers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from learned_worlds import AS_OF, Scorer
from worlds import MadeUp

from icp_pipeline.learning.contract import LearnedIcp

Planted = Callable[[int], tuple[MadeUp, LearnedIcp]]
TIERED = ("tier_1", "tier_2", "tier_3")


def events(account: str, days_ago: int, trigger: str = "news", strength: str = "strong") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "account_id": [account],
            "trigger": [trigger],
            "strength": [strength],
            "happened_at": [(AS_OF - pd.Timedelta(days=days_ago)).date()],
        }
    )


def priority(connection: object, account: str) -> float:
    rows = connection.execute(  # type: ignore[attr-defined]
        "select priority_score from icp.account_scores where account_id = ?", [account]
    ).fetchall()
    return float(rows[0][0])


def traits_of(account: str, levels: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"account_id": account, "attribute": list(levels), "level": list(levels.values())})


def ideal_levels(world: MadeUp, learned: LearnedIcp) -> dict[str, str]:
    """The best level for each good criterion."""
    good = learned.criteria[learned.criteria["kind"].isin(["must_have", "positive"])]
    rows = learned.evidence.merge(good[["attribute", "segment"]], on=["attribute", "segment"])
    rows = rows.sort_values("points").drop_duplicates("attribute", keep="last")
    return dict(zip(rows["attribute"], rows["level"], strict=True))


def test_evidence_adds_up_to_the_score_exactly(planted: Planted, scorer: Scorer) -> None:
    world, learned = planted(0)
    connection = scorer(learned, world.attributes)
    wrong = connection.execute("""
        select count(*)
        from (select account_id, sum(points) as total from icp.score_evidence group by account_id) as sums
        inner join icp.account_scores as scores on sums.account_id = scores.account_id
        where sums.total <> scores.fit_points
    """).fetchone()
    assert wrong == (0,)
    worst = connection.execute(
        "select max(abs(fit_probability - 1 / (1 + exp(-fit_points)))) from icp.account_scores"
    ).fetchone()
    assert worst is not None and worst[0] < 1e-12


def test_an_account_with_nothing_known_has_the_prior(planted: Planted, scorer: Scorer) -> None:
    _, learned = planted(0)
    connection = scorer(learned, traits_of("blank", {"shoe_size": "44"}))
    row = connection.execute("""
        select scores.fit_points, scores.status, tiers.tier from icp.account_scores as scores
        inner join icp.account_tiers as tiers on scores.account_id = tiers.account_id
    """).fetchall()
    assert row == [(row[0][0], "insufficient_data", "unscored")]
    assert float(row[0][0]) == learned.calibration["prior_points"].iloc[0]


def test_all_but_one_criterion_with_a_fresh_strong_trigger_outranks_all_without(
    planted: Planted, scorer: Scorer
) -> None:
    for seed in range(2):
        world, learned = planted(seed)
        ideal = ideal_levels(world, learned)
        everything = [traits_of("five", ideal)]
        for missing in ideal:
            others = {attribute: level for attribute, level in ideal.items() if attribute != missing}
            for level in world.attributes.loc[world.attributes["attribute"] == missing, "level"].unique():
                if level != ideal[missing]:
                    everything.append(traits_of(f"{missing}|{level}", {**others, missing: level}))
            everything.append(traits_of(f"{missing}|", others))
        accounts = [str(frame["account_id"].iloc[0]) for frame in everything[1:]]
        triggers = pd.concat([events(account, 3) for account in accounts])
        connection = scorer(learned, pd.concat(everything), account_triggers=triggers)
        best = priority(connection, "five")
        assert all(priority(connection, account) > best for account in accounts)


def test_adding_a_trigger_never_lowers_and_aging_never_raises(planted: Planted, scorer: Scorer) -> None:
    world, learned = planted(0)
    some = world.attributes[world.attributes["account_id"].isin(world.market.head(40))]
    accounts = some["account_id"].unique()
    rng = np.random.default_rng(0)
    rows = []
    for account in np.repeat(accounts, 3):
        name, strength = rng.choice(["news", "funding_round", "hire"]), rng.choice(["strong", "medium", "weak"])
        rows.append(events(account, int(rng.integers(0, 170)), str(name), str(strength)))
    touches = pd.DataFrame({"account_id": np.repeat(accounts, 4), "happened_on": AS_OF.date()})
    scores = []
    for number in range(4):
        triggers = (
            pd.concat([frame for index, frame in enumerate(rows) if index % 3 < number]) if number else rows[0][:0]
        )
        connection = scorer(learned, some, account_triggers=triggers, account_engagement=touches)
        scores.append([priority(connection, account) for account in accounts])
    assert all((np.diff(np.array(scores), axis=0) >= 0).ravel())
    aged = pd.concat(rows).assign(
        happened_at=lambda frame: frame["happened_at"] - pd.Timedelta(days=7).to_pytimedelta()
    )
    connection = scorer(learned, some, account_triggers=aged, account_engagement=touches)
    assert all(priority(connection, account) <= before for account, before in zip(accounts, scores[-1], strict=True))


def test_the_score_of_one_does_not_depend_on_the_others(planted: Planted, scorer: Scorer) -> None:
    world, learned = planted(0)
    few = world.attributes[world.attributes["account_id"].isin(world.market.head(5))]
    query = "select account_id, fit_points, priority_score from icp.account_scores where account_id in ({}) order by 1"
    wanted = ", ".join(f"'{account}'" for account in world.market.head(5))
    alone = scorer(learned, few).execute(query.format(wanted)).fetchall()
    together = scorer(learned, world.attributes).execute(query.format(wanted)).fetchall()
    assert alone == together


def test_a_disqualified_account_is_never_tiered(planted: Planted, scorer: Scorer) -> None:
    world, learned = planted(0)
    out = learned.criteria.assign(kind=learned.criteria["kind"].replace("negative", "disqualifier"))
    banned = LearnedIcp(**{**learned.__dict__, "criteria": out})
    everybody = world.attributes["account_id"].unique()
    triggers = pd.concat([events(account, 1) for account in everybody[:500]])
    connection = scorer(banned, world.attributes, account_triggers=triggers)
    agencies = connection.execute("""
        select tiers.tier, tiers.grade[1], scores.fit_probability is not null, count(*)
        from icp.account_tiers as tiers
        inner join icp.account_scores as scores on tiers.account_id = scores.account_id
        inner join core.account_attributes as traits on tiers.account_id = traits.account_id
        where traits.level = 'agency' group by all
    """).fetchall()
    assert [row[:3] for row in agencies] == [("not_icp", "D", True)]


def test_a_broken_calibration_tiers_nobody(planted: Planted, scorer: Scorer) -> None:
    world, learned = planted(0)
    for column, value in (("prior_points", np.nan), ("prior_points", np.inf), ("market_average", np.nan)):
        broken = LearnedIcp(**{**learned.__dict__, "calibration": learned.calibration.assign(**{column: value})})
        tiers = scorer(broken, world.attributes).execute("select distinct tier from icp.account_tiers").fetchall()
        assert not {tier for (tier,) in tiers} & set(TIERED), (column, value, tiers)


def test_the_reasons_add_up_to_the_fit_they_name(planted: Planted, scorer: Scorer) -> None:
    import re

    world, learned = planted(0)
    lines = scorer(learned, world.attributes).execute("select reasons from icp.account_tiers limit 500").fetchall()
    for (line,) in lines:
        parts, _, fit = line.partition(" = fit ")
        figures = [float(number) for number in re.findall(r" ([+-]\d+\.\d\d)(?:;|$)", parts + ";")]
        assert round(sum(figures), 2) == float(fit.split(";")[0]), line


def test_the_same_day_again_moves_nobody(planted: Planted, scorer: Scorer) -> None:
    world, learned = planted(0)
    first = scorer(learned, world.attributes)
    state = first.execute("""
        select account_id, icp_id, tier, tier_since, as_of, icp_version, candidate_tier, candidate_as_of
        from icp.account_tiers
    """).df()
    again = scorer(learned, world.attributes, account_tiers=state)
    assert again.execute("select count(*) from icp.tier_transitions").fetchone() == (0,)
    query = "select account_id, tier, tier_since, candidate_tier from icp.account_tiers order by account_id"
    assert first.execute(query).fetchall() == again.execute(query).fetchall()
