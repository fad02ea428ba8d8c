"""What is printed goes to a terminal, a file or a program that may not take it: then a run ends as it would have.

Whether something was published is told by the exit code, and must not depend on who reads along.
"""

from __future__ import annotations

import codecs
import errno
import os
import sys
import unicodedata
from typing import Any, TextIO

# Marks that are drawn; letters lose their accents, and what has no likeness is a question mark.
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
        """Write, or drop what nobody can take."""
        return self._try(lambda: self._stream.write(text), len(text))

    def flush(self) -> None:
        """Flush, unless it was refused before."""
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
    """What is still in the buffer is written somewhere when the program ends, or Python complains there."""
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return
    nobody = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, number)
    os.close(nobody)


def open_streams() -> tuple[Stream, Stream]:
    """Make stdout and stderr take any text, and outlive those who read them."""
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
