"""What the warehouse's tests share: a home folder, models from text, and runs that publish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import record_run, settings_tables

from icp_pipeline.models.model import Model
from icp_pipeline.warehouse.build import open_build
from icp_pipeline.warehouse.publish import publish


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def publish_run(home: Path, make_model: Callable[[str, str], Model]) -> Callable[..., Path]:
    """A whole small run: every row of `core.facts` has the run's number, so that a torn read shows."""

    def run(run_id: str, number: int = 1, rows: int = 10, **options: Any) -> Path:
        sql = f"-- Facts.\nselect\n    -- Number.\n    {number} as number\nfrom range({rows}) as r"
        with open_build(home, run_id) as build:
            build.attach_inputs({}, settings_tables())
            connection = build._connection  # models may not use range(): the test writes the table itself
            connection.execute(f"create schema core; create table core.facts as {sql.partition('Facts.')[2]}")
            record_run(build, run_id)
            build.close()
            return publish(home, run_id, **options)

    return run
