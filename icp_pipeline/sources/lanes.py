"""Several files at a time: one thread parses cells in Python while another counts events in DuckDB.

Python runs one thread at a time; DuckDB and hashing files do not need it, so the two kinds of work use two
processors. Threads rather than processes: if the run is killed, they end with it.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar

from icp_pipeline.duck import Connection, beside, threads_of_environment
from icp_pipeline.sources.tasks import Task

Result = TypeVar("Result")
Work = Callable[[Task, Connection], Result]
_MOST_WORKERS = 4
# A thread that returns from DuckDB waits this long for the one that is parsing; Python's default is ten times longer.
_TURN_SECONDS = 0.0005


def side_by_side(con: Connection, tasks: Sequence[Task], work: Work[Result]) -> Iterator[Result]:
    """The result of `work` for each task, in the order of tasks; the first error stops it after work in progress."""
    lanes = _Lanes(tasks, work)
    workers = _workers(len(tasks))
    with ThreadPoolExecutor(workers, thread_name_prefix="landing") as pool:
        try:
            for number in range(workers):
                pool.submit(lanes.drain, con, number % 2)
            for result in lanes.results:
                yield result.result()
        finally:
            lanes.clear()


def _workers(tasks: int) -> int:
    processors = threads_of_environment() or os.cpu_count() or 1
    return max(1, min(_MOST_WORKERS, processors, tasks))


class _Lanes(Generic[Result]):
    """Two queues, biggest file first: events in bulk, and files whose cells are parsed one by one."""

    def __init__(self, tasks: Sequence[Task], work: Work[Result]) -> None:
        self.results: list[Future[Result]] = [Future() for _ in tasks]
        self._tasks = tasks
        self._work = work
        by_size = sorted(range(len(tasks)), key=lambda position: -tasks[position].found.size)
        is_bulk = {position for position in by_size if tasks[position].found.source == "usage"}
        self._queues = (
            deque(position for position in by_size if position in is_bulk),
            deque(position for position in by_size if position not in is_bulk),
        )

    def drain(self, con: Connection, first: int) -> None:
        """Work on one queue until it is empty, then on the other."""
        try:
            with beside(con) as own:
                while (position := self._take(first)) is not None:
                    self.results[position].set_result(self._work(self._tasks[position], own))
        except BaseException as error:  # whoever waits for a result must get the error
            self._fail(error)

    def clear(self) -> None:
        """Start nothing more."""
        for queue in self._queues:
            queue.clear()

    def _take(self, first: int) -> int | None:
        for queue in (self._queues[first], self._queues[1 - first]):
            with suppress(IndexError):
                return queue.popleft()
        return None

    def _fail(self, error: BaseException) -> None:
        self.clear()
        for result in self.results:
            if not result.done():
                result.set_exception(error)


@contextmanager
def short_turns() -> Iterator[None]:
    """Shorten the wait of a thread that returns from work outside Python."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, _TURN_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
