"""The segment models on customers that a test makes up, for ICPs with and without a filter."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import duckdb
import pandas as pd
from moving_worlds import build

from icp_pipeline.settings.schema import IcpSettings, Settings
from icp_pipeline.settings.tables import settings_tables

MODELS = (
    "segments.observed_levels",
    "segments.icp_observations",
    "segments.measured_metrics",
    "segments.learning_basis",
    "segments.segment_definitions",
    "segments.segment_members",
    "segments.segment_clusters",
    "segments.segment_counts",
    "segments.segment_starts",
    "segments.segment_effects",
    "segments.recent_effects",
    "segments.significance",
    "segments.icp_segment_lift",
    "icp.near_miss_candidates",
    "icp.twin_candidates",
    "icp.twin_counts",
    "icp.significance",
)


def segments_of(
    observations: pd.DataFrame,
    traits: pd.DataFrame,
    filters: Mapping[str, str | None],
    members: pd.DataFrame,
    criteria: pd.DataFrame,
) -> duckdb.DuckDBPyConnection:
    """Default settings, the segment models built, and live ICPs with these positive criteria.

    `traits`: account_id, attribute, level. `members`: account_id and icp_id of the ICPs with a filter. `criteria`:
    icp_id, attribute, segment.
    """
    icps = {icp_id: IcpSettings(where=where) for icp_id, where in filters.items()}
    settings = settings_tables(Settings(icps=icps), datetime.date(2026, 6, 1), "run")
    of_all = observations[["account_id"]].drop_duplicates().assign(icp_id="primary")
    given = {
        **{f"settings.{str(name).rpartition('.')[2]}": table.to_pandas() for name, table in settings.items()},
        "core.account_attributes": traits,
        "core.icp_members": pd.concat([of_all, members]),
        "outcomes.observations": observations.assign(cluster_id=observations["observation_id"], weight=1),
        "icp.live_versions": pd.DataFrame({"icp_id": list(filters), "icp_version": "v1", "outcome": "quality"}),
        "icp.criteria": criteria.assign(icp_version="v1", kind="positive"),
    }
    connection = duckdb.connect()
    build(connection, given, MODELS, ["icp.criterion_twins", "icp.near_misses"])
    return connection
