"""Ctrl-C, the SIGTERM of whoever stops a service or a container, and a terminal that closes end a command in words.

A job's steps are interrupted by Dagster, which puts handlers of its own in the place of these while it is at work.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# What shells give a command that Ctrl-C ended.
EXIT_CODE = 130


class Interrupted(BaseException):
    """The process was asked to end; not an Exception, so that nothing catches it as an error."""


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _as_terminated(_number: int, _frame: FrameType | None) -> None:
    """As SIGTERM: Dagster puts a handler of its own in the place of that one, and none for a terminal that closes."""
    signal.raise_signal(signal.SIGTERM)


_HANDLERS = {signal.SIGINT: _raise, signal.SIGTERM: _raise, signal.SIGHUP: _as_terminated}


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """Raise Interrupted where a signal asks the process to end, unless whoever started it has it ignored (`nohup`)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = [number for number in _HANDLERS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _HANDLERS[number]) for number in asked}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def was_interrupted(error: BaseException) -> bool:
    """Whether an error is an interruption; DuckDB raises its own if a statement was running."""
    return isinstance(error, Interrupted) or str(error).strip().endswith("Query interrupted")
