"""Results of earlier runs on overlapping event files, kept in the lake beside the net files.

One note per set of files, with the net file of each that lost events, and beside a net file the events it lost, as
Parquet: their hashes, daily rows and weights. Everything here can be rebuilt from the lake, so an unreadable note
counts as missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# Net file by the name of the lake entry that lost events.
Settled = dict[str, str]
_KEPT_NOTES = 5


@dataclass(frozen=True)
class Earlier:
    """The last results: their files, and the net files."""

    names: frozenset[str] = frozenset()
    settled: Mapping[str, str] = field(default_factory=dict)


def recall(store: Path, names: Sequence[str]) -> Settled | None:
    """The result of an earlier run for exactly these files, in this order of rank; None if there is none."""
    noted = _read(_note(store, names))
    return noted[1] if noted else None


def latest(store: Path) -> Earlier:
    """The last results; empty if there is no such note."""
    for note in reversed(_notes(store)):
        names, settled = _read(note) or (frozenset(), {})
        if names and all(is_whole(store / net) for net in settled.values()):
            return Earlier(names, settled)
    return Earlier()


def remember(store: Path, names: Sequence[str], settled: Settled) -> None:
    """Save what was found, and delete what none of the last notes needs."""
    note = _note(store, names)
    unfinished = note.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"files": list(names), "settled": settled}), encoding="utf-8")
    unfinished.replace(note)
    for old in _notes(store)[:-_KEPT_NOTES]:
        old.unlink()
    needed = {net for note in _notes(store) if (noted := _read(note)) for net in noted[1].values()}
    for net in store.glob("*.parquet"):
        if net.name not in needed:
            net.unlink()
            lost_path(net).unlink(missing_ok=True)


def net_name(entry: str, lost: pa.Table) -> str:
    """The net file of an entry that lost these events, which are in order."""
    digest = hashlib.sha256()
    for column in lost.columns:
        digest.update(column.to_numpy().tobytes())
    return f"{entry}-{digest.hexdigest()[:16]}.parquet"


def write_lost(net: Path, lost: pa.Table) -> None:
    """Save which events of its file a net file leaves out; written before the net file itself."""
    pq.write_table(lost, lost_path(net), compression="snappy", use_dictionary=["weight"], store_schema=False)


def lost_path(net: Path) -> Path:
    """Where that is, as Parquet."""
    return net.with_suffix(".lost")


def is_whole(net: Path) -> bool:
    """Whether it is known for certain which events of its file a net file leaves out."""
    try:
        lost = pq.read_table(lost_path(net))
    except (OSError, pa.ArrowException):
        return False
    return net_name(net.name.split("-")[0], lost) == net.name


def _note(store: Path, names: Sequence[str]) -> Path:
    return store / f"{hashlib.sha256(' '.join(names).encode()).hexdigest()[:32]}.json"


def _notes(store: Path) -> list[Path]:
    """Oldest first."""
    return sorted(store.glob("*.json"), key=lambda note: (note.stat().st_mtime_ns, note.name))


def _read(note: Path) -> tuple[frozenset[str], Settled] | None:
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
        files, settled = frozenset(content["files"]), dict(content["settled"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    nets = [note.with_name(net) for net in settled.values()]
    return (files, settled) if all(net.is_file() and lost_path(net).is_file() for net in nets) else None
