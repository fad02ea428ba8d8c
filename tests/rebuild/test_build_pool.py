"""Tables are built in worker threads before they are needed, in a valid order, and the pool always ends."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest
from orchestration.published_homes import State

from icp_pipeline.errors import ModelError
from icp_pipeline.home import Home
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.quality.verdicts import Judge
from icp_pipeline.rebuild.build_pool import BuildPool
from icp_pipeline.rebuild.rebuild import Rebuild
from icp_pipeline.run.customer_words import is_of_words
from icp_pipeline.run.icp_versions import learn_version
from icp_pipeline.run.publishing import publish_run
from icp_pipeline.run.session import Request, Run
from icp_pipeline.run.stages import is_learned, not_made_of, stages
from icp_pipeline.warehouse.build import Build, open_build

# Far longer than any of this takes, but short enough to fail in.
_PATIENCE = 60


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """An empty work file."""
    with open_build(tmp_path, "r1") as opened:
        yield opened


def model(table: str, sql: str, *reads: Model) -> Model:
    """A table of the schema `core` that is partitioned by its column `n`."""
    name = TableName("core", table)
    reading = tuple(one.name for one in reads)
    return Model(name, Path(f"{table}.sql"), sql, "", (), reading, lambda: pytest.fail("not parsed"), "n", True)


ONE = model("one", "select 1 as n")
OTHER = model("other", "select 2 as n")
BROKEN = model("broken", "select cast('jane' as integer) as n")
TWICE = model("twice", "select one.n * 2 as n from core.one as one", ONE)
SUM = model("added", "select one.n + twice.n as n from core.one as one cross join core.twice as twice", ONE, TWICE)
LARGE = model("large", "select range * 7919 % 10007 as n from range(20000)")
OF_BROKEN = model("of_broken", "select n from core.broken", BROKEN)


def building(own: Build, one: Model) -> int:
    return own.build(one)


def tables(build: Build) -> list[str]:
    found = build.frame("select table_name from duckdb_tables() where schema_name = 'core' order by table_name")
    return found["table_name"].tolist()


def test_a_table_waits_for_those_that_it_reads(build: Build) -> None:
    others_may_come = threading.Event()

    def slowly(own: Build, one: Model) -> int:
        if one is ONE:  # a thread is free for the next table, but must not build it yet
            others_may_come.wait(0.5)
        return own.build(one)

    with closing(BuildPool(build, slowly)) as ahead:
        ahead.begin([ONE, TWICE, SUM])
        assert [ahead.rows(one) for one in (ONE, TWICE, SUM)] == [1, 1, 1]
    assert build.frame("select n from core.added")["n"].tolist() == [3]


def test_two_tables_are_built_at_a_time_each_with_parts_of_its_own(build: Build) -> None:
    both, parts = threading.Barrier(2, timeout=_PATIENCE), {}

    def in_parts(own: Build, one: Model) -> int:
        own.build(one)
        both.wait()
        with own.rebuilt_partitions(one, ["1", "2"], []) as (old, new):
            both.wait()
            found = own.frame(f"select old.n as n, new.n as m from {old} as old cross join {new} as new")
            parts[one.name.table] = found.to_numpy().tolist()
            both.wait()
        return 1

    with closing(BuildPool(build, in_parts)) as ahead:
        ahead.begin([ONE, OTHER])
        assert [ahead.rows(ONE), ahead.rows(OTHER)] == [1, 1]
    assert parts == {"one": [[1, 1]], "other": [[2, 2]]}


def test_what_cannot_be_built_is_told_where_it_is_asked_for_and_nothing_is_made_of_it(build: Build) -> None:
    with closing(BuildPool(build, building)) as ahead:
        ahead.begin([ONE, TWICE, BROKEN, OF_BROKEN, SUM])
        assert ahead.rows(ONE) == 1, "what stands before it is judged first"
        assert ahead.rows(TWICE) == 1
        with pytest.raises(ModelError, match=r"broken\.sql: core\.broken cannot be built"):
            ahead.rows(BROKEN)
    assert {"one", "twice"} <= set(tables(build)) <= {"one", "twice", "added"}


def test_after_a_failure_no_further_table_is_begun(build: Build) -> None:
    begun, is_over = [], threading.Event()

    def waiting(own: Build, one: Model) -> int:
        begun.append(one)
        return own.build(one) if one is BROKEN else len(str(is_over.wait(_PATIENCE)))

    with closing(BuildPool(build, waiting)) as ahead:
        ahead.begin([BROKEN, ONE, OTHER, TWICE])
        with pytest.raises(ModelError):
            ahead.rows(BROKEN)
        assert not is_over.wait(0.3), "time to begin another, if one were begun"
        is_over.set()
    # The second may have begun next to the one that fails; nothing after that.
    assert begun in ([BROKEN], [BROKEN, ONE])


def test_a_failure_while_others_are_still_being_begun_is_told_to_whoever_asks_first(build: Build) -> None:
    others = [model(f"other_{number}", "select 1 as n") for number in range(200)]

    def at_once(own: Build, one: Model) -> int:
        raise ModelError("core.broken cannot be built")

    with closing(BuildPool(build, at_once)) as ahead:
        ahead.begin([BROKEN, *others])
        for one in (others[-1], BROKEN):  # Dagster may ask in another order than the models'
            with pytest.raises(ModelError, match=r"core\.broken cannot be built"):
                ahead.rows(one)


@pytest.mark.parametrize("somebody_waits", [False, True])
def test_a_long_statement_is_interrupted_at_the_end_of_a_run_that_failed(build: Build, somebody_waits: bool) -> None:
    runs_now = threading.Event()

    def endless(own: Build, _: Model) -> int:
        runs_now.set()
        return len(own.frame("select count(*) from range(1000000000) as a cross join range(1000000000) as b"))

    ahead = BuildPool(build, endless)
    ahead.begin([ONE] if somebody_waits else [ONE, TWICE])
    assert runs_now.wait(_PATIENCE)
    with pytest.MonkeyPatch.context() as patch:
        if somebody_waits:  # and is told to stop, as by Ctrl-C
            patch.setattr(Future, "result", lambda _: raise_interrupt())
            with pytest.raises(KeyboardInterrupt):
                ahead.rows(ONE)
    ending = threading.Thread(target=ahead.close, daemon=True)
    ending.start()
    ending.join(_PATIENCE)
    assert not ending.is_alive()
    assert tables(build) == [], "what was begun and not built is not built either"


def raise_interrupt() -> None:
    raise KeyboardInterrupt


def on_disk(build: Build) -> int:
    return int(build.frame("select used_blocks as n from pragma_database_size()")["n"].iloc[0])


def test_what_was_begun_is_written_to_the_file_when_it_is_built(build: Build) -> None:
    may_be_built = threading.Event()

    def slowly(own: Build, one: Model) -> int:
        may_be_built.wait(_PATIENCE)
        return own.build(one)

    before = on_disk(build)
    with closing(BuildPool(build, slowly)) as ahead:
        ahead.begin([ONE, LARGE])
        ahead.write_out()
        may_be_built.set()
        ahead.begin([TWICE])
        assert [ahead.rows(one) for one in (ONE, LARGE, TWICE)] == [1, 20_000, 1]
        ahead._writing[0].result(_PATIENCE)
        assert on_disk(build) > before, "the large one is there, and nobody has closed the file"


def test_rows_that_nobody_has_read_yet_hold_up_neither_the_file_nor_what_comes_after_it(build: Build) -> None:
    """As after the first row of a query: who has such rows left waits for a table that is made after the file."""
    unread = build._connection.cursor().execute("from range(1_000_000)")
    assert unread.fetchone() == (0,)
    with closing(BuildPool(build, building)) as ahead:
        ahead.begin([ONE])
        ahead.write_out()
        ahead.begin([OTHER])
        made: list[int] = []
        waiting = threading.Thread(target=lambda: made.append(ahead.rows(OTHER)), daemon=True)
        waiting.start()
        waiting.join(_PATIENCE)
        unread.close()
        assert made == [1]


def test_the_first_row_leaves_nothing_open(build: Build) -> None:
    assert build.row("from range(0)") == ()
    assert build.row("from range(10)") == (0,)
    with build.beside() as other:
        other._connection.execute("create table made as select 1 as n")
        other._connection.execute("checkpoint")


def test_a_file_that_cannot_be_written_stops_what_is_begun_after_that(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Build) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Build, "write_out", refuse)
    with closing(BuildPool(build, building)) as ahead:
        ahead.begin([ONE])
        ahead.write_out()
        assert ahead.rows(ONE) == 1, "it was built before that"
        assert isinstance(ahead._writing[0].exception(_PATIENCE), OSError)
        ahead.begin([OTHER])
        with pytest.raises(OSError, match="disk full"):
            ahead.rows(OTHER)
    assert tables(build) == ["one"]


def test_of_what_comes_later_only_that_is_begun_which_never_was(build: Build) -> None:
    with closing(BuildPool(build, building)) as ahead:
        ahead.begin([ONE, OTHER])
        assert ahead.rows(ONE) == 1
        assert ahead.still_to_begin([OTHER], [ONE, TWICE]) == [TWICE], "one waits, one was asked for"
        assert ahead.still_to_begin([ONE], [ONE]) == [ONE], "who asks again has it built again"


@pytest.fixture
def rebuilt(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tables in the order in which they were brought up to date."""
    names: list[str] = []
    original = Rebuild.table

    def table(self: Rebuild, one: Model) -> int:
        names.append(str(one.name))
        return original(self, one)

    monkeypatch.setattr(Rebuild, "table", table)
    monkeypatch.setattr(Judge, "get_ready", lambda *_, **__: None)
    return names


def test_whatever_order_the_schemas_are_asked_for_in_each_table_is_built_once(
    first_run: State, copied: Callable[[State], Home], rebuilt: list[str]
) -> None:
    with Run(copied(first_run), "20261122_000000_once") as run:
        run.open()
        listed = {stage.name: stage for stage in stages(run.graph) if not stage.is_learning}
        learned = {str(one.name) for one in run.graph} - {str(one.name) for one in unlearned(run)}
        schemas = list(listed)
        # Dagster chooses the order of tables that do not depend on each other.
        schemas[-2:] = reversed(schemas[-2:])
        for schema in schemas:
            if schema == "icp":
                assert not learned.intersection(rebuilt), "learning comes first"
                learn_version(run)
            stage = listed[schema]
            assert list(run.build_models(stage.models, stage.prefetch)) == [one.name for one in stage.models]
        assert sorted(rebuilt) == sorted(str(one.name) for one in run.graph.in_order())


def unlearned(run: Run) -> list[Model]:
    return not_made_of(run.graph.in_order(), is_learned)


def test_tables_of_all_schemas_are_begun_except_what_is_made_of_something_learned_or_counted(
    first_run: State, copied: Callable[[State], Home], rebuilt: list[str]
) -> None:
    with Run(copied(first_run), "20261122_000000_then") as run:
        run.open()
        first = stages(run.graph)[0]
        ahead = not_made_of(first.prefetch, is_of_words)
        run.build_models(first.models, first.prefetch)
        for one in ahead:
            run._pool.rows(one)
        assert set(rebuilt) == {str(one.name) for one in (*first.models, *ahead)}
        assert {"segments.segment_lift", "icp.base_rates", "quality.source_files"} <= set(rebuilt)
        # Reads a learned table, is made of one that does, is made of words.
        assert not {"icp.live_versions", "activation.audience_members", "voice.phrases"}.intersection(rebuilt)


def test_what_was_begun_is_waited_for_without_being_asked_for(build: Build) -> None:
    with closing(BuildPool(build, building)) as ahead:
        ahead.begin([ONE, TWICE])
        assert ahead.not_begun([OTHER, ONE, TWICE]) == [OTHER]
        assert tables(build) == ["one", "twice"]
        assert ahead.still_to_begin([ONE, TWICE], []) == [], "whoever asks for them has them as they are"


def test_without_more_to_come_only_what_is_asked_for_is_built(
    first_run: State, copied: Callable[[State], Home], rebuilt: list[str]
) -> None:
    with Run(copied(first_run), "20261122_000000_part") as run:
        run.open()
        chosen = run.graph.of_schema("staging")[:2]
        run.build_models(chosen)
    assert rebuilt == [str(one.name) for one in chosen]


def page(home: Home) -> str:
    return (home.latest / "index.html").read_text(encoding="utf-8")


def test_a_report_that_was_begun_early_says_the_same(
    first_run: State, copied: Callable[[State], Home], rebuilt: list[str], tmp_path: Path
) -> None:
    pages, late = [], copied(first_run)
    early = Home(shutil.copytree(late.root, tmp_path / "early", symlinks=True))
    for home in (early, late):
        (home.root / "icp.yaml").write_text("as_of: 2026-11-25\nbands: {a: 2.1}\n", encoding="utf-8")
        with Run(home, "20261122_000000_page", Request(accept="another day")) as run:
            run.open()
            for stage in stages(run.graph):
                if stage.is_learning:
                    learn_version(run)
                run.build_models(stage.models, stage.prefetch)
                if stage.name == "icp" and home is early:
                    run.report.begin().result()
            publish_run(run)
        pages.append(page(home))
    assert pages[0] == pages[1] != page(first_run.home)
