"""The tier rule of the SQL models, applied to deals of the past: the backtest has no rule of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_pipeline import duck
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.models.replaced_ctes import without_ctes
from icp_pipeline.names import TableName, literal

# What the models read of a version and its accounts, for one ICP with criteria that has no past and no other cases.
_ONE_ICP = """
create schema settings;
create schema icp;
create table settings.run as select * from run;
create table settings.icps as select 'primary' as icp_id, cast(null as varchar) as filter_sql;
create table live as select 'primary' as icp_id, 'backtest' as icp_version, {basis} as basis,
    cast(null as varchar) as measured_by, cast(null as varchar) as chance, cast(null as bigint) as n_customers,
    true as has_signal, true as counts_parents, 1 as recency;
create table calibrations as select 'primary' as icp_id, 'backtest' as icp_version, 0.0 as prior_points,
    cast({market_average!r} as double) as market_average;
create table criteria_counts as select 'primary' as icp_id, 'backtest' as icp_version, 1 as criteria,
    0 as criteria_attributes;
create table icp.account_points as select *, 'primary' as icp_id, 0 as known_attributes from deals;
create table cases as select account_id, icp_id, 'as_is' as case_kind, cast(null as varchar) as attribute,
    cast(null as varchar) as segment, 0 as fit_added, 0 as trigger_added, 0 as process_added, 0 as criteria_added,
    false as disqualifies, false as objects
from icp.account_points;
"""


@dataclass(frozen=True)
class SqlTierRule:
    """`icp.tier_cases`, with the band edges of `icp.live_versions` and the numbers of `settings.run`."""

    live_versions: Model
    tier_cases: Model
    run: pd.DataFrame

    @classmethod
    def of(cls, graph: ModelGraph, run: pd.DataFrame) -> SqlTierRule:
        """The rule as the models have it; `run` is the row of `settings.run`."""
        return cls(graph[TableName("icp", "live_versions")], graph[TableName("icp", "tier_cases")], run)

    def __call__(self, deals: pd.DataFrame, market_average: float, basis: str) -> np.ndarray:
        """The tier of each deal, in their order.

        `deals` has the columns of `icp.account_points` that decide: fit_points, trigger_score, process_points (all in
        log-odds), disqualified_by and has_negative_process. Every deal is scored, however little is known of it, and
        none has a tier of the day before to keep.
        """
        with duck.connect() as connection:
            connection.register("run", self.run)
            connection.register("deals", deals.assign(account_id=np.arange(len(deals))))
            connection.execute(_ONE_ICP.format(basis=literal(basis), market_average=float(market_average)))
            version = without_ctes(self.live_versions, ("live", "criteria_counts", "calibrations"))
            connection.execute(f"create table icp.live_versions as {version}")
            cases = without_ctes(self.tier_cases, ("cases",))
            found = connection.execute(f"select tier from ({cases}) as cases order by account_id").fetchnumpy()
        return np.asarray(found["tier"], dtype=str)
