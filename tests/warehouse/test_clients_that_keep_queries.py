"""A client that saves the database's name with its queries, as Superset does through SQLAlchemy: the name stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy

from icp_pipeline.warehouse.paths import shared_path

pytest.importorskip("duckdb_engine", reason="of an environment from before it was in the lock file")
PublishRun = Callable[..., Path]


def engine(home: Path, **options: object) -> sqlalchemy.Engine:
    url = f"duckdb:///{shared_path(home)}"
    return sqlalchemy.create_engine(url, connect_args={"read_only": True}, **options)


def test_a_saved_query_and_dataset_work_for_three_nights(home: Path, publish_run: PublishRun) -> None:
    for night in (1, 2, 3):
        publish_run(f"r{night}", number=night)
        client = engine(home, poolclass=sqlalchemy.pool.NullPool)
        with client.connect() as connection:
            assert connection.execute(sqlalchemy.text("select max(number) from live.core.facts")).scalar() == night
        inspected = sqlalchemy.inspect(client)
        assert "live.core" in inspected.get_schema_names()
        assert inspected.get_table_names(schema="live.core") == ["facts"]
        client.dispose()


def test_a_client_that_keeps_its_connection_goes_on_with_what_it_opened(home: Path, publish_run: PublishRun) -> None:
    publish_run("r1", number=1)
    client = engine(home)
    count = sqlalchemy.text("select max(number) from live.core.facts")
    with client.connect() as connection:
        assert connection.execute(count).scalar() == 1
    publish_run("r2", number=2)
    with client.connect() as connection:
        assert connection.execute(count).scalar() == 1
    client.dispose()
    with engine(home).connect() as connection:
        assert connection.execute(count).scalar() == 2
