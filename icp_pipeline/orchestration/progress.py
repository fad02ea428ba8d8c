"""Passes a run's progress on: to the terminal if `icp` runs it, to nobody if the daemon does (Dagster logs it)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners: list[Callable[[str], None]] = []


def report(message: str) -> None:
    """Report progress to the listener, if there is one."""
    for listener in _listeners:
        listener(message)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Listen to the progress of runs executed in this process."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
