"""What earlier runs found out about overlapping events files, kept in the lake beside the net files.

Per set of files one note, with the net file of each that lost something, and beside a net file the positions of the
events it lost. Everything here can be made again from the lake, so a note that cannot be read counts as none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# Net file by the name of the lake entry that lost something.
Settled = dict[str, str]
_KEPT_NOTES = 5


def recall(store: Path, names: Sequence[str]) -> Settled | None:
    """What an earlier run found for exactly these files, in this order of rank; None when no run has."""
    noted = _read(_note(store, names))
    return noted[1] if noted else None


def latest(store: Path) -> tuple[frozenset[str], Settled]:
    """The files that were settled last and what was found; nothing when there is no such note."""
    for note in reversed(_notes(store)):
        noted = _read(note)
        if noted:
            return noted
    return frozenset(), {}


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


def write_lost(net: Path, positions: np.ndarray) -> None:
    """Keep which events of its file a net file leaves out; written before the net file itself."""
    with _lost(net).open("wb") as file:
        np.save(file, positions)


def lost_positions(store: Path, net: str | None) -> np.ndarray:
    """Which events a file lost the last time, by position."""
    return np.load(_lost(store / net)) if net else np.array([], dtype=np.int64)


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
