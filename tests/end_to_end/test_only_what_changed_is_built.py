"""A second run copies what is unchanged and builds what could differ; the result is the same as building everything."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from pipeline_runs import AS_OF, copy_home, one, run_pipeline, table_text

from icp_pipeline.errors import PublishError
from icp_pipeline.home import SQL, Home
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.fingerprints import Fingerprints
from icp_pipeline.run.left_out import make_all_before
from icp_pipeline.run.publishing import publish_run
from icp_pipeline.run.session import Request, Run
from icp_pipeline.sample.write import write_sample
from icp_pipeline.warehouse import large_tables, shown_files
from icp_pipeline.warehouse import publish as warehouse
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.paths import shown_dir

pytestmark = pytest.mark.slow

_VIEWS = "select count(*) from duckdb_views() where not internal"
TABLES = ("core.accounts", "outcomes.customer_scores", "segments.segment_lift", "icp.account_scores")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("published") / "home"
    home.mkdir()
    write_sample(home, accounts=150, events=500)
    (home / "icp.yaml").write_text(AS_OF, encoding="utf-8")
    run_pipeline(home)
    return home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    return copy_home(published, tmp_path / "home")


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tables that were really built since the fixture was requested."""
    names: list[str] = []
    original = Build.build

    def build(self: Build, model, *others):
        names.append(str(model.name))
        return original(self, model, *others)

    monkeypatch.setattr(Build, "build", build)
    return names


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Which partitions of which tables were rebuilt since the fixture was requested."""
    built: dict[str, set[str]] = {}
    original = Build.rebuilt_partitions

    def rebuilt_partitions(self: Build, model, some, told_apart):
        built[str(model.name)] = set(some)
        return original(self, model, some, told_apart)

    monkeypatch.setattr(Build, "rebuilt_partitions", rebuilt_partitions)
    return built


def content(home: Path) -> dict[str, list]:
    with duckdb.connect(str(home / "warehouse" / "icp.duckdb"), read_only=True) as connection:
        return {table: connection.execute(f"select * from {table} order by all").fetchall() for table in TABLES}


def of_files(built: list[str]) -> list[str]:
    """Tables up to the segments that depend on landed files, and not on what earlier runs left."""
    left = {str(model.name) for model in cached_models(SQL) if any(n.schema == "history" for n in model.depends_on)}
    return [
        name for name in built if name.split(".")[0] in ("staging", "core", "outcomes", "segments") if name not in left
    ]


def test_an_unchanged_home_builds_only_what_history_moved(home: Path, built: list[str]) -> None:
    before = content(home)
    run_pipeline(home)
    assert not of_files(built)
    built.clear()
    run_pipeline(home)
    # The third run has the same history of tiers as the second, apart from the run itself and what it observed.
    grows = {
        TableName.parse(name)
        for name in ("history.runs", "icp.run_order", "icp.past_runs", "history.attribute_changes")
    }
    of_runs = {str(model.name) for model in cached_models(SQL) if grows & set(model.depends_on)}
    assert set(built) <= of_runs
    assert content(home) == before


def tables(home: Path) -> list[str]:
    """Every published table that depends neither on history nor on learning."""
    return [str(model.name) for model in cached_models(SQL) if model.name.schema in ("staging", "core", "outcomes")]


def assert_as_from_scratch(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every table equals what a new home builds from the same files and settings."""
    fresh = tmp_path_factory.mktemp("fresh")
    shutil.copytree(home / "landing", fresh / "landing")
    shutil.copy2(home / "icp.yaml", fresh)
    run_pipeline(fresh)
    for table in tables(home):
        assert table_text(home, table) == table_text(fresh, table), table


def add_usage(home: Path, name: str, *days: str, rows: int = 40) -> None:
    """Land one more usage file: some earlier rows again, and new events on some days."""
    usage = home / "landing" / "usage"
    header, *lines = max(usage.glob("tracks_2*.csv")).read_text(encoding="utf-8").splitlines()
    moved = []
    for number, (line, day) in enumerate(itertools.product(lines[:rows], days)):
        cells = line.split(",")
        moved.append(",".join([f"{name}-{number}", *(f"{day}T10:00:00.000Z" for _ in range(2)), *cells[3:]]))
    (usage / f"tracks_{name}.csv").write_text("\n".join([header, *lines[:5], *moved]) + "\n", encoding="utf-8")


def test_another_day_builds_what_asks_for_the_day(
    home: Path, built: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    (home / "icp.yaml").write_text("as_of: 2026-11-22\n", encoding="utf-8")
    run_pipeline(home, accept="another day")
    assert {"core.accounts", "core.customers", "outcomes.observations"} <= set(built)
    assert not {"staging.custom_values", "staging.usage_daily", "core.account_keys"} & set(built)
    assert_as_from_scratch(home, tmp_path_factory)


def test_a_changed_setting_builds_what_reads_it(home: Path, built: list[str]) -> None:
    (home / "icp.yaml").write_text(AS_OF + "bands: {a: 2.5}\n", encoding="utf-8")
    run_pipeline(home, accept="other bands")
    assert {"core.accounts", "outcomes.customer_scores", "icp.tier_cases", "icp.account_tiers"} <= set(built)
    # Tables whose inputs are all unchanged are not rebuilt.
    assert "segments.segment_lift" not in built


def test_a_changed_file_builds_what_it_changes_and_no_more(
    home: Path, built: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = home / "landing" / "nps" / "responses.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-5]))
    run_pipeline(home)
    assert {"staging.survey_responses", "core.account_survey_responses", "outcomes.customer_scores"} <= set(built)
    assert not {"core.accounts", "core.deals", "staging.usage_daily"} & set(built)
    assert_as_from_scratch(home, tmp_path_factory)


def test_a_file_that_says_the_same_in_other_words_builds_one_table(home: Path, built: list[str]) -> None:
    path = home / "landing" / "nps" / "responses.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    run_pipeline(home)
    assert "staging.survey_responses" in built
    assert of_files(built) == ["staging.survey_responses"]


@pytest.mark.parametrize("is_view", [False, True])
def test_new_usage_builds_its_days_only(
    home: Path,
    built: list[str],
    parts: dict[str, set[str]],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    is_view: bool,
) -> None:
    if is_view:
        monkeypatch.setattr(shown_files, "LARGE_BYTES", 1)
        run_pipeline(home)
        built.clear()
    add_usage(home, "20261120", "2026-11-20")
    run_pipeline(home)
    monkeypatch.undo()
    views = one(home, f"{_VIEWS} and view_name = 'usage_daily'")
    assert views == is_view
    by_day = {"staging.usage_daily", "core.account_usage_daily"}
    assert not by_day & set(built)
    assert {name: parts[name] for name in by_day} == {name: {"2026-11-20"} for name in by_day}
    assert_as_from_scratch(home, tmp_path_factory)


# Enough for a prospect to count as active.
TRIAL_DAYS = [f"2026-11-{day:02d}" for day in range(1, 21)]
BY_ACCOUNT = {
    "core.account_values",
    "core.account_attributes",
    "icp.score_evidence",
    "icp.known_criteria",
    "icp.account_reasons",
    "icp.account_tiers",
    "exports.account_tags",
    "exports.accounts_review",
}


@pytest.mark.parametrize(("change", "are_in_files"), [("comes", False), ("goes", False), ("comes", True)])
def test_trial_usage_builds_its_accounts_only_and_all_tables_are_as_if_built_whole(
    change: str,
    are_in_files: bool,
    home: Path,
    built: list[str],
    parts: dict[str, set[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    if are_in_files:
        everything_is_large(monkeypatch)
    if change == "goes":
        add_usage(home, "trial", *TRIAL_DAYS, rows=400)
    run_pipeline(home, accept="trials")
    run_pipeline(home, accept="trials")  # history is as the run before left it
    whole = tmp_path_factory.mktemp("whole") / "home"
    shutil.copytree(home, whole, symlinks=True)
    for folder in (home, whole):
        if change == "comes":
            add_usage(folder, "trial", *TRIAL_DAYS, rows=400)
        else:
            (folder / "landing" / "usage" / "tracks_trial.csv").unlink()
    built.clear()
    parts.clear()
    run_pipeline(home, accept="trials")
    assert not BY_ACCOUNT & set(built)
    accounts = one_column(home, "select account_id from core.accounts")
    assert 0 < len(parts["core.account_values"]) < 0.3 * len(accounts)
    assert parts["core.account_attributes"] and parts["icp.score_evidence"]
    assert one(home, _VIEWS) > 200 if are_in_files else one(home, _VIEWS) == 0
    monkeypatch.setattr(large_tables, "LARGE_VERSION_BYTES", 1 << 40)
    monkeypatch.setattr(Fingerprints, "_changed_partitions", lambda *_: (None, 0))
    run_pipeline(whole, accept="trials")
    assert {"core.account_attributes", "icp.score_evidence"} <= set(built)
    for model in cached_models(SQL):
        if "run_id" not in model.column_names():
            assert table_text(home, str(model.name)) == table_text(whole, str(model.name)), model.name
    assert one(whole, _VIEWS) == 0


def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tables stand in files, except those that stay in the version."""
    for limit in ("LARGE_VERSION_BYTES", "LARGE_TABLE_BYTES", "FEWEST_ROWS"):
        monkeypatch.setattr(large_tables, limit, 0)


@pytest.mark.parametrize("lost", ["all", "some"])
def test_tables_whose_files_are_lost_are_built_again(
    home: Path, built: list[str], monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    everything_is_large(monkeypatch)
    run_pipeline(home)
    before, rows, files = content(home), one(home, "select count(*) from history.account_tiers"), shown_dir(home)
    lost_tables = ("core.accounts", "icp.account_scores", "segments.segment_lift")
    for folder in [files] if lost == "all" else [files / name for name in lost_tables]:
        shutil.rmtree(folder)
    built.clear()
    run_pipeline(home)
    assert set(lost_tables) <= set(built)
    assert content(home) == before and one(home, _VIEWS) > 200
    assert one(home, "select count(*) from history.account_tiers") == rows


def one_column(home: Path, sql: str) -> list[str]:
    with duckdb.connect(str(home / "warehouse" / "icp.duckdb"), read_only=True) as connection:
        return [row[0] for row in connection.execute(sql).fetchall()]


def test_usage_that_was_taken_away_is_gone(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    add_usage(home, "20261120", "2026-11-20")
    run_pipeline(home)
    (home / "landing" / "usage" / "tracks_20261120.csv").unlink()
    run_pipeline(home)
    assert_as_from_scratch(home, tmp_path_factory)


def test_days_that_have_come_since_count(
    home: Path, parts: dict[str, set[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    add_usage(home, "ahead", "2026-11-23")
    run_pipeline(home)
    parts.clear()
    (home / "icp.yaml").write_text("as_of: 2026-11-24\n", encoding="utf-8")
    run_pipeline(home, accept="three days later")
    assert "staging.usage_daily" not in parts, "staging does not ask for the day"
    days = parts["core.account_usage_daily"]
    assert "2026-11-23" in days and min(days) > "2026-11-21"
    assert_as_from_scratch(home, tmp_path_factory)
    (home / "icp.yaml").write_text(AS_OF, encoding="utf-8")
    run_pipeline(home, accept="and back")
    assert_as_from_scratch(home, tmp_path_factory)


def test_a_run_of_some_tables_is_not_published_before_all_are_of_its_day(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    add_usage(home, "20261120", "2026-11-20")
    # Like a selection in the UI: this one table first.
    with Run(Home(home), "20261122_000000_part", Request(starts_from_live=True)) as run:
        run.open()
        run.build_models([run.graph[TableName("staging", "usage_daily")]])
        with pytest.raises(PublishError, match="tables are from an earlier run"):
            publish_run(run)
        make_all_before(run)
        publish_run(run)
    assert_as_from_scratch(home, tmp_path_factory)


def test_a_changed_model_is_built_again_and_what_reads_it_if_it_comes_out_otherwise(
    home: Path, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Run.graph.func  # type: ignore[attr-defined]
    edits = {"outcomes.metric_ranks": "\n-- edited"}

    def edited(self: Run):
        models = original(self).models
        # In a copy, because parsed models are shared by all runs of this process.
        return ModelGraph({n: replace(model, sql=model.sql + edits.get(str(n), "")) for n, model in models.items()})

    monkeypatch.setattr(Run, "graph", property(edited))
    run_pipeline(home)
    assert "outcomes.metric_ranks" in built
    assert "outcomes.customer_scores" not in built
    edits["core.account_domains"] = "\nlimit 20"
    run_pipeline(home, accept="edited models")
    assert {"core.account_domains", "core.accounts"} <= set(built)


def test_after_a_rollback_nothing_is_taken_over(home: Path, built: list[str]) -> None:
    run_pipeline(home)
    warehouse.rollback(home, warehouse.versions(home)[-1].run_id)
    built.clear()
    run_pipeline(home)
    assert set(TABLES) <= set(built)
    assert Home(home).live.exists()
