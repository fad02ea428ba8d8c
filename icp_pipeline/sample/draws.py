"""Single usage events as plain numbers: how many each activity period has in each month, and when they arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icp_pipeline.sample.activity import Activity
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.streams import Ints

EVENTS = ("Report Shared", "Dashboard Viewed", "Query Run", "User Invited", "Export Created", "Signed In")
DAY_MS = 86_400_000
_LATE, _LATE_DAYS = 0.01, 20


@dataclass(frozen=True)
class Batch:
    """Events of one month, as plain numbers."""

    number: Ints
    group: Ints
    user: Ints
    kind: Ints
    happened_ms: Ints
    received_ms: Ints


def months_of(activity: Activity, step: int) -> np.ndarray:
    """The first days of the files' months (or quarters), and of the one after the last."""
    first = activity.spans["start"].min().to_datetime64().astype("datetime64[M]")
    last = activity.spans["end"].max().to_datetime64().astype("datetime64[M]")
    return np.arange(first, last + 1 + step, step).astype("datetime64[D]")


def cells_of(activity: Activity, months: np.ndarray, events: int, rng: np.random.Generator) -> pd.DataFrame:
    """How many events each span has in each month; each span's first day has one, since first value is a date."""
    spans = activity.spans
    start, end = (spans[name].to_numpy().astype("datetime64[D]") for name in ("start", "end"))
    parts = []
    for place in range(len(months) - 1):
        low, high = np.maximum(start, months[place]), np.minimum(end, months[place + 1])
        here = np.flatnonzero(low < high)
        parts.append(pd.DataFrame({"span": here, "month": place, "low": low[here], "high": high[here]}))
    cells = pd.concat(parts, ignore_index=True)
    cells["is_first"] = ~cells.duplicated("span")
    anchors = np.flatnonzero(cells["is_first"])[:events]
    weight = spans["rate"].to_numpy()[cells["span"]] * (cells["high"] - cells["low"]).dt.days.to_numpy()
    cells["events"] = rng.multinomial(events - len(anchors), weight / weight.sum())
    cells["anchor"] = np.isin(np.arange(len(cells)), anchors).astype(int)
    cells["group"] = spans["group"].to_numpy()[cells["span"]]
    return cells


def drawn(
    activity: Activity, cells: pd.DataFrame, first_number: int, frames: WorldFrames, rng: np.random.Generator
) -> Batch:
    """One month's events in order of time."""
    anchor = cells["anchor"].to_numpy()
    times = cells["events"].to_numpy() + anchor
    spot = np.repeat(np.arange(len(cells)), times)
    low = cells["low"].to_numpy().astype("datetime64[D]").astype(np.int64)
    days = (cells["high"] - cells["low"]).dt.days.to_numpy()
    day = low[spot] + (rng.random(len(spot)) * days[spot]).astype(np.int64)
    starts = (np.cumsum(times) - times)[anchor == 1]
    day[starts] = low[anchor == 1]
    happened = day * DAY_MS + rng.integers(6 * 3_600_000, 21 * 3_600_000, len(spot))
    order = np.argsort(happened, kind="stable")
    happened, group = happened[order], cells["group"].to_numpy()[spot][order]
    late = rng.random(len(spot)) < _LATE
    delay = np.where(
        late, rng.integers(DAY_MS // 2, _LATE_DAYS * DAY_MS, len(spot)), rng.integers(80, 4_000, len(spot))
    )
    now = np.datetime64(frames.as_of, "ms").astype(np.int64)
    users = activity.groups["users"].to_numpy()[group]
    return Batch(
        number=first_number + np.arange(len(spot)),
        group=group,
        user=activity.groups["first_user"].to_numpy()[group] + (rng.random(len(spot)) * users).astype(np.int64),
        kind=rng.integers(0, len(EVENTS), len(spot)),
        happened_ms=happened,
        received_ms=np.minimum(happened + delay, np.maximum(now, happened + 80)),
    )


def taken(batch: Batch, rows: np.ndarray) -> Batch:
    return Batch(**{name: values[rows] for name, values in vars(batch).items()})


def split_late(batch: Batch, waiting: list[Batch], next_month: Any, is_last: bool) -> tuple[Batch, Batch]:
    """Rows that arrived by the end of the month, including those delayed from the last one, and rows still delayed."""
    whole = {name: np.concatenate([getattr(part, name) for part in [*waiting, batch]]) for name in vars(batch)}
    every = Batch(**whole)
    limit = next_month.astype("datetime64[ms]").astype(np.int64)
    arrived = np.ones(len(every.number), dtype=bool) if is_last else every.received_ms < limit
    return taken(every, arrived), taken(every, ~arrived)
