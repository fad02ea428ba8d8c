"""A name for the code of a room or module: what it made before may be taken over only while it is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path


@cache
def code_digest(room: Path, suffixes: Sequence[str] = (".py",)) -> bytes:
    """A digest of the room's files with these suffixes, or of the one file that is given, wherever the project lies.

    Taken once per process: what is loaded does not change with the files.
    """
    digest = hashlib.sha256()
    for path in [room] if room.is_file() else sorted(room.rglob("*.*")):
        if path.suffix in suffixes:
            digest.update(f"{room.name}/{path.relative_to(room)}\n".encode() + path.read_bytes())
    return digest.digest()
