"""Lift is computed in SQL for people to read, and in numpy for subsets such as a backtest's first part: both agree."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from learned_worlds import SETTINGS
from worlds import make_world

from icp_pipeline import duck
from icp_pipeline.learning.lift import segment_lift
from icp_pipeline.learning.matrix import read_segments, read_traits
from icp_pipeline.learning.observed import read_observations
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables

SQL = Path(__file__).resolve().parents[2] / "sql"
NEEDED = (
    "observed_levels",
    "icp_observations",
    "segment_definitions",
    "segment_members",
    "segment_clusters",
    "segment_counts",
    "segment_starts",
    "segment_effects",
    "recent_effects",
    "significance",
    "icp_segment_lift",
)


@pytest.mark.parametrize("group", [1, 7])
def test_effects_and_chances_are_those_of_sql(group: int) -> None:
    world = make_world(400, 1, n_market=50)
    # Groups of accounts with mixed traits: most are both inside and outside of a segment.
    place = world.observations["account_id"].rank(method="dense").astype(int)
    parent = world.observations["account_id"].where(place > 140, "p" + (place // group).astype(str))
    world = replace(
        world,
        observations=world.observations.assign(
            ultimate_parent_id=parent, cluster_id=parent if group > 1 else world.observations["observation_id"]
        ),
    )
    with duck.connect() as connection:
        build_tests(connection, world.observations, world.attributes)
        tests = connection.execute("select * from segments.icp_segment_lift where outcome = 'quality'").df()
        definitions = connection.execute("select * from segments.segment_definitions").df()
    traits = read_traits(world.attributes)
    quality = read_observations(world.observations, "quality", traits)
    ours = segment_lift(read_segments(traits, definitions), quality, SETTINGS)
    both = ours.merge(tests, on=["attribute", "segment"], suffixes=("", "_sql"), how="inner")
    tested = both[both["p_value"].notna() & both["p_value_sql"].notna()]
    assert len(tested) == both["p_value"].notna().sum() == both["p_value_sql"].notna().sum() > 40
    for column, tolerance in (("effect", 1e-6), ("p_value", 1e-5), ("q_value", 1e-4), ("lift", 1e-6), ("n_segment", 0)):
        np.testing.assert_allclose(
            tested[column], tested[f"{column}_sql"].astype(float), atol=tolerance, err_msg=column
        )


def build_tests(connection: duck.Connection, observations: pd.DataFrame, attributes: pd.DataFrame) -> None:
    for schema in ("settings", "core", "outcomes", "segments"):
        connection.execute(f"create schema {schema}")
    for name, table in settings_tables(Settings(), datetime.date(2026, 6, 1), "run").items():
        connection.register("incoming", table)
        connection.execute(f"create table settings.{str(name).rpartition('.')[2]} as select * from incoming")
    clusters = observations.groupby(["outcome", "cluster_id"])["observation_id"].transform("size")
    weighed = observations.assign(
        is_worst=observations["y"] <= -1.8, weight=[round(Decimal(1) / n, 12) for n in clusters]
    )
    connection.register("observations", weighed)
    connection.execute("create table outcomes.observations as select * from observations")
    connection.execute("create table core.icp_members (icp_id varchar, account_id varchar)")
    connection.register("attributes", attributes)
    connection.execute("create table core.account_attributes as select *, null as known_at from attributes")
    connection.execute("create table segments.attribute_leaks (attribute varchar, verdict varchar)")
    connection.execute("insert into segments.attribute_leaks select distinct attribute, 'ok' from attributes")
    graph = cached_models(SQL)
    connection.execute(
        "create table segments.learning_basis as select 'primary' as icp_id, 'outcomes' as basis, count(*) as "
        "ranked_customers, 0 as closed_deals from outcomes.observations where outcome = 'quality'"
    )
    for table in NEEDED:
        model = graph[TableName("segments", table)]
        connection.execute(f"create table {model.name} as {model.sql}")
