"""What was worked out before, as JSON: of SQL where Python keeps its own compiled files, of a home in its state.

A file that is missing, older, cut short or changed counts as none; where none can be written, none is.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

_PLACE = Path(importlib.util.cache_from_source(__file__)).parent


def kept_file(name: str) -> Path:
    """Where a file of that name is kept beside Python's own."""
    return _PLACE / name


def read_kept(path: Path, key: str) -> Any:
    """What was written under this key, or None."""
    with contextlib.suppress(OSError, ValueError):
        written_for, checksum, text = path.read_text(encoding="utf-8").split("\n", 2)
        if written_for == key and checksum == _checksum(text):
            return json.loads(text)
    return None


def is_kept(path: Path, key: str) -> bool:
    """Whether something was written under this key; only `read_kept` knows whether it is whole."""
    with contextlib.suppress(OSError, ValueError), path.open(encoding="utf-8") as file:
        return file.readline().rstrip("\n") == key
    return False


def write_kept(path: Path, key: str, value: Any, mode: int = 0o666) -> None:
    """Keep a value in place of whatever was kept in that file; `mode` as the umask leaves it."""
    text = json.dumps(value)
    arriving = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # What a killed process left there has its own mode.
        arriving.unlink(missing_ok=True)
        try:
            handle = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{key}\n{_checksum(text)}\n{text}")
            arriving.replace(path)
        finally:
            arriving.unlink(missing_ok=True)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
