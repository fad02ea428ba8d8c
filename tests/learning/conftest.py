"""Simulated companies and what was learned from them, once per session; and the icp models on a learned version."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from project_models import create_empty, project_models

from icp_pipeline.learning.contract import LearnedIcp
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables

sys.path.insert(0, str(Path(__file__).parent))

from learned_worlds import AS_OF, Scorer, learn
from worlds import MadeUp, make_world


@lru_cache(maxsize=8)
def _planted(seed: int) -> tuple[MadeUp, LearnedIcp]:
    world = make_world(1000, seed)
    return world, learn(world)


@pytest.fixture
def planted() -> Callable[[int], tuple[MadeUp, LearnedIcp]]:
    """A company of 1,000 customers by seed, and what was learned from it."""
    return _planted


@pytest.fixture
def scorer() -> Iterator[Scorer]:
    """Build the icp models for given accounts, triggers, engagement and yesterday's tiers under a learned version."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def score(learned: LearnedIcp, attributes: pd.DataFrame, **tables: pd.DataFrame) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        opened.append(connection)
        _inputs(connection)
        _version(connection, learned)
        _fill(connection, "core.account_attributes", attributes)
        connection.execute(
            "insert into core.icp_members select distinct 'primary', account_id from core.account_attributes"
        )
        connection.execute(
            "insert into core.account_relationships (account_id, relationship, is_in_market) "
            "select distinct account_id, 'prospect', true from core.account_attributes"
        )
        connection.execute(
            "insert into core.accounts (account_id, relationship) "
            "select distinct account_id, 'prospect' from core.account_attributes"
        )
        for name, frame in tables.items():
            schema = "history" if name == "account_tiers" else "core"
            _fill(connection, f"{schema}.{name}", frame)
        for model in project_models().of_schema("icp"):
            connection.execute(f"create table {model.name} as {model.sql}")
        return connection

    yield score
    for connection in opened:
        connection.close()


def _inputs(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema icp")
    models = project_models().of_schema("icp")
    create_empty(connection, {name for model in models for name in model.depends_on if name.schema != "icp"})
    told = settings_tables(Settings(), AS_OF.date(), "test")
    for name in ("run", "actions"):
        _fill(connection, f"settings.{name}", told[name].to_pandas())
    connection.execute("insert into settings.icps values ('primary', null)")


def _version(connection: duckdb.DuckDBPyConnection, learned: LearnedIcp) -> None:
    version = pd.DataFrame({"icp_version": ["v1"], "icp_id": ["primary"], "status": ["live"]})
    _fill(connection, "history.icp_versions", version)
    for part in ("criteria", "evidence", "calibration", "trigger_effects", "backtest", "backtest_curve", "comparison"):
        frame = getattr(learned, part).assign(icp_version="v1", icp_id="primary")
        _fill(connection, f"history.icp_{part}", frame)


def _fill(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    connection.register("incoming", frame)
    connection.execute(f"insert into {table} by name select * from incoming")
    connection.unregister("incoming")
