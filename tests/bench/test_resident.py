"""What a forked run takes is its own, and a run that fails is no measurement."""

from __future__ import annotations

import time
from typing import NoReturn

import pytest

from bench.resident import _taken


def test_a_child_that_fails_stops_the_benchmark() -> None:
    def child() -> NoReturn:
        raise SystemExit(3)

    with pytest.raises(SystemExit, match="icp run ended with 3"):
        _taken(child)


def test_seconds_of_waiting_are_not_seconds_of_processors() -> None:
    def waits() -> NoReturn:
        time.sleep(0.5)
        raise SystemExit(0)

    def works() -> NoReturn:
        while time.process_time() < 0.3:
            pass
        raise SystemExit(0)

    waited, worked = _taken(waits), _taken(works)
    assert waited[0] >= 0.5
    assert worked[1] >= 0.25 > waited[1]
