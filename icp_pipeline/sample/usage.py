"""Usage files: Segment tracks by month (late and overlapping rows), Segment groups, a mapping, PostHog JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sample.activity import Activity, plan_activity
from icp_pipeline.sample.registry import Registry
from icp_pipeline.sample.rows import body, header_line, joined, write_csv, zulu
from icp_pipeline.sample.salesforce import moments
from icp_pipeline.sample.streams import Ints, stream
from icp_pipeline.sample.world import WorldFrames

_EVENTS = ("Report Shared", "Dashboard Viewed", "Query Run", "User Invited", "Export Created", "Signed In")
_SLUGS = tuple(name.lower().replace(" ", "_") for name in _EVENTS)
_HEADER = ("id", "received_at", "timestamp", "event", "event_text", "user_id", "anonymous_id", "context_group_id")
_LATE, _LATE_DAYS, _OVERLAP, _NO_GROUP, _NOISE = 0.01, 20, 0.015, 0.01, 0.02
_DAY_MS = 86_400_000
# Fewer events than this are exported by quarter, so that a small company is not a hundred tiny files.
_MONTHLY_FROM = 100_000
BAD_TIMES = 2


@dataclass
class UsageCounts:
    """What was written: rows per file, and the figures the planted truth reports."""

    rows: dict[str, int] = field(default_factory=dict)
    events: int = 0
    late: int = 0
    overlapping: int = 0
    without_group: int = 0
    unmapped: int = 0
    posthog_noise: int = 0


@dataclass(frozen=True)
class _Batch:
    """Events of one month, as plain numbers."""

    number: Ints
    group: Ints
    user: Ints
    kind: Ints
    happened_ms: Ints
    received_ms: Ints


def write_usage(
    folder: Path, frames: WorldFrames, registry: Registry, events: int, progress: Callable[[str], None] | None = None
) -> UsageCounts:
    """Write `events` distinct events and the files that tie groups to accounts."""
    activity = plan_activity(frames)
    counts = UsageCounts(events=events)
    _write_events(folder, frames, activity, events, counts, progress)
    counts.rows["groups.csv"] = _write_groups(folder / "groups.csv", frames, registry, activity)
    counts.rows["group_map.csv"] = _write_group_map(folder / "group_map.csv", frames, registry, activity)
    return counts


def _write_events(
    folder: Path,
    frames: WorldFrames,
    activity: Activity,
    events: int,
    counts: UsageCounts,
    progress: Callable[[str], None] | None,
) -> None:
    rng = stream(frames.seed, "events")
    names = _Names(activity)
    late: list[_Batch] = []
    overlap: list[pa.Array] | None = None
    number = 0
    folder.mkdir(parents=True, exist_ok=True)
    months = _months(activity, 1 if events >= _MONTHLY_FROM else 3)
    cells = _cells(activity, months, events, rng)
    with (folder / "posthog_events.jsonl").open("wb") as posthog:
        for place, month in enumerate(months[:-1]):
            batch = _drawn(activity, cells[cells["month"] == place], number, frames, rng)
            number += len(batch.number)
            in_posthog = names.in_posthog[batch.group]
            posthog.write(_posthog_lines(_taken(batch, in_posthog), names, counts))
            due, late_rows = _split_late(_taken(batch, ~in_posthog), late, months[place + 1], place + 2 == len(months))
            late = [late_rows]
            name = f"tracks_{month.astype('datetime64[M]')}.csv"
            overlap = _write_tracks(folder / name, due, overlap, names, counts, place + 2 == len(months), rng)
            if progress:
                progress(f"usage/{name}: {counts.rows[name]:,} rows")


def _months(activity: Activity, step: int) -> np.ndarray:
    """The first days of the files' months (or quarters), and of the one after the last."""
    first = activity.spans["start"].min().to_datetime64().astype("datetime64[M]")
    last = activity.spans["end"].max().to_datetime64().astype("datetime64[M]")
    return np.arange(first, last + 1 + step, step).astype("datetime64[D]")


def _cells(activity: Activity, months: np.ndarray, events: int, rng: np.random.Generator) -> pd.DataFrame:
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


def _drawn(
    activity: Activity, cells: pd.DataFrame, first_number: int, frames: WorldFrames, rng: np.random.Generator
) -> _Batch:
    """One month's events in order of time."""
    anchor = cells["anchor"].to_numpy()
    times = cells["events"].to_numpy() + anchor
    spot = np.repeat(np.arange(len(cells)), times)
    low = cells["low"].to_numpy().astype("datetime64[D]").astype(np.int64)
    days = (cells["high"] - cells["low"]).dt.days.to_numpy()
    day = low[spot] + (rng.random(len(spot)) * days[spot]).astype(np.int64)
    starts = (np.cumsum(times) - times)[anchor == 1]
    day[starts] = low[anchor == 1]
    happened = day * _DAY_MS + rng.integers(6 * 3_600_000, 21 * 3_600_000, len(spot))
    order = np.argsort(happened, kind="stable")
    happened, group = happened[order], cells["group"].to_numpy()[spot][order]
    late = rng.random(len(spot)) < _LATE
    delay = np.where(
        late, rng.integers(_DAY_MS // 2, _LATE_DAYS * _DAY_MS, len(spot)), rng.integers(80, 4_000, len(spot))
    )
    now = np.datetime64(frames.as_of, "ms").astype(np.int64)
    users = activity.groups["users"].to_numpy()[group]
    return _Batch(
        number=first_number + np.arange(len(spot)),
        group=group,
        user=activity.groups["first_user"].to_numpy()[group] + (rng.random(len(spot)) * users).astype(np.int64),
        kind=rng.integers(0, len(_EVENTS), len(spot)),
        happened_ms=happened,
        received_ms=np.minimum(happened + delay, np.maximum(now, happened + 80)),
    )


class _Names:
    """Group, user and event names as Arrow arrays, to be looked up by number."""

    def __init__(self, activity: Activity) -> None:
        groups = activity.groups
        users = np.repeat(np.arange(len(groups)), groups["users"])
        self.groups = pa.array(groups["group_id"].tolist())
        self.users = pa.array([f"u_{number:05d}" for number in range(len(users))])
        self.slugs, self.texts = pa.array(_SLUGS), pa.array(_EVENTS)
        self.in_posthog = groups["in_posthog"].to_numpy(dtype=bool)
        self.is_unmapped = (groups["mapped_by"] == "nothing").to_numpy()


def _taken(batch: _Batch, rows: np.ndarray) -> _Batch:
    return _Batch(**{name: values[rows] for name, values in vars(batch).items()})


def _split_late(batch: _Batch, waiting: list[_Batch], next_month: Any, is_last: bool) -> tuple[_Batch, _Batch]:
    """Rows that arrived by the end of the month with those waiting from the last one, and rows still on their way."""
    whole = {name: np.concatenate([getattr(part, name) for part in [*waiting, batch]]) for name in vars(batch)}
    every = _Batch(**whole)
    limit = next_month.astype("datetime64[ms]").astype(np.int64)
    arrived = np.ones(len(every.number), dtype=bool) if is_last else every.received_ms < limit
    return _taken(every, arrived), _taken(every, ~arrived)


def _write_tracks(
    path: Path,
    batch: _Batch,
    overlap: list[pa.Array] | None,
    names: _Names,
    counts: UsageCounts,
    is_last: bool,
    rng: np.random.Generator,
) -> list[pa.Array]:
    """One month's file: the end of the month before again, this month, what came late. Returns the end of this one."""
    batch = _taken(batch, np.argsort(batch.received_ms, kind="stable"))
    bare = rng.random(len(batch.number)) < _NO_GROUP
    columns = _track_columns(batch, bare, names)
    counts.late += int((batch.received_ms - batch.happened_ms > _DAY_MS // 4).sum())
    counts.without_group += int(bare.sum())
    counts.unmapped += int((names.is_unmapped[batch.group] & ~bare).sum())
    size = len(batch.number)
    again = 0 if overlap is None else len(overlap[0])
    counts.overlapping += again
    bad = BAD_TIMES if is_last and size >= BAD_TIMES else 0
    with path.open("wb") as file:
        file.write(header_line(_HEADER).encode())
        if overlap is not None:
            file.write(body(overlap))
        file.write(body(columns))
        if bad:
            file.write(body(_with_bad_times([column.slice(0, bad) for column in columns])))
    counts.rows[path.name] = size + again + bad
    kept = int(size * _OVERLAP)
    return [column.slice(size - kept) for column in columns]


def _track_columns(batch: _Batch, bare: np.ndarray, names: _Names) -> list[pa.Array]:
    groups = names.groups.take(pa.array(batch.group))
    return [
        pc.binary_join_element_wise("ajs-", pa.array(1_000_000_000 + batch.number).cast(pa.string()), ""),
        _iso(batch.received_ms),
        _iso(batch.happened_ms),
        names.slugs.take(pa.array(batch.kind)),
        names.texts.take(pa.array(batch.kind)),
        names.users.take(pa.array(batch.user)),
        pa.array([""]).take(pa.array(np.zeros(len(bare), dtype=np.int64))),
        pc.if_else(pa.array(bare), "", groups),
    ]


def _with_bad_times(columns: list[pa.Array]) -> list[pa.Array]:
    """The same events under new ids, with a time that is none."""
    size = len(columns[0])
    ids = pa.array([f"ajs-bad-{number}" for number in range(size)])
    return [ids, columns[1], pa.array(["not a time"] * size), *columns[3:]]


def _iso(moments_ms: Ints) -> pa.Array:
    text = pa.array(moments_ms).cast(pa.timestamp("ms")).cast(pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")


def _posthog_lines(batch: _Batch, names: _Names, counts: UsageCounts) -> memoryview:
    """JSON lines, the group inside `properties`; some lines are PostHog's own bookkeeping, which is no usage."""
    size = len(batch.number)
    if not size:
        return memoryview(b"")
    group, user = names.groups.take(pa.array(batch.group)), names.users.take(pa.array(batch.user))
    counts.unmapped += int(names.is_unmapped[batch.group].sum())
    counts.rows["posthog_events.jsonl"] = counts.rows.get("posthog_events.jsonl", 0) + size
    event = pc.replace_substring(names.slugs.take(pa.array(batch.kind)), "_", " ")
    uuid = pc.utf8_lpad(pa.array(batch.number).cast(pa.string()), 12, "0")
    lines = _posthog_part("0190a1b2-0000-7000-8000-", uuid, event, user, group, batch)
    noise = int(size * _NOISE)
    counts.posthog_noise += noise
    counts.rows["posthog_events.jsonl"] += noise
    some = _taken(batch, np.arange(size) < noise)
    own = pa.array(["$identify", "$autocapture"]).take(pa.array(np.arange(noise) % 2))
    extra = _posthog_part(
        "0190a1b2-ffff-7000-8000-", uuid.slice(0, noise), own, user.slice(0, noise), group.slice(0, noise), some
    )
    return memoryview(bytes(lines) + bytes(extra)) if noise else lines


def _posthog_part(
    stem: str, uuid: pa.Array, event: pa.Array, user: pa.Array, group: pa.Array, batch: _Batch
) -> memoryview:
    parts = ['{"uuid":"', stem, uuid, '","event":"', event, '","distinct_id":"', user, '","person_id":"p_', user]
    parts += ['","properties":{"$groups":{"company":"', group, '"},"$group_0":"', group, '"},"timestamp":"']
    parts += [_iso(batch.happened_ms), '","created_at":"', _iso(batch.received_ms), '"}\n']
    return joined(parts)


def _write_groups(path: Path, frames: WorldFrames, registry: Registry, activity: Activity) -> int:
    """Segment's `groups`: a row per call, so the first call of a group often knows less than the last."""
    rng = stream(frames.seed, "groups")
    groups = activity.groups[activity.groups["account"] >= 0].reset_index(drop=True)
    calls = groups.loc[groups.index.repeat(2)].reset_index(drop=True)
    is_last = np.arange(len(calls)) % 2 == 1
    account = calls["account"].to_numpy()
    began = activity.spans.groupby("group")["start"].min().reindex(groups.index).to_numpy()
    received = moments(np.repeat(began, 2), rng) + np.where(is_last, 86_400, 0)
    domain = frames.accounts["domain"].to_numpy(dtype=object)[account]
    crm_id = registry.accounts["crm_id"].to_numpy(dtype=object)[account]
    by = calls["mapped_by"].to_numpy()
    columns = {
        "id": [f"ajs-g-{number}" for number in range(len(calls))],
        "group_id": calls["group_id"].to_numpy(),
        "user_id": [
            f"u_{number:05d}" for number in calls["first_user"].to_numpy() + is_last * (calls["users"].to_numpy() - 1)
        ],
        "anonymous_id": np.full(len(calls), "", dtype=object),
        "name": frames.accounts["short_name"].to_numpy(dtype=object)[account],
        "plan": np.where(is_last, "team", "trial"),
        "domain": np.where((by == "domain") & is_last, domain, ""),
        "crm_account_id": np.where((by == "crm_id") & is_last, crm_id, ""),
        "received_at": zulu(received),
        "sent_at": zulu(received),
    }
    return write_csv(path, columns)


def _write_group_map(path: Path, frames: WorldFrames, registry: Registry, activity: Activity) -> int:
    """The app team's own list, for groups whose traits say nothing."""
    groups = activity.groups[activity.groups["mapped_by"] == "file"]
    account = groups["account"].to_numpy()
    by_domain = np.arange(len(groups)) % 3 == 0
    columns = {
        "group_id": groups["group_id"].to_numpy(),
        "crm_account_id": np.where(by_domain, "", registry.accounts["crm_id"].to_numpy(dtype=object)[account]),
        "domain": np.where(by_domain, frames.accounts["domain"].to_numpy(dtype=object)[account], ""),
    }
    return write_csv(path, columns)
