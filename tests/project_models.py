"""The project's models and the columns of their tables, found once a process: binding them all takes two seconds.

Not in `conftest.py`: worlds that tests make up import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from icp_pipeline import duck
from icp_pipeline.home import SQL
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName, quoted
from icp_pipeline.warehouse.bind import column_types


@cache
def project_models() -> ModelGraph:
    """All models under `sql/`."""
    return cached_models(SQL)


def project_model(name: str) -> Model:
    """A model by its name."""
    return project_models()[TableName.parse(name)]


@cache
def table_types() -> dict[TableName, dict[str, str]]:
    """DuckDB's type of every column of the models and their inputs."""
    return column_types(project_models())


def create_empty(connection: duck.Connection, names: Iterable[TableName]) -> None:
    """Create these tables without rows."""
    for name in names:
        create_table(connection, name, table_types()[name])


def create_table(connection: duck.Connection, name: TableName, columns: Mapping[str, str]) -> None:
    """Create a table of these columns without rows."""
    declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    connection.execute(f"create schema if not exists {name.schema}")
    connection.execute(f"create table {name} ({declared})")
