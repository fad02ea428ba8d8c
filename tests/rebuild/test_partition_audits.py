"""Counts of failing rows that are kept between runs equal those of checking the whole table."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from end_to_end.pipeline_runs import judged_by_counts

from icp_pipeline import duck
from icp_pipeline.errors import ModelError
from icp_pipeline.home import Home
from icp_pipeline.models.model import Model
from icp_pipeline.models.parse import parse_model
from icp_pipeline.names import TableName
from icp_pipeline.quality.audit import audit_sql
from icp_pipeline.rebuild import fingerprints
from icp_pipeline.rebuild.audit_counts import audit_counts
from icp_pipeline.rebuild.fingerprints import Fingerprints, Record, recorded_audits
from icp_pipeline.rebuild.partition_audits import adds_up, audit_again
from icp_pipeline.run.icp_versions import learn_version
from icp_pipeline.run.publishing import publish_run
from icp_pipeline.run.session import Run, new_run_id
from icp_pipeline.run.stages import stages
from icp_pipeline.sample.write import write_sample
from icp_pipeline.warehouse.build import Build, open_build

_SQL = """-- One row per day and key. #by[day]
select
    -- Day. #not_null
    visits.day,
    -- Key. {key}
    visits.key,
    -- Number. #between[0,5]!warn #finite
    visits.n
from core.visits
"""
_KEY = "#not_null #unique_with[day] #references[core.known.key] #accepted[a,b]!warn"
VISITS = TableName("core", "visits")
_DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]


def model_of(tmp_path: Path, key: str = _KEY) -> Model:
    path = tmp_path / "kept.sql"
    path.write_text(_SQL.format(key=key), encoding="utf-8")
    return parse_model(TableName("core", "kept"), path)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    with open_build(tmp_path / "home", "r1") as build:
        build.execute("create schema core")
        build.execute("create table core.known as select * from (values ('a'), ('b'), ('c')) as known(key)")
        yield build


def visits(build: Build, dice: random.Random, days: list[str]) -> None:
    """Rows on some days change, good and bad ones, with repeated keys among them."""
    listed = ", ".join(f"date '{day}'" for day in days)
    build.execute("create table if not exists core.visits (day date, key varchar, n double)")
    build.execute(f"delete from core.visits where day in ({listed})")
    for day in days:
        for _ in range(dice.randrange(6)):
            key, n = dice.choice(["'a'", "'b'", "'c'", "'x'", "null"]), dice.choice(["1", "9", "null", "'nan'"])
            build.execute(f"insert into core.visits values (date '{day}', {key}, {n})")


def whole(build: Build, model: Model) -> list[tuple]:
    return rows_of(build.frame(audit_sql(model)))


def rows_of(frame: pd.DataFrame) -> list[tuple]:
    return list(frame[["check", "column", "severity", "failing", "total"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("seed", range(10))
def test_days_judged_alone_add_up_to_the_whole_table(seed: int, build: Build, tmp_path: Path) -> None:
    dice, model = random.Random(seed), model_of(tmp_path)
    visits(build, dice, _DAYS)
    build.build(model)
    counts, changed = build.frame(audit_sql(model)), dice.sample(_DAYS, 2)
    visits(build, dice, changed)
    with build.rebuilt_partitions(model, changed, [VISITS]) as parts:
        build.exchange_partitions(model, changed)
        found = audit_again(build, model, counts, parts, [])
    assert found is not None and rows_of(found) == whole(build, model)


@pytest.mark.parametrize(
    "key",
    ["#unique", "#unique_with[n]", "#same_count_as[core.known]", "#references[core.visits.key]"],
)
def test_rules_that_look_beyond_a_day_are_judged_as_a_whole(key: str, build: Build, tmp_path: Path) -> None:
    known, model = model_of(tmp_path), model_of(tmp_path, key)
    assert all(adds_up(known, column, tag, [VISITS]) for column in known.columns for tag in column.tags)
    assert not all(adds_up(model, column, tag, [VISITS]) for column in model.columns for tag in column.tags)
    for seed in range(10):
        dice = random.Random(seed)
        visits(build, dice, _DAYS)
        build.build(model)
        counts = build.frame(audit_sql(model))
        visits(build, dice, _DAYS[:2])
        with build.rebuilt_partitions(model, _DAYS[:2], [VISITS]) as parts:
            build.exchange_partitions(model, _DAYS[:2])
            found = audit_again(build, model, counts, parts, [VISITS])
        assert found is not None and rows_of(found) == whole(build, model), seed


def test_counts_of_other_rules_are_of_no_use(build: Build, tmp_path: Path) -> None:
    visits(build, random.Random(1), _DAYS)
    model, other = model_of(tmp_path), model_of(tmp_path, "#not_null")
    build.build(model)
    with build.rebuilt_partitions(model, _DAYS[:1], [VISITS]) as parts:
        assert audit_again(build, model, build.frame(audit_sql(other)), parts, []) is None
        assert audit_again(build, model, None, parts, []) is None


def test_a_rule_that_cannot_be_counted_is_named_by_file_line_and_tag_and_without_a_value(
    build: Build, tmp_path: Path
) -> None:
    """Whether a text is finite binds on an empty table, and fails on the first text."""
    build.execute("create table core.visits as select date '2026-01-01' as day, 'secret' as key, 1.0 as n")
    model = model_of(tmp_path, "#not_null #finite!warn")
    build.build(model)
    named = r"kept\.sql:6: #finite!warn of key cannot be checked: Conversion Error"
    with pytest.raises(ModelError, match=named) as whole_table:
        audit_counts(build, model)
    tags = [(tag.name, column.name, tag.severity, 0, 1) for column in model.columns for tag in column.tags]
    counts = pd.DataFrame(tags, columns=["check", "column", "severity", "failing", "total"])
    with pytest.raises(ModelError, match=named) as part, build.rebuilt_partitions(model, _DAYS[:1], [VISITS]) as parts:
        audit_again(build, model, counts, parts, [])
    for raised in (whole_table, part):
        assert "secret" not in str(raised.value) and "cannot be built" not in str(raised.value)
        assert str(raised.value).endswith("The last version stays live. Correct the rule or the column.")
    assert build.count(model.name) == 1


def counted_again(build: Build, model: Model, changes: str, home: Path) -> tuple[Run, list[str]]:
    """The night after a version with another table's counts; the run, and whether Great Expectations was started."""
    known, other = Fingerprints({VISITS: "before"}, {}, "r1"), TableName("core", "another")
    known.decide(model)
    build.build(model)
    counts = audit_counts(build, model)
    assert counts is not None
    known.record(build, {other: counts, model.name: counts})
    recorded = recorded_of(build)
    build.execute(changes)
    run, started = Run(Home(home), "r2"), list[str]()
    run.fingerprints, run._audits = Fingerprints({VISITS: "now"}, recorded, "r2"), recorded_audits(build, recorded)
    run.checks = SimpleNamespace(get_ready=lambda: started.append("started"))  # type: ignore[assignment]
    run._rebuild(build, model)
    return run, started


def recorded_of(build: Build) -> dict[TableName, Record]:
    found = build.frame("select * from history.table_fingerprints").itertuples(index=False)
    return {
        TableName.parse(row.table_name): Record(row.sql_digest, row.engine, json.loads(row.inputs), row.content_hash)
        for row in found
    }


@pytest.mark.parametrize(("new", "is_judged_again"), [("'a', 5", False), ("'x', 5", True)])
def test_great_expectations_starts_only_where_counts_of_failing_rows_are_others(
    build: Build, tmp_path: Path, new: str, is_judged_again: bool
) -> None:
    visits(build, random.Random(1), _DAYS)
    changes = f"insert into core.visits values (date '2026-02-01', {new})"
    run, started = counted_again(build, model_of(tmp_path, "#references[core.known.key]"), changes, tmp_path)
    assert started == ["started"] * is_judged_again
    assert run._audits[TableName("core", "kept")]["total"].tolist() == [build.count(VISITS)] * 4


def test_counts_of_a_release_that_counted_otherwise_are_taken_anew(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits(build, random.Random(1), _DAYS)
    model = model_of(tmp_path)
    known = Fingerprints({}, {}, "r1")
    build.build(model)
    known.record(build, {model.name: build.frame(audit_sql(model)).drop(columns="position")})
    recorded = recorded_of(build)
    assert rows_of(recorded_audits(build, recorded)[model.name]) == whole(build, model)
    monkeypatch.setattr(fingerprints, "code_digest", lambda _: b"another")
    assert recorded_audits(build, recorded) == {} == recorded_audits(build, {})


def test_a_full_disk_is_blamed_on_no_rule(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.execute("create table core.visits (day date, key varchar, n double)")
    model = model_of(tmp_path)
    build.build(model)

    def refuse(self: Build, sql: str) -> None:
        raise duck.DuckError("IO Error: no space left on device")

    monkeypatch.setattr(Build, "row", refuse)
    with pytest.raises(ModelError, match=r"kept\.sql: core\.kept cannot be checked: IO Error: no space.*Free disk"):
        audit_counts(build, model)


def run_judged(home: Path) -> dict[str, list[tuple]]:
    """A whole run; the counts it used, and those of checking all tables again if they differ."""
    wrong = {}
    with Run(Home(home), new_run_id(pd.Timestamp.now("UTC").to_pydatetime(), home.name[-6:])) as run:
        run.open()
        for stage in stages(run.graph):
            if stage.is_learning:
                learn_version(run)
            models = stage.models
            run.build_models(models)
            run.audit(models)
            for model in models:
                if model.name in run._audits and rows_of(run._audits[model.name]) != whole(run.build, model):
                    wrong[str(model.name)] = rows_of(run._audits[model.name])
        publish_run(run)
    return wrong


@pytest.fixture(autouse=True)
def without_great_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts matter here, not their verdicts."""
    judged_by_counts(monkeypatch)


@pytest.mark.slow
def test_every_count_that_a_run_takes_over_still_holds(tmp_path: Path) -> None:
    """Night after night something else changes, and in the last one nothing."""
    write_sample(tmp_path, accounts=150, events=500)
    (tmp_path / "icp.yaml").write_text("as_of: 2026-11-21\n", encoding="utf-8")
    run_judged(tmp_path)
    for change in ("new usage", "an account less", "usage moved", "other answers", "nothing"):
        _CHANGES[change](tmp_path / "landing")
        assert run_judged(tmp_path) == {}, change


def _lines(path: Path, kept: slice, more: list[str]) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], *lines[1:][kept], *more]) + "\n", encoding="utf-8")


def _events(landing: Path) -> list[str]:
    """A day's events of known users and groups."""
    lines = max((landing / "usage").glob("tracks_2*.csv")).read_text(encoding="utf-8").splitlines()[1:30]
    moment = "2026-11-20T10:00:00.000Z"
    return [",".join([f"new-{n}", moment, moment, *line.split(",")[3:]]) for n, line in enumerate(lines)]


def _newest(landing: Path) -> Path:
    return max((landing / "usage").glob("tracks_2*.csv"))


_CHANGES = {
    "nothing": lambda landing: None,
    "new usage": lambda landing: _lines(_newest(landing), slice(None), _events(landing)),
    "usage moved": lambda landing: _lines(_newest(landing), slice(10, None), _events(landing)[:5]),
    "other answers": lambda landing: _lines(landing / "nps" / "responses.csv", slice(5, None), []),
    "an account less": lambda landing: _lines(landing / "salesforce" / "Account.csv", slice(3, None), []),
}
