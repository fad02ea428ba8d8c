"""What earlier runs found out about overlapping events files, kept in the lake beside the net files.

Per set of files one note, with the net file of each that lost something, and beside a net file the positions of the
events it lost. Everything here can be made again from the lake, so a note that cannot be read counts as none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# Net file by the name of the lake entry that lost something.
Settled = dict[str, str]
_KEPT_NOTES = 5


@dataclass(frozen=True)
class Earlier:
    """What was settled last: of which files, their net files, and by the same names the positions of lost events."""

    names: frozenset[str] = frozenset()
    settled: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, np.ndarray] = field(default_factory=dict)


def recall(store: Path, names: Sequence[str]) -> Settled | None:
    """What an earlier run found for exactly these files, in this order of rank; None when no run has."""
    noted = _read(_note(store, names))
    return noted[1] if noted else None


def latest(store: Path) -> Earlier:
    """What was settled last; nothing when there is no such note."""
    for note in reversed(_notes(store)):
        names, settled = _read(note) or (frozenset(), {})
        lost = {entry: lost_positions(store / net) for entry, net in settled.items()}
        known = {entry: positions for entry, positions in lost.items() if positions is not None}
        if names and len(known) == len(lost):
            return Earlier(names, settled, known)
    return Earlier()


def remember(store: Path, names: Sequence[str], settled: Settled) -> None:
    """Note what was found, and forget what none of the last notes needs."""
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
            _lost(net).unlink(missing_ok=True)


def net_name(entry: str, positions: np.ndarray) -> str:
    """The net file of an entry that lost these events."""
    return f"{entry}-{hashlib.sha256(positions.tobytes()).hexdigest()[:16]}.parquet"


def write_lost(net: Path, positions: np.ndarray) -> None:
    """Keep which events of its file a net file leaves out; written before the net file itself."""
    with _lost(net).open("wb") as file:
        np.save(file, positions)


def lost_positions(net: Path) -> np.ndarray | None:
    """Which events of its file a net file leaves out; None when that is not known for certain."""
    try:
        positions = np.load(_lost(net))
    except (OSError, ValueError, EOFError):
        return None
    return positions if net_name(net.name.split("-")[0], positions) == net.name else None


def _lost(net: Path) -> Path:
    return net.with_suffix(".lost")


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
    return (files, settled) if all(net.is_file() and _lost(net).is_file() for net in nets) else None
