"""Tables built in a thread of their own, in order: the next ones come while the books of the last are being kept.

Building is DuckDB's work; checks and Dagster's events are Python's. Each leaves a core to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName
from icp_pipeline.warehouse.build import Build


class Ahead:
    """Tables that are begun, until they are asked for. `bring` builds one on a connection of this thread."""

    def __init__(self, build: Build, bring: Callable[[Build, Model], int]) -> None:
        self._bring = bring
        self._begun: dict[TableName, Future[int]] = {}
        self._known: set[TableName] = set()
        self._stack = ExitStack()
        self._build = self._stack.enter_context(build.beside())
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="building")

    def is_waiting(self, model: Model) -> bool:
        """Whether the table was begun, and nobody has asked for it."""
        return model.name in self._begun

    def was_begun(self, model: Model) -> bool:
        """Whether the table was begun at any time."""
        return model.name in self._known

    def begin(self, models: Collection[Model]) -> None:
        """Build these one after the other, after those that were begun before."""
        self._begun |= {model.name: self._worker.submit(self._next, model) for model in models}
        self._known |= {model.name for model in models}

    def rows(self, model: Model) -> int:
        """Wait for a table that was begun; returns its row count, or raises what kept it from being built."""
        return self._begun.pop(model.name).result()

    def close(self) -> None:
        """Interrupt what is being built, and let go of the connection. May be called twice."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self._begun:
            self._build.interrupt()
        self._worker.shutdown()
        self._stack.close()

    def _next(self, model: Model) -> int:
        try:
            return self._bring(self._build, model)
        except BaseException:
            # What comes after would be made of a table that is not there, or no longer right.
            self._worker.shutdown(wait=False, cancel_futures=True)
            raise
