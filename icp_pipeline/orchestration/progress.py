"""Who hears how far a run is: the terminal when `icp` runs it, nobody when the daemon does (Dagster logs then)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listeners: list[Callable[[str], None]] = []


def report(message: str) -> None:
    """Tell whoever listens; costs nothing when nobody does."""
    for listener in _listeners:
        listener(message)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Hear the progress of runs executed in this process."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
