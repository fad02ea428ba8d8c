"""Changes that must not affect the result do not, and changes that must affect it move it the right way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from learned_worlds import SETTINGS, learn, tier_rule
from worlds import MadeUp, make_world

from icp_pipeline.learning.backtest import split_in_time
from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.learning.learn import learn_icp
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations
from icp_pipeline.learning.world import World

Planted = Callable[[int], tuple[MadeUp, LearnedIcp]]
FRAMES = ("criteria", "evidence", "calibration", "trigger_effects", "backtest", "backtest_curve", "comparison")


def assert_same(one: LearnedIcp, other: LearnedIcp) -> None:
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True, obj=name)


def test_row_order_changes_nothing_nor_do_texts_that_are_categories(planted: Planted) -> None:
    world, learned = planted(0)
    coded = world.attributes.astype(dict.fromkeys(("account_id", "attribute", "level"), "category"))
    coded["level"] = (
        coded["level"]
        .cat.add_categories("nobody has it")
        .cat.reorder_categories(["nobody has it", *reversed(coded["level"].cat.categories)])
    )
    shuffled = learn_icp(
        world.observations.sample(frac=1, random_state=1),
        coded.sample(frac=1, random_state=2),
        world.definitions.sample(frac=1, random_state=3),
        market=world.market.sample(frac=1, random_state=4),
        triggers=world.triggers.sample(frac=1, random_state=5),
        tier_rule=tier_rule(),
        settings=SETTINGS,
    )
    assert_same(learned, shuffled)


def test_column_order_and_doubled_rows_change_nothing(planted: Planted) -> None:
    world, learned = planted(0)
    again = learn_icp(
        world.observations[world.observations.columns[::-1]],
        pd.concat([world.attributes, world.attributes])[["level", "account_id", "attribute"]],
        pd.concat([world.definitions, world.definitions]),
        market=pd.concat([world.market, world.market]),
        triggers=world.triggers,
        tier_rule=tier_rule(),
        settings=SETTINGS,
    )
    assert_same(learned, again)


def test_renamed_levels_change_only_names(planted: Planted) -> None:
    world, learned = planted(0)

    def renamed(text: str) -> str:
        return text[::-1]

    definitions = world.definitions.assign(
        level=world.definitions["level"].map(renamed), segment=world.definitions["segment"].map(renamed)
    )
    attributes = world.attributes.assign(level=world.attributes["level"].map(renamed))
    again = learn_icp(
        world.observations, attributes, definitions, market=world.market, triggers=world.triggers, settings=SETTINGS
    )
    assert set(again.criteria["segment"].map(renamed)) == set(learned.criteria["segment"])
    before = learned.evidence.set_index(["attribute", "level"])["points"].sort_index()
    after = again.evidence.assign(level=again.evidence["level"].map(renamed)).set_index(["attribute", "level"])
    pd.testing.assert_series_equal(before, after["points"].sort_index(), atol=1e-8)


def test_a_trait_of_pure_noise_changes_no_criterion(planted: Planted) -> None:
    changed = 0
    for seed in range(6):
        world, learned = planted(seed)
        accounts = world.attributes["account_id"].unique()
        sides = np.array(["heads", "tails", "edge"])
        tossed = np.random.default_rng(seed).choice(sides, len(accounts))
        noise = pd.DataFrame({"account_id": accounts, "attribute": "coin", "level": tossed})
        levels = pd.DataFrame({"attribute": "coin", "segment": sides, "level": sides, "is_complement": False})
        again = learn_icp(
            world.observations,
            pd.concat([world.attributes, noise]),
            pd.concat([world.definitions, levels]),
            market=world.market,
            settings=SETTINGS,
        )
        names = [set(zip(icp.criteria["attribute"], icp.criteria["segment"], strict=True)) for icp in (learned, again)]
        changed += names[0] != names[1]
    assert changed <= 1


def test_a_trait_listed_ten_times_counts_once(planted: Planted) -> None:
    """Naive weights of evidence would count the copies ten times."""
    world, learned = planted(0)
    model = world.attributes[world.attributes["attribute"] == "business_model"]
    copies = [model.assign(attribute=f"copy_{number}") for number in range(9)]
    levels = world.definitions[world.definitions["attribute"] == "business_model"]
    again = learn_icp(
        world.observations,
        pd.concat([world.attributes, *copies]),
        pd.concat([world.definitions, *(levels.assign(attribute=f"copy_{n}") for n in range(9))]),
        market=world.market,
        tier_rule=tier_rule(),
        settings=SETTINGS,
    )

    def saas(icp: LearnedIcp) -> float:
        rows = icp.evidence[icp.evidence["level"] == "saas"]
        return float(rows["points"].sum())

    assert saas(again) < 1.5 * saas(learned)
    assert (again.criteria["segment"] == "saas").sum() == 1


def test_blanks_move_points_little_and_are_no_level(planted: Planted) -> None:
    world, learned = planted(0)
    kept = world.attributes.sample(frac=0.9, random_state=0).index
    blanked = world.attributes.assign(level=world.attributes["level"].where(world.attributes.index.isin(kept)))
    again = learn_icp(world.observations, blanked, world.definitions, market=world.market, settings=SETTINGS)
    both = learned.evidence.merge(again.evidence, on=["attribute", "level"], suffixes=("", "_blanked"))
    assert (both["points"] - both["points_blanked"]).abs().max() < 0.25
    assert set(again.evidence["level"]) <= set(world.attributes["level"])


def test_every_customer_twice_keeps_lifts_and_narrows_intervals(planted: Planted) -> None:
    world, learned = planted(0)
    observed, traits = world.observations, world.attributes
    twins = observed.assign(
        account_id=observed["account_id"] + "-twin", observation_id=observed["observation_id"] + "-twin"
    )
    twin_traits = traits.assign(account_id=traits["account_id"] + "-twin")
    doubled = learn_icp(
        pd.concat([observed, twins]), pd.concat([traits, twin_traits]), world.definitions, settings=SETTINGS
    )
    both = learned.criteria.merge(doubled.criteria, on=["attribute", "segment"], suffixes=("", "_doubled"))
    assert len(both) >= 3
    assert (np.log(both["lift"] / both["lift_doubled"]).abs() < 0.05).all()
    width, narrower = (np.log(both[f"ci_high{end}"] / both[f"ci_low{end}"]) for end in ("", "_doubled"))
    assert np.allclose(narrower / width, 1 / np.sqrt(2), atol=0.02)


def test_a_later_fact_never_changes_what_was_learned_before_the_split() -> None:
    """The split learns from what came before it: reversing every later outcome moves no earlier weight."""
    world = make_world(600, 2)
    split = _split(world)
    late = pd.to_datetime(world.observations["observed_at"]) > split.split_at
    turned = world.observations.copy()
    turned.loc[late & turned["is_best"].notna(), "y"] *= -1
    later = _split(MadeUp(**{**world.__dict__, "observations": turned}))
    assert later.split_at == split.split_at
    np.testing.assert_allclose(later.fit.level_points, split.fit.level_points, atol=1e-9)
    assert later.fit.calibration == split.fit.calibration


def _split(world: MadeUp):  # type: ignore[no-untyped-def]
    traits = read_traits(world.attributes)
    quality, deals = (read_observations(world.observations, name, traits) for name in ("quality", "win"))
    inputs = World.of(traits, read_segments(traits, world.definitions), quality, deals, world.market, None, None)
    split = split_in_time(inputs, SETTINGS)
    assert split is not None
    return split


def test_the_same_world_gives_the_same_version(planted: Planted) -> None:
    world, learned = planted(0)
    assert_same(learned, learn(world))


def test_what_was_known_only_later_explains_nothing(planted: Planted) -> None:
    """A field filled in for the best customers after the sale is the strongest trait of all, unless dates are used."""
    world, _ = planted(0)
    quality = world.observations[world.observations["outcome"] == "quality"]
    hindsight = pd.DataFrame(
        {
            "account_id": quality["account_id"],
            "attribute": "health",
            "level": np.where(quality["is_best"], "green", "red"),
            "known_at": quality["observed_at"] + pd.Timedelta(days=90),
        }
    )
    levels = pd.DataFrame({"attribute": "health", "segment": ["green", "red"], "level": ["green", "red"]})
    definitions = pd.concat([world.definitions, levels.assign(is_complement=False)])
    dated = learn_icp(
        world.observations,
        pd.concat([world.attributes, hindsight]),
        definitions,
        market=world.market,
        tier_rule=tier_rule(),
        settings=SETTINGS,
    )
    undated = learn_icp(
        world.observations,
        pd.concat([world.attributes, hindsight.drop(columns="known_at")]),
        definitions,
        market=world.market,
        tier_rule=tier_rule(),
        settings=SETTINGS,
    )
    assert "health" not in set(dated.evidence["attribute"]) | set(dated.criteria["attribute"])
    assert "health" in set(undated.criteria["attribute"])
