"""What a run passes to learning: the rows of its queries arrive under the right names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd
import pytest
from learned_worlds import AS_OF, LIVE_VERSIONS, TIER_CASES

from icp_pipeline import duck
from icp_pipeline.learning import learn
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.run.icp_data import IcpData
from icp_pipeline.run.session import Run
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables

NOTHING_IN = {
    "core.account_attributes": "account_id text, dimension text, attribute text, level text, known_at date",
    "core.account_triggers": "account_id text",
    "core.customers": "account_id text",
    "core.icp_members": "icp_id text, account_id text",
    "outcomes.observations": "account_id text",
    "outcomes.proxy_observations": "account_id text",
    "segments.icp_segment_lift": "icp_id text",
    "segments.measured_metrics": "icp_id text, metric text, customers integer, weight_share double",
    "segments.segment_definitions": "icp_id text, attribute text, segment text, level text, is_complement boolean",
    "settings.trigger_strengths": "kind text",
}


@dataclass(frozen=True)
class Tables:
    """A run's work file: the part that is read for learning."""

    connection: duck.Connection

    @property
    def graph(self) -> dict[TableName, Model]:
        return {model.name: model for model in (LIVE_VERSIONS, TIER_CASES)}

    def frame(self, sql: str) -> pd.DataFrame:
        return self.connection.execute(sql).df()

    large_frame = coded_frame = frame


@pytest.fixture
def tables() -> Iterator[Tables]:
    company: dict[str, dict[str, list[Any]]] = {
        "settings.icps": {"icp_id": ["primary"], "filter_sql": [None]},
        "settings.attributes": {
            "attribute": ["stage", "plan", "size", "culture"],
            "dimension": ["custom", "custom", "firmographic", "organizational"],
            "is_custom": [True, True, False, False],
        },
        # One checked, one suspect, one that no setting added.
        "segments.attribute_leaks": {"attribute": ["plan", "stage", "size"], "verdict": ["ok", "warn", "warn"]},
        "segments.learning_basis": {
            "icp_id": ["primary"], "basis": ["wins"], "won_deals": [60], "closed_deals": [200],
        },
        "core.account_relationships": {
            "account_id": ["a", "s1", "s2", "bought"],
            "is_in_market": [True, True, True, False],
        },
        "core.account_parents": {
            "account_id": ["s1", "s2"], "ultimate_parent_id": ["group", "group"], "accounts": [2, 2],
        },
    }  # fmt: skip
    with duck.connect() as connection:
        for schema in ("settings", "segments", "core", "outcomes"):
            connection.execute(f"create schema {schema}")
        frames = {table: pd.DataFrame(columns) for table, columns in company.items()}
        frames["settings.run"] = settings_tables(Settings(), AS_OF.date(), "test")["run"].to_pandas()
        for table, rows in frames.items():
            connection.register("rows", rows)
            connection.execute(f"create table {table} as select * from rows")
        for table, declared in NOTHING_IN.items():
            connection.execute(f"create table {table} ({declared})")
        yield Tables(connection)


def test_doubtful_fields_and_the_parents_of_the_market_arrive(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(learn, "learn_icp", lambda *_, **named: given.update(named))
    IcpData(cast("Run", tables)).learn("primary", compare=False)
    assert given["settings"].doubtful == ("stage",)
    assert given["settings"].organizational == ("culture",)
    assert given["settings"].basis == "wins"
    assert dict(zip(given["market"], given["market_parents"], strict=True)) == {"a": "a", "s1": "group", "s2": "group"}
