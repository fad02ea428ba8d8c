"""Overlaps that are settled again only for files that came or went give what settling all of them anew gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from landing_folder import Landing

from icp_pipeline.sources.usage import overlaps

_HEADER = "id,timestamp,event,user_id,context_group_id\n"


def _file(rng: random.Random) -> str:
    """Events out of few ids, now and then with another day, user or group than elsewhere."""
    days, users, groups = ["2026-07-01", "2026-07-01", "2026-07-02"], "uuv", "ggh"
    rows = (
        f"e{rng.randrange(60)},{rng.choice(days)}T09:00:00.000Z,x,{rng.choice(users)},{rng.choice(groups)}\n"
        for _ in range(rng.randrange(1, 25))
    )
    return _HEADER + "".join(rows)


@pytest.mark.parametrize("seed", range(6))
def test_files_that_come_change_and_go_leave_what_a_new_lake_would_hold(
    new_landing: Callable[[str], Landing], seed: int
) -> None:
    rng = random.Random(seed)
    grown = new_landing("grown")
    for number in range(5):
        grown.put(f"usage/base{number}.csv", _file(rng))
    for step in range(6):
        name = f"usage/{rng.choice(['base0', 'base1', 'extra', f'new{step}'])}.csv"
        if rng.random() < 0.3 and (grown.folder / name).exists():
            (grown.folder / name).unlink()
        else:
            grown.put(name, _file(rng))
        fresh = new_landing(str(step))
        for path in (grown.folder / "usage").iterdir():
            fresh.put(f"usage/{path.name}", path.read_bytes())
        assert grown.land().daily() == fresh.land().daily()


def test_one_more_file_is_settled_without_settling_the_others_again(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        rows = "".join(f"e{number}-{row},2026-07-01T09:00:00Z,x,u,g\n" for row in range(50))
        landing.put(f"usage/{number}.csv", _HEADER + rows + "shared,2026-07-01T09:00:00Z,x,u,g\n")
    assert sum(landing.land().daily().values()) == 201
    nets = {path: path.stat().st_mtime_ns for path in (landing.lake / "usage").glob("*.parquet")}
    monkeypatch.setattr(overlaps, "repeated", _never)
    landing.put("usage/new.csv", _HEADER + "e2-7,2026-07-01T09:00:00Z,x,u,g\nn,2026-07-01T09:00:00Z,x,u,g\n")
    assert sum(landing.land().daily().values()) == 202
    assert sum(path.stat().st_mtime_ns == changed for path, changed in nets.items() if path.exists()) >= 2


def _never(*given: object) -> None:
    raise AssertionError("every event was settled again")


def test_a_note_that_cannot_be_read_or_whose_files_are_gone_counts_as_none(landing: Landing) -> None:
    row = "a,2026-07-01T09:00:00Z,x,u,g\n"
    for name in "pq":
        landing.put(f"usage/{name}.csv", _HEADER + row)
    first = landing.land().daily()
    for spoil in (lambda path: path.write_text("{"), Path.unlink):
        for path in [*(landing.lake / "usage").glob("*.json"), *(landing.lake / "usage").glob("*.lost")]:
            spoil(path)
        assert landing.land().daily() == first == {("g", "u", "2026-07-01"): 1}


def test_net_files_that_no_note_needs_are_removed(landing: Landing) -> None:
    for step in range(9):
        for name in "pq":
            rows = f"a,2026-07-0{1 + step}T09:00:00Z,x,u,g\nb{step}{name},2026-07-01T09:00:00Z,x,u,g\n"
            landing.put(f"usage/{name}.csv", _HEADER + rows)
        landing.land()
    assert len(list((landing.lake / "usage").glob("*.json"))) == 5
    assert len(list((landing.lake / "usage").glob("*.parquet"))) == 5
