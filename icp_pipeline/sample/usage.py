"""Usage files: Segment tracks by month, with late and overlapping rows, and PostHog JSON lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sample.activity import Activity, plan_activity
from icp_pipeline.sample.draws import DAY_MS, EVENTS, Batch, cells_of, drawn, months_of, split_late, taken
from icp_pipeline.sample.groups import write_group_map, write_groups
from icp_pipeline.sample.market import WorldFrames
from icp_pipeline.sample.registry import Registry
from icp_pipeline.sample.rows import body, header_line, joined
from icp_pipeline.sample.streams import Ints, stream

_SLUGS = tuple(name.lower().replace(" ", "_") for name in EVENTS)
_HEADER = ("id", "received_at", "timestamp", "event", "event_text", "user_id", "anonymous_id", "context_group_id")
_OVERLAP, _NO_GROUP, _NOISE = 0.015, 0.01, 0.02
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


def write_usage(
    folder: Path, frames: WorldFrames, registry: Registry, events: int, progress: Callable[[str], None] | None = None
) -> UsageCounts:
    """Write `events` distinct events and the files that tie groups to accounts."""
    activity = plan_activity(frames)
    counts = UsageCounts(events=events)
    _write_events(folder, frames, activity, events, counts, progress)
    counts.rows["groups.csv"] = write_groups(folder / "groups.csv", frames, registry, activity)
    counts.rows["group_map.csv"] = write_group_map(folder / "group_map.csv", frames, registry, activity)
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
    late: list[Batch] = []
    overlap: list[pa.Array] | None = None
    number = 0
    folder.mkdir(parents=True, exist_ok=True)
    months = months_of(activity, 1 if events >= _MONTHLY_FROM else 3)
    cells = cells_of(activity, months, events, rng)
    path = folder / "posthog_events.jsonl"
    with path.open("wb") as posthog:
        for place, month in enumerate(months[:-1]):
            batch = drawn(activity, cells[cells["month"] == place], number, frames, rng)
            number += len(batch.number)
            in_posthog = names.in_posthog[batch.group]
            posthog.write(_posthog_lines(taken(batch, in_posthog), names, counts))
            due, late_rows = split_late(taken(batch, ~in_posthog), late, months[place + 1], place + 2 == len(months))
            late = [late_rows]
            name = f"tracks_{month.astype('datetime64[M]')}.csv"
            overlap = _write_tracks(folder / name, due, overlap, names, counts, place + 2 == len(months), rng)
            if progress:
                progress(f"usage/{name}: {counts.rows[name]:,} rows")
    # Vendors do not export empty files, and an empty file is blocked as truncated.
    if not path.stat().st_size:
        path.unlink()


class _Names:
    """Group, user and event names as Arrow arrays, to be looked up by number."""

    def __init__(self, activity: Activity) -> None:
        groups = activity.groups
        users = np.repeat(np.arange(len(groups)), groups["users"])
        self.groups = pa.array(groups["group_id"].tolist())
        self.users = pa.array([f"u_{number:05d}" for number in range(len(users))])
        self.slugs, self.texts = pa.array(_SLUGS), pa.array(EVENTS)
        self.in_posthog = groups["in_posthog"].to_numpy(dtype=bool)
        self.is_unmapped = (groups["mapped_by"] == "nothing").to_numpy()


def _write_tracks(
    path: Path,
    batch: Batch,
    overlap: list[pa.Array] | None,
    names: _Names,
    counts: UsageCounts,
    is_last: bool,
    rng: np.random.Generator,
) -> list[pa.Array]:
    """One month's file: the end of the last month again, this month, and late events. Returns the end of this one."""
    batch = taken(batch, np.argsort(batch.received_ms, kind="stable"))
    bare = rng.random(len(batch.number)) < _NO_GROUP
    columns = _track_columns(batch, bare, names)
    counts.late += int((batch.received_ms - batch.happened_ms > DAY_MS // 4).sum())
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


def _track_columns(batch: Batch, bare: np.ndarray, names: _Names) -> list[pa.Array]:
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
    """The same events under new ids, with an invalid time."""
    size = len(columns[0])
    ids = pa.array([f"ajs-bad-{number}" for number in range(size)])
    return [ids, columns[1], pa.array(["not a time"] * size), *columns[3:]]


def _iso(moments_ms: Ints) -> pa.Array:
    text = pa.array(moments_ms).cast(pa.timestamp("ms")).cast(pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T"), "Z", "")


def _posthog_lines(batch: Batch, names: _Names, counts: UsageCounts) -> memoryview:
    """JSON lines, with the group inside `properties`; some are PostHog's own events, which are not usage."""
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
    some = taken(batch, np.arange(size) < noise)
    own = pa.array(["$identify", "$autocapture"]).take(pa.array(np.arange(noise) % 2))
    extra = _posthog_part(
        "0190a1b2-ffff-7000-8000-", uuid.slice(0, noise), own, user.slice(0, noise), group.slice(0, noise), some
    )
    return memoryview(bytes(lines) + bytes(extra)) if noise else lines


def _posthog_part(
    stem: str, uuid: pa.Array, event: pa.Array, user: pa.Array, group: pa.Array, batch: Batch
) -> memoryview:
    parts = ['{"uuid":"', stem, uuid, '","event":"', event, '","distinct_id":"', user, '","person_id":"p_', user]
    parts += ['","properties":{"$groups":{"company":"', group, '"},"$group_0":"', group, '"},"timestamp":"']
    parts += [_iso(batch.happened_ms), '","created_at":"', _iso(batch.received_ms), '"}\n']
    return joined(parts)
