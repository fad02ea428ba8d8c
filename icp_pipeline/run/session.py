"""One run of the pipeline, stage by stage, without Dagster; called by the assets and by tests."""

from __future__ import annotations

import datetime
import getpass
import os
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from icp_pipeline import duck
from icp_pipeline.errors import CheckError
from icp_pipeline.home import SQL, Home, refuse_gone
from icp_pipeline.models.graph import ModelGraph, model_names
from icp_pipeline.models.model import Model
from icp_pipeline.models.model_cache import cached_models
from icp_pipeline.names import TableName
from icp_pipeline.quality.verdicts import Judge, Verdict
from icp_pipeline.rebuild.audit_counts import audit_counts, fail_alike
from icp_pipeline.rebuild.build_pool import BuildPool
from icp_pipeline.rebuild.content import content_of_query
from icp_pipeline.rebuild.decision import Decision
from icp_pipeline.rebuild.fingerprints import (
    Fingerprints,
    input_hashes,
    recorded_audits,
    recorded_fingerprints,
)
from icp_pipeline.rebuild.rebuild import Rebuild
from icp_pipeline.run.acknowledge import apply_waiting
from icp_pipeline.run.customer_words import words_first
from icp_pipeline.run.landed_texts import LandedTexts
from icp_pipeline.run.live_version import repair
from icp_pipeline.run.quantile_bins import quantile_bins
from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.run.report_of_run import Report, about_run
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.tables import settings_tables
from icp_pipeline.sources.lake import LakeState, land
from icp_pipeline.sources.read_file import OnWorkers
from icp_pipeline.spark.spark_needs import exchange_folder, make_exchange, refuse_missing_spark
from icp_pipeline.warehouse.build import Build, open_build
from icp_pipeline.warehouse.file_system import refuse_unfit
from icp_pipeline.warehouse.lock import run_lock
from icp_pipeline.warehouse.publish import publish, seal
from icp_pipeline.warehouse.refusals import named_refusals
from icp_pipeline.warehouse.shown_files import shown_inputs

if TYPE_CHECKING:
    from icp_pipeline.spark.spark_engine import SparkEngine

_COUNTING = threading.Lock()
Progress = Callable[[str], None]


def _silent(_: str) -> None:
    """Discards progress."""


@dataclass(frozen=True)
class Request:
    """Options of a run."""

    as_of: datetime.date | None = None
    refit: bool = False
    promote: str | None = None
    accept: str | None = None
    starts_from_live: bool = False


@dataclass
class Run:
    """A run holds the home's lock and a private work file until it is published or dropped."""

    home: Home
    run_id: str
    request: Request = field(default_factory=Request)
    progress: Progress = _silent
    started_at: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    seconds: dict[str, float] = field(default_factory=dict)
    # Stages whose tables were all built by this run.
    made_stages: set[str] = field(default_factory=set)
    words_are_counted: bool = False
    _lake: LakeState | None = None
    _build: Build | None = None

    def __enter__(self) -> Run:
        with ExitStack() as stack, named_refusals(self.home.root):
            wait_seconds = self.settings.schedule.lock_wait_seconds
            duck.memory_of_environment()
            duck.threads_of_environment()
            refuse_gone(self.home.root)
            refuse_unfit(self.home.root)
            if self.settings.engine.spark:
                refuse_missing_spark(self.settings.engine.spark)
            stack.enter_context(run_lock(self.home.root, self.run_id, wait_seconds))
            for done in repair(self.home):
                self.progress(f"mended: {done}")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._stack:
            # Also for a run that was stopped: the reason may be reported there.
            self.begin_docs().result()

    @cached_property
    def settings(self) -> Settings:
        """Validated before any data is touched."""
        return load_settings(self.home.root)

    @cached_property
    def graph(self) -> ModelGraph:
        """The models of the project's `sql/`."""
        return cached_models(SQL)

    @cached_property
    def as_of(self) -> datetime.date:
        """As-of date: from the request, else icp.yaml, else today in the schedule's time zone."""
        clock = ZoneInfo(self.settings.schedule.timezone)
        return self.request.as_of or self.settings.as_of or self.started_at.astimezone(clock).date()

    @property
    def is_asked_for_a_day(self) -> bool:
        """Whether a person or icp.yaml names the as-of date; otherwise it is the clock's."""
        return bool(self.request.as_of or self.settings.as_of)

    def land(self) -> LakeState:
        """Read the landing folder, once per run; files that did not change are not parsed again."""
        if self._lake is None:
            self.checks.get_ready(only_first=True)
            with self.timed("landing"), named_refusals(self.home.lake):
                plan, workers = read_plan(self.settings), self._workers()
                self._lake = land(self.home.landing, self.home.lake, plan, self.progress, workers)
        return self._lake

    @cached_property
    def checks(self) -> Judge:
        """Checks this run's tables."""
        return Judge(self.home.state / "data_docs", self.run_id)

    @property
    def accepted_by(self) -> str | None:
        """Who accepted what a guard would have blocked; None if nothing was accepted."""
        return _user() if self.request.accept else None

    @property
    def build(self) -> Build:
        """The private work file; `open` comes first."""
        if self._build is None:
            raise AssertionError("the work file is not open: call Run.open first")
        return self._build

    def open(self) -> Build:
        """Open the private work file, once per run, with lake, settings and history in reach; lands files first."""
        if self._build is None:
            self._build = self._open(self.land())
        return self._build

    def _open(self, lake: LakeState) -> Build:
        lake_tables = lake.tables
        with named_refusals(self.home.live.parent):
            recorded = recorded_fingerprints(self.home.root)
            from_live = self.request.starts_from_live or bool(recorded)
            also = [self._exchange] if self._exchange else []
            build = self._stack.enter_context(open_build(self.home.root, self.run_id, from_live, also))
            models = model_names(SQL)
            build.drop_strangers(models)
            bins = quantile_bins(
                build, lake.parquet, self.settings, self.as_of, self.run_id, is_refit=self.request.refit
            )
            # Now that the home is this run's alone: it may have waited for the run before, which ended meanwhile.
            clock_at = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
            tables = settings_tables(self.settings, self.as_of, self.run_id, bins, clock_at)
            inputs = input_hashes(lake.parquet, tables, lake_tables)
            build.attach_inputs(lake.parquet, tables, lake_tables)
            if not self.settings.publish.self_contained:
                build.show_files(shown_inputs(self.home.root, lake.parquet))
            engine = self._engine
            if engine:
                build.build_on(engine, keeps_views=not self.settings.publish.self_contained)
            self._audits = recorded_audits(build, recorded)
            apply_waiting(self.home, build, self.graph)
            standing = {name: record for name, record in recorded.items() if name in models or name in inputs}
            self.fingerprints = Fingerprints(inputs, standing, self.run_id, engine)
            self.fingerprints.read_days(build)
        return build

    @property
    def _exchange(self) -> Path | None:
        """Folder of the files that DuckDB and Spark exchange, if Spark is used."""
        spark = self.settings.engine.spark
        return exchange_folder(spark, self.home.root, self.run_id) if spark else None

    def _workers(self) -> OnWorkers | None:
        """Spark's workers, if they read landed files."""
        spark = self.settings.engine.spark
        if spark is None or spark.landing == "here" or self._engine is None:
            return None
        return self._engine.on_workers

    @cached_property
    def _engine(self) -> SparkEngine | None:
        """The engine in addition to DuckDB, if the settings name one."""
        spark = self.settings.engine.spark
        if spark is None or self._exchange is None:
            return None
        from icp_pipeline.spark.spark_engine import spark_engine  # sqlglot, which a run on DuckDB does not need

        self.progress(f"spark: starting {spark.address}" if spark.master else f"spark: {spark.address}")
        exchange = make_exchange(spark, self.home.root, self._exchange)
        with self.timed("spark start"):
            return self._stack.enter_context(spark_engine(spark, self.graph, self._exchange, exchange))

    def seal(self, record_last: Callable[[], None]) -> None:
        """In another thread, write the last rows, close the work file and force it to disk; nobody else uses it now."""
        self._pool.close()
        worker = self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="seal"))
        self._sealed = worker.submit(self._close, record_last)

    def _close(self, record_last: Callable[[], None]) -> str:
        record_last()
        self.fingerprints.record(self.build, self._audits)
        self.build.close(keeps_files=not self.settings.publish.self_contained)
        return seal(self.home.root, self.run_id)

    def publish(self) -> Path:
        """Make the sealed work file the live version; returns its path. Raises any error from recording or sealing."""
        return publish(self.home.root, self.run_id, self.settings.retention.versions, self._sealed.result())

    def build_models(self, models: Collection[Model], then: Collection[Model] = ()) -> dict[TableName, int]:
        """Rebuild tables, unless their inputs are unchanged; returns row counts.

        Those of `then` are prefetched meanwhile; a later call waits for them. Phrases of free text
        are counted before the first table that reads the counts.
        """
        then = words_first(self, models, then)
        new = self._pool.still_to_begin(models, then)
        if new:
            self.fingerprints.read_history(self.build, new)
            self._pool.begin(new)
        return {model.name: self._pool.rows(model) for model in models}

    def not_prefetched(self, models: Collection[Model]) -> list[Model]:
        """Those of `models` whose building has not begun; the others are built by then."""
        return self._pool.not_begun(models)

    def write_out(self) -> None:
        """Write what was begun to the work file while Python computes for seconds: sealing it takes less then."""
        self._pool.write_out()

    @cached_property
    def _pool(self) -> BuildPool:
        return self._stack.enter_context(closing(BuildPool(self.build, self._rebuild)))

    @cached_property
    def texts(self) -> LandedTexts:
        """The landed texts, read while tables are built."""
        return self._stack.enter_context(closing(LandedTexts(self.home, self.settings, self.land(), self.build)))

    @cached_property
    def report(self) -> Report:
        """The report, built while the exports are."""
        about = about_run(self.run_id, self.as_of, self.settings)
        return self._stack.enter_context(closing(Report(self.home, self.build, about)))

    def _rebuild(self, build: Build, model: Model) -> int:
        before = self._audits.get(model.name)
        with self.timed(model.name.schema):
            rows = Rebuild(build, self.fingerprints, self._audits).table(model)
        with self.timed("checks"):
            counts = self._count(build, model)
        if before is not None and counts is not None and not fail_alike(before, counts):
            self.checks.get_ready()  # something must be checked again
        return rows

    def _count(self, build: Build, model: Model) -> pd.DataFrame | None:
        """Counts of failing rows by rule; reused for a table that was not rebuilt."""
        if model.name not in self._audits:
            counts = audit_counts(build, model)
            if counts is None:
                return None
            self._audits[model.name] = counts
        return self._audits[model.name]

    def decisions(self, models: Collection[Model]) -> list[Decision]:
        """How each of these built tables was rebuilt or not, and why."""
        return [self.fingerprints.decisions[model.name] for model in models]

    def audit(self, models: Collection[Model]) -> dict[TableName, list[Verdict]]:
        """Check the tables by their columns' tags."""
        return self.begin_audit(models).result()

    def begin_audit(self, models: Collection[Model]) -> Future[dict[TableName, list[Verdict]]]:
        """The same, in another thread."""
        with self.timed("checks"):
            counts = {model.name: self._count(self.build, model) for model in models}
        return self._judging.submit(self._judge, counts)

    def _judge(self, counts: dict[TableName, pd.DataFrame | None]) -> dict[TableName, list[Verdict]]:
        with self.timed("checks"):
            verdicts: dict[TableName, list[Verdict]] = {name: [] for name in counts}
            for verdict in self.checks.judge({name: frame for name, frame in counts.items() if frame is not None}):
                verdicts[verdict.table].append(verdict)
            return verdicts

    def begin_docs(self) -> Future[None]:
        """Write the Data Docs, after all pending checks."""
        return self._judging.submit(self.checks.write_docs)

    @cached_property
    def _judging(self) -> ThreadPoolExecutor:
        return self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="judging"))

    def frame(self, sql: str) -> pd.DataFrame:
        """A query on the work file."""
        with named_refusals(self.home.live.parent):
            return self.build.frame(sql)

    def large_frame(self, sql: str) -> pd.DataFrame:
        """The same, faster where there is a row for each account."""
        with named_refusals(self.home.live.parent):
            return self.build.large_frame(sql)

    def coded_frame(self, sql: str) -> pd.DataFrame:
        """The same, texts as categories: where few texts stand in many rows."""
        with named_refusals(self.home.live.parent):
            return self.build.coded_frame(sql)

    def content(self, sql: str) -> str:
        """Content hash of a query's rows: equal only for the same rows, in any order."""
        with named_refusals(self.home.live.parent):
            return content_of_query(self.build, sql)

    def timed(self, stage: str) -> _Stage:
        """Adds the time spent inside to the stage's total."""
        return _Stage(self.seconds, stage)


def _user() -> str:
    """Who runs this process; containers often have a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@dataclass
class _Stage:
    seconds: dict[str, float]
    name: str

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        passed = time.perf_counter() - self._start
        with _COUNTING:  # several tables of a schema are built at the same time
            self.seconds[self.name] = self.seconds.get(self.name, 0.0) + passed


def stop_on_critical(verdicts: dict[TableName, list[Verdict]], data_docs: Path) -> None:
    """Raise CheckError if a critical check failed; it names table, column, check and counts, never values."""
    broken = [item for items in verdicts.values() for item in items if not item.passed and item.severity == "critical"]
    if broken:
        lines = [f"{v.table}.{v.column}: {v.check} fails for {v.failing} of {v.total} rows" for v in broken[:10]]
        more = f" (and {len(broken) - 10} more)" if len(broken) > 10 else ""
        raise CheckError(
            f"{'; '.join(lines)}{more}. Nothing was published; the last version stays live. Details: {data_docs}"
        )


def new_run_id(started_at: datetime.datetime, suffix: str) -> str:
    """A new run id, such as `20261121_030000_4f2a9c`: sorts by time, and is safe in names."""
    return f"{started_at:%Y%m%d_%H%M%S}_{suffix[:6]}"
