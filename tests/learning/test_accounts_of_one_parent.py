"""Subsidiaries of one parent are one buyer: thirty count no more than one, however alike they turn out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from learned_worlds import learn
from worlds import PLANTED, MadeUp, definitions, make_world

from icp_pipeline.learning.backtest import auc
from icp_pipeline.learning.clusters import Clusters
from icp_pipeline.learning.evidence import signal
from icp_pipeline.learning.matrix import read_traits
from icp_pipeline.learning.observed import read_observations


def with_a_group(world: MadeUp, size: int, *, linked: bool = True) -> MadeUp:
    """The same company plus a group whose subsidiaries, in their own industry, were all won and are all best."""
    names = [f"group-{place}" for place in range(size)]
    traits = {
        "industry": "ships",
        "business_model": "services",
        "region": "APAC",
        "ownership": "private",
        "crm": "other",
    }
    rows = [(name, attribute, level) for name in names for attribute, level in traits.items()]
    quality = pd.DataFrame(
        {"outcome": "quality", "observation_id": names, "account_id": names, "y": 2.9, "is_best": True}
    )
    deals = quality.assign(outcome="win", observation_id="d-" + quality["observation_id"], y=3.0)
    group = pd.concat([quality, deals]).assign(observed_at=pd.Timestamp("2024-03-01"), is_won=True)
    parent = group["account_id"] if not linked else "group"
    group = group.assign(ultimate_parent_id=parent, cluster_id=parent if linked else group["observation_id"])
    own = world.observations
    own = own.assign(ultimate_parent_id=own["account_id"], cluster_id=own["observation_id"])
    attributes = pd.concat([world.attributes, pd.DataFrame(rows, columns=["account_id", "attribute", "level"])])
    return replace(
        world,
        observations=pd.concat([own, group], ignore_index=True),
        attributes=attributes,
        definitions=definitions(attributes),
    )


def test_a_group_makes_no_icp_where_nothing_matters() -> None:
    apart, together = [], []
    for seed, size in ((1, 30), (2, 15), (3, 10), (4, 30)):
        world = make_world(260, seed, signal=False, n_market=300)
        apart.append(learn(with_a_group(world, size, linked=False)).has_signal)
        together.append(learn(with_a_group(world, size)).has_signal)
    assert sum(apart) >= 3
    assert not any(together)


def test_what_matters_is_found_beside_a_group_and_its_share_is_told() -> None:
    world = make_world(600, 5, n_market=300)
    learned = learn(with_a_group(world, 30))
    found = set(zip(learned.criteria["attribute"], learned.criteria["segment"], strict=True))
    assert len(found & PLANTED) >= 2
    assert ("industry", "ships") not in found
    known = world.attributes
    saas = known[(known["attribute"] == "business_model") & (known["level"] == "saas")]["account_id"]
    ranked = world.observations[world.observations["outcome"] == "quality"]["account_id"]
    quality = ranked[ranked.isin(set(saas))].head(12)
    owned = world.observations["account_id"].isin(set(quality))
    parent = world.observations["account_id"].where(~owned, "top")
    cluster = world.observations["observation_id"].where(~owned, "top")
    told = learn(replace(world, observations=world.observations.assign(ultimate_parent_id=parent, cluster_id=cluster)))
    criterion = told.criteria.query("attribute == 'business_model' and segment == 'saas'").iloc[0]
    assert (
        "; 12 of " in criterion["evidence"]
        and " customers of this criterion belong to one parent" in criterion["evidence"]
    )
    assert told.n_customers == len(ranked) - 11


def test_fewer_than_thirty_parents_claim_nothing() -> None:
    world = with_a_group(make_world(18, 3, n_market=100), 40)
    learned = learn(world)
    assert learned.n_customers < 30 < (world.observations["outcome"] == "quality").sum()
    assert not learned.has_signal
    assert "TOO_FEW_CUSTOMERS" in set(learned.warnings["code"])


def test_a_group_is_in_one_fold() -> None:
    world = with_a_group(make_world(60, 1, n_market=50), 12)
    seen = read_observations(world.observations, "quality", read_traits(world.attributes))
    of_group = seen.parent_ids.eq("group").to_numpy()
    assert of_group.sum() == 12
    assert len(set(seen.folds[of_group])) == 1
    assert seen.n == len(seen) - 11
    assert seen.where(np.arange(len(seen)) % 2 == 0).weight[seen.parent_ids[::2].eq("group")].sum() == pytest.approx(1)


def test_repeating_a_buyer_as_subsidiaries_changes_no_figure() -> None:
    """Every fourth account is entered three times, under its parent."""
    world = make_world(300, 2, n_market=200)
    own = world.observations.assign(
        ultimate_parent_id=world.observations["account_id"], cluster_id=world.observations["observation_id"]
    )
    copied = set(pd.Series(own["account_id"].unique())[::4])
    rows, traits, events = [own], [world.attributes], [world.triggers]
    for copy in ("-1", "-2"):
        twins = own[own["account_id"].isin(copied)]
        rows.append(twins.assign(account_id=twins["account_id"] + copy, observation_id=twins["observation_id"] + copy))
        known = world.attributes[world.attributes["account_id"].isin(copied)]
        traits.append(known.assign(account_id=known["account_id"] + copy))
        happened = world.triggers[world.triggers["account_id"].isin(copied)]
        events.append(happened.assign(account_id=happened["account_id"] + copy))
    before = learn(world)
    observations, attributes, triggers = (pd.concat(parts, ignore_index=True) for parts in (rows, traits, events))
    after = learn(replace(world, observations=observations, attributes=attributes, triggers=triggers))
    assert after.signal_z == pytest.approx(before.signal_z, abs=1e-6)
    assert after.n_customers == before.n_customers
    merged = before.evidence.merge(after.evidence, on=["attribute", "level", "segment"], suffixes=("", "_after"))
    assert len(merged) == len(before.evidence)
    np.testing.assert_allclose(merged["points"], merged["points_after"], atol=1e-6)
    columns = ["accounts", "outcome_rate", "lift", "ci_low", "ci_high", "capture", "auc", "brier"]
    np.testing.assert_allclose(before.backtest[columns].astype(float), after.backtest[columns].astype(float), rtol=1e-6)


def test_the_error_of_auc_is_that_of_buyers() -> None:
    rng = np.random.default_rng(1)
    scores, ideal = rng.normal(size=200), rng.random(200) < 0.4
    scores = scores + ideal
    clusters = Clusters.of(np.tile(np.arange(200), 5))
    area, error = auc(np.tile(scores, 5), np.tile(ideal, 5), clusters)
    assert (area, error) == pytest.approx(auc(scores, ideal))
    assert signal(np.tile(scores, 5), np.tile(ideal, 5).astype(float), clusters) == pytest.approx(
        signal(scores, ideal.astype(float))
    )
