"""Reads a home's Dagster history the way the UI does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from icp_pipeline.home import Home, enter_home
from icp_pipeline.orchestration.history_store import HistoryStorage


@contextmanager
def history(home: Home) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a home."""
    enter_home(home)
    with dg.DagsterInstance.get() as instance:
        yield instance


@contextmanager
def history_in(folder: Path) -> Iterator[dg.DagsterInstance]:
    """An instance with the storage that homes have, but without a home."""
    where = {"module": "icp_pipeline.orchestration.history_store", "class": "HistoryStorage"}
    storage = {"custom": {**where, "config": {"base_dir": str(folder)}}}
    settings = {"storage": storage, "telemetry": {"enabled": False}, "run_monitoring": {"max_runtime_seconds": 7200}}
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=settings)) as found:
        assert isinstance(found.get_ref().storage, HistoryStorage)
        yield found


def last_run(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """The newest run."""
    return instance.get_run_records(limit=1)[0].dagster_run


def materializations(instance: dg.DagsterInstance, run_id: str) -> dict[str, dg.AssetMaterialization]:
    """What a run materialized, by `schema.table`."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    found = [event.asset_materialization for event in events]
    return {".".join(item.asset_key.path): item for item in found if item is not None}


def evaluations(instance: dg.DagsterInstance, run_id: str) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    """Results of a run's checks, by `schema.table` and check."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [event.dagster_event.event_specific_data for event in events if event.dagster_event]
    return {(".".join(item.asset_key.path), item.check_name): item for item in found}
