"""Output may go to a terminal, a file or a program that cannot take it: the run still ends as it would have.

The exit code says whether something was published, and must not depend on who reads the output.
"""

from __future__ import annotations

import codecs
import errno
import os
import sys
import unicodedata
from typing import Any, TextIO

# Drawn symbols; letters lose their accents, and what has no equivalent becomes a question mark.
_DRAWN = str.maketrans(
    dict.fromkeys("█▉▊▋▌▍▎▏▐", "#")
    | dict.fromkeys("┌┐└┘├┤┬┴┼", "+")
    | dict.fromkeys("│┃", "|")
    | dict.fromkeys("─━−–—", "-")
    | dict.fromkeys("’‘", "'")
    | dict.fromkeys("“”", '"')
    | {"…": "...", "·": ".", "×": "x", "≥": ">=", "≤": "<=", "→": "->"}
)


def plain(text: str) -> str:
    """A text converted to ASCII, character by character."""
    drawn = text.translate(_DRAWN)
    return "".join(unicodedata.normalize("NFKD", mark).encode("ascii", "ignore").decode() or "?" for mark in drawn)


def _in_plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


class Stream:
    """A stream whose reader may close it; errors are remembered, not raised."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.refused: OSError | None = None

    def write(self, text: str) -> int:
        """Write, or drop what cannot be written."""
        return self._try(lambda: self._stream.write(text), len(text))

    def flush(self) -> None:
        """Flush, unless it failed before."""
        self._try(self._stream.flush, None)

    @property
    def was_lost(self) -> bool:
        """Whether output was lost; a closed pipe does not count, because its reader wanted no more."""
        return self.refused is not None and self.refused.errno != errno.EPIPE

    def _try(self, action: Any, otherwise: Any) -> Any:
        if self.refused is not None:
            return otherwise
        try:
            return action()
        except OSError as error:
            self.refused = error
            _to_nobody(self._stream)
            return otherwise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _to_nobody(stream: TextIO) -> None:
    """Discard the buffer, or Python complains when it flushes it at exit."""
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return
    nobody = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, number)
    os.close(nobody)


def open_streams() -> tuple[Stream, Stream]:
    """Make stdout and stderr accept any text, and survive when their reader is gone."""
    codecs.register_error("icp_plain", _in_plain)
    # Else the next file that is opened, a database perhaps, gets the number of the stream that is closed.
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name) or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="icp_plain")
        setattr(sys, name, stream if isinstance(stream, Stream) else Stream(stream))
    return sys.stdout, sys.stderr  # type: ignore[return-value]


def is_terminal() -> bool:
    """Whether stdout is a terminal; it may be closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def takes_any_letter(stream: Any) -> bool:
    """Whether a stream's encoding has all characters."""
    return (getattr(stream, "encoding", None) or "utf-8").casefold().replace("-", "").startswith("utf")
