"""Every model that is built by account gives the same rows as building the whole table."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from unittest import mock

import pytest
from orchestration.published_homes import OF_READERS, State

from icp_pipeline.home import SQL, Home
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.quality.verdicts import Judge
from icp_pipeline.run.session import Run
from icp_pipeline.warehouse.build import Build

_GRAPH = cached_models(SQL)
_MODELS = [model for model in _GRAPH.in_order() if model.builds_partitions and model.partition_column == "account_id"]


@pytest.fixture(scope="module")
def published(first_run: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """A copy of all published tables of the shipped company, with their inputs attached."""
    home = tmp_path_factory.mktemp("parts") / "home"
    shutil.copytree(first_run.home.root, home, symlinks=True, ignore=OF_READERS)
    with mock.patch.object(Judge, "get_ready"), Run(Home(home), "20261122_000000_parts") as run:
        yield run.open()


@pytest.fixture
def build(published: Build, model: Model) -> Iterator[Build]:
    """The same; what the test of a model changes is put back."""
    changed = [model.name, *told_apart(model)]
    for table in changed:
        published.execute(f"create or replace temp table {kept(table)} as from {table}")
    yield published
    for table in changed:
        published.execute(f"delete from {table}")
        published.execute(f"insert into {table} from temp.{kept(table)}")


def kept(table: TableName) -> str:
    return f"kept_{table.table}"


def told_apart(model: Model) -> list[TableName]:
    return sorted(_GRAPH.partitioned_by("account_id").intersection(model.depends_on))


def exchange(build: Build, table: TableName, accounts: list[str], givers: list[str]) -> None:
    """Give some accounts the rows of others, and half of them none at all."""
    others = ", ".join(f'"{name}"' for name in build.column_types(table) if name != "account_id")
    for account, giver in zip(accounts, givers, strict=True):
        build.execute(
            f"create or replace temp table given as select {others} from {table} where account_id = '{giver}'"
        )
        build.execute(f"delete from {table} where account_id = '{account}'")
        build.execute(f"insert into {table} (account_id, {others}) select '{account}', {others} from temp.given")
    build.execute(f"delete from {table} where account_id in ({', '.join(map(repr, accounts[::3]))})")


def rows_only_in(build: Build, one: str, other: str) -> int:
    return int(build.frame(f"select count(*) as n from (from {one} except all from {other})")["n"].iloc[0])


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("model", _MODELS, ids=lambda model: str(model.name))
def test_parts_are_what_the_whole_table_would_hold(model: Model, seed: int, build: Build) -> None:
    dice = random.Random(seed)
    every = build.frame("select account_id from core.accounts order by account_id")["account_id"].tolist()
    chosen, givers = dice.sample(every, 30), dice.sample(every, 30)
    build.build(model)
    build.execute(f"create or replace temp table before as from {model.name}")
    apart = told_apart(model)
    for table in apart:
        exchange(build, table, chosen, givers)
    build.execute(f"create or replace temp table whole as {model.sql}")
    with build.rebuilt_partitions(model, chosen, apart):
        build.exchange_partitions(model, chosen)
    assert rows_only_in(build, "temp.before", "temp.whole") > 0, "the exchange has to show"
    assert rows_only_in(build, str(model.name), "temp.whole") == 0
    assert rows_only_in(build, "temp.whole", str(model.name)) == 0
