"""Builds tables in threads of their own: the next schema is prefetched while Dagster writes its events for the last.

Building is DuckDB's work; checks and events are Python's, so each leaves a core to the other. And most tables are too
small for DuckDB to divide, so two are built at a time. Where Python has more to do than there is to build, what is
built is written to the file meanwhile.
"""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.rebuild.fingerprints import tables_read
from icp_pipeline.warehouse.build import Build

_AT_A_TIME = 2
_Made = TypeVar("_Made")


class BuildPool:
    """Tables being built, until waited for. `rebuild` builds one on a connection that no other thread uses."""

    def __init__(self, build: Build, rebuild: Callable[[Build, Model], int]) -> None:
        self._build = build
        self._rebuild = rebuild
        self._begun: dict[TableName, Future[int]] = {}
        self._writing: list[Future[None]] = []
        self._asked: set[TableName] = set()
        # The first work in order that failed, by its number, and why.
        self._failed: tuple[int, BaseException] | None = None
        self._numbers = itertools.count()
        self._stack = ExitStack()
        self._own = [self._stack.enter_context(build.beside(number)) for number in range(_AT_A_TIME)]
        self._free: queue.SimpleQueue[Build] = queue.SimpleQueue()
        for own in self._own:
            self._free.put(own)
        self._workers = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="building")

    def still_to_begin(self, models: Collection[Model], then: Collection[Model]) -> list[Model]:
        """Every table of `models` that nobody waits for yet, and those of `then` that were not started."""
        new = [model for model in models if model.name not in self._begun]
        return new + [model for model in then if model.name not in self._begun.keys() | self._asked]

    def not_begun(self, models: Collection[Model]) -> list[Model]:
        """Those of `models` that were not started; the others are built by then, and can still be asked for."""
        for table in [self._begun[model.name] for model in models if model.name in self._begun]:
            table.result()
        return [model for model in models if model.name not in self._begun]

    def begin(self, models: Collection[Model]) -> None:
        """Start building these in order, each after the tables it reads."""
        self._build.create_schemas(models)
        for model in models:
            before = [self._begun[name] for name in tables_read(model) if name in self._begun]
            self._begun[model.name] = self._submit(before, partial(self._build_one, model))

    def write_out(self) -> None:
        """Write to the file what was begun so far, when it is built: at the end that much less is left to write.

        If it cannot be written, tables that are begun later fail, and so does the end.
        """
        self._writing.append(self._submit([*self._begun.values()], Build.write_out))

    def rows(self, model: Model) -> int:
        """Wait for a table that was started; returns its row count, or raises the error that stopped it."""
        self._asked.add(model.name)
        rows = self._begun[model.name].result()
        # Only now: who stops waiting leaves it among those that are to be interrupted.
        del self._begun[model.name]
        return rows

    def close(self) -> None:
        """Interrupt what is being built, and let go of the connections. May be called twice."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        # Again and again, because between two statements there is nothing to interrupt.
        while unfinished := self._unfinished():
            for build in self._own:
                build.interrupt()
            wait(unfinished, timeout=0.05)
        self._workers.shutdown()
        self._stack.close()

    def _unfinished(self) -> list[Future[Any]]:
        everything: list[Future[Any]] = [*self._begun.values(), *self._writing]
        return [work for work in everything if not work.done()]

    def _build_one(self, model: Model, build: Build) -> int:
        return self._rebuild(build, model)

    def _submit(self, before: Collection[Future[int]], work: Callable[[Build], _Made]) -> Future[_Made]:
        return self._workers.submit(self._after, before, next(self._numbers), work)

    def _after(self, before: Collection[Future[int]], number: int, work: Callable[[Build], _Made]) -> _Made:
        # Work is taken in order, so what this waits for is under way or done.
        build = self._free.get()
        try:
            for table in before:
                table.result()
            if self._failed and self._failed[0] < number:
                # It would be made of a table that is not there, or for nothing; whoever asks for it is told why.
                raise self._failed[1]
            return work(build)
        except BaseException as error:
            if self._failed is None or number < self._failed[0]:
                self._failed = (number, error)
            raise
        finally:
            self._free.put(build)
