"""Assembles everything Dagster knows about the project; no logic."""

import dagster as dg

from icp_pipeline.orchestration.assets import all_assets
from icp_pipeline.orchestration.jobs import jobs, refit_when_needed, schedules
from icp_pipeline.orchestration.resource import RunResource

_assets = all_assets()
RunResource.assets_in_all = sum(len(list(asset.keys)) for asset in _assets)
RunResource.steps_in_all = frozenset(asset.op.name for asset in _assets)

defs = dg.Definitions(
    assets=_assets,
    jobs=jobs(),
    schedules=schedules(),
    sensors=[refit_when_needed],
    resources={"session": RunResource()},
    # In process: DuckDB is parallel inside, and one process means one writer (design section 4).
    executor=dg.in_process_executor,
)
