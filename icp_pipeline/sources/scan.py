"""What lies in the landing folder, and what must not be opened: links, pipes, odd names, unfinished copies."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SAFE_NAME = re.compile(r"[^\x00-\x1f\x7f*?\[\]'\"`;|<>\\]+")
# Far beyond any export; a file of this size is a mistake or an attack, and would fill the disk of the lake.
_LARGEST = 64 * 1024**3
_UNFINISHED = (".part", ".crdownload", ".tmp", ".partial", ".filepart")
_NOTES = (".md", ".txt", ".sdl", ".log", ".yaml", ".yml", ".html", ".pdf", ".docx")
# What Windows leaves in every folder that somebody looked at.
_SYSTEM = ("thumbs.db", "ehthumbs.db", "desktop.ini")
_PACKED = (".zip", ".gz", ".xlsx", ".xls", ".7z", ".zst", ".bz2", ".xz", ".tar", ".tgz", ".rar", ".ods", ".numbers")


@dataclass(frozen=True)
class Found:
    """One entry under landing/. `refusal` says why it is held, `skip` why it is left alone."""

    path: Path
    name: str
    source: str
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    ctime_ns: int = 0
    refusal: str | None = None
    skip: str | None = None

    @property
    def stamp(self) -> list[int]:
        """What changes whenever the file's content may have changed."""
        return [self.size, self.mtime_ns, self.inode, self.ctime_ns]

    def unchanged(self) -> bool:
        """Whether the file is still the one that was scanned."""
        now = self.path.stat()
        return [now.st_size, now.st_mtime_ns, now.st_ino, now.st_ctime_ns] == self.stamp


def scan(landing: Path) -> list[Found]:
    """Every entry below landing/, by name; nothing is opened and no link is followed."""
    return sorted(_walk(landing, landing), key=lambda found: found.name)


def shown(name: str) -> str:
    """A file name that is safe to print on one line."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in name)


def _walk(folder: Path, landing: Path) -> Iterator[Found]:
    if not folder.is_dir():
        return
    for entry in os.scandir(folder):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if _looks_like_file(entry.name):
                yield _found(entry, landing, refusal="a folder where a file is expected: land the file itself")
            else:
                yield from _walk(Path(entry.path), landing)
        else:
            yield _found(entry, landing, refusal=_refusal(entry), skip=_skip(entry.name))


def _found(entry: os.DirEntry[str], landing: Path, refusal: str | None = None, skip: str | None = None) -> Found:
    name = Path(entry.path).relative_to(landing).as_posix()
    facts = entry.stat(follow_symlinks=False)
    return Found(
        path=Path(entry.path),
        name=shown(name),
        source=name.split("/")[0] if "/" in name else "",
        size=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        inode=facts.st_ino,
        ctime_ns=facts.st_ctime_ns,
        refusal=refusal,
        skip=skip,
    )


def _looks_like_file(name: str) -> bool:
    return name.casefold().endswith((".csv", ".json", ".jsonl", ".parquet"))


def _refusal(entry: os.DirEntry[str]) -> str | None:
    mode = entry.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        return "a symbolic link: copy the file itself into the landing folder"
    if not stat.S_ISREG(mode):
        return "not a regular file (a pipe, socket or device)"
    if entry.stat(follow_symlinks=False).st_size > _LARGEST:
        return f"larger than {_LARGEST // 1024**3} GB: split it, or land only what is new"
    if not _SAFE_NAME.fullmatch(entry.name):
        return "file name with control, quote or wildcard characters: rename it"
    return None


def _skip(name: str) -> str | None:
    lower = name.casefold()
    if lower.endswith(_UNFINISHED) or lower.startswith("~$"):
        return "an unfinished copy"
    if lower in _SYSTEM:
        return "a file of the operating system, not data"
    return "a note, not data" if lower.endswith(_NOTES) else None


def packed(name: str) -> str | None:
    """Why an archive or workbook cannot be read, by its name."""
    if name.casefold().endswith(_PACKED):
        return "an archive or a workbook: unpack it, or save the sheet as CSV UTF-8"
    return None
