"""Ctrl-C, SIGTERM and a closed terminal end a command with a message.

Dagster interrupts a job's steps itself, with its own signal handlers while it runs.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# The exit code that shells give after Ctrl-C.
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
    """Raise Interrupted if a signal asks the process to end, unless the signal is ignored (`nohup`)."""
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
