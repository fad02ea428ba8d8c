"""What is in the landing folder, and what must not be opened: links, pipes, odd names, unfinished copies."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from icp_pipeline.sources.text.table_formats import TableFormat, is_part, table_format

_SAFE_NAME = re.compile(r"[^\x00-\x1f\x7f*?\[\]'\"`;|<>\\]+")
# Far beyond any export; a file of this size is a mistake or an attack, and would fill the lake's disk.
_LARGEST = 64 * 1024**3
_UNFINISHED = (
    *(".part", ".crdownload", ".tmp", ".temp", ".partial", ".filepart", ".download", ".opdownload", ".aria2"),
    *(".incomplete", ".inprogress", ".writing"),
)
_NOTES = (".md", ".sdl", ".log", ".yaml", ".yml", ".html", ".pdf", ".docx")
# What Windows and macOS leave in every folder that was viewed, and beside every file from the web.
_SYSTEM = ("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r")
_SYSTEM_STREAMS = ("zone.identifier", ":com.dropbox.attrs", ":com.dropbox.attributes")
# Deleted files and snapshots on shares of Windows, Synology, QNAP and NetApp: old exports, not landed ones.
_SYSTEM_FOLDERS = (
    *("__macosx", "$recycle.bin", "system volume information", "lost+found"),
    *("@eadir", "#recycle", "@recycle", "#snapshot", "~snapshot", "@recently-snapshot"),
)
# What Spark, Hadoop, Delta Lake and Iceberg write beside the data as metadata.
_MARKER = re.compile(
    r"_success|_committed_.*|_started_.*|_metadata|_common_metadata|_finished|_manifest|manifest(\.json)?|"
    r".*[._-]manifest(\.json)?|.*\.metadata\.json|version-hint\.text|"
    r".*\.(crc|md5|sha1|sha256|sha512|asc|sig|done|ok|ready|complete|success|trigger)"
)
_MARKER_FOLDERS = (
    *("_delta_log", "_symlink_format_manifest", "_spark_metadata", "_temporary", "_change_data", "_committed"),
    "_delta_index",
)
# Files of these names hold data, and so should not be empty.
_DATA = re.compile(
    r".*\.(csv|tsv|dat|txt|json|jsonl|ndjson|parquet|xlsx|xlsm|xls|ods|numbers|zip|gz|tgz|tar|7z|rar)(\.\w{1,5})?"
)


@dataclass(frozen=True)
class Found:
    """One entry under landing/. `refusal` says why it is blocked, `skip` why it is ignored.

    `is_note`: it is ignored unless a mapping names it.
    """

    path: Path
    name: str
    source: str
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    ctime_ns: int = 0
    refusal: str | None = None
    skip: str | None = None
    is_note: bool = False

    @property
    def stamp(self) -> list[int]:
        """What changes whenever the file's content may have changed."""
        return [self.size, self.mtime_ns, self.inode, self.ctime_ns]

    def as_seen_here(self) -> Found:
        """The same file as it is now, on another machine, which may have another inode number for it."""
        now = self.path.stat()
        return replace(self, size=now.st_size, mtime_ns=now.st_mtime_ns, inode=now.st_ino, ctime_ns=now.st_ctime_ns)

    def unchanged(self) -> bool:
        """Whether the file is still the one that was scanned."""
        now = self.path.stat()
        return [now.st_size, now.st_mtime_ns, now.st_ino, now.st_ctime_ns] == self.stamp


def scan(landing: Path) -> list[Found]:
    """Every entry below landing/, by name; nothing is opened and no link is followed."""
    return sorted(_walk(landing, landing), key=lambda found: found.name)


def shown(name: str) -> str:
    """A file name that is safe to print on one line, and valid text whatever its bytes are."""
    return "".join(char if char.isprintable() else f"\\x{_byte_or_code(char):02x}" for char in name)


def _byte_or_code(char: str) -> int:
    """Python reads each byte that is no UTF-8 as a surrogate."""
    code = ord(char)
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code


def _walk(folder: Path, landing: Path, inside: TableFormat | None = None) -> Iterator[Found]:
    if not folder.is_dir():
        return
    table = table_format(folder)
    inside = table or inside
    for entry in os.scandir(folder):
        if table and entry.name == table.records:
            yield _found(entry, landing, refusal=table.refusal)
        elif entry.name.startswith("."):
            continue
        elif entry.is_dir(follow_symlinks=False):
            if skip := _skip_folder(entry.name):
                yield _found(entry, landing, skip=skip)
            elif _looks_like_file(entry.name) and not _holds_parts(Path(entry.path)):
                yield _found(entry, landing, refusal="a folder where a file is expected: land the file itself")
            else:
                yield from _walk(Path(entry.path), landing, inside)
        elif inside and is_part(entry.name):
            yield _found(entry, landing, skip=inside.skip)
        else:
            is_note = entry.name.casefold().endswith(_NOTES)
            skip = "a note, not data" if is_note else _skip(entry)
            yield _found(
                entry, landing, refusal=None if skip and not is_note else _refusal(entry), skip=skip, is_note=is_note
            )


def _found(
    entry: os.DirEntry[str],
    landing: Path,
    refusal: str | None = None,
    skip: str | None = None,
    is_note: bool = False,
) -> Found:
    name = shown(Path(entry.path).relative_to(landing).as_posix())
    facts = entry.stat(follow_symlinks=False)
    return Found(
        path=Path(entry.path),
        name=name,
        source=name.split("/")[0] if "/" in name else "",
        size=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        inode=facts.st_ino,
        ctime_ns=facts.st_ctime_ns,
        refusal=refusal,
        skip=skip,
        is_note=is_note,
    )


def _looks_like_file(name: str) -> bool:
    return name.casefold().endswith((".csv", ".json", ".jsonl", ".parquet"))


def _holds_parts(folder: Path) -> bool:
    """Whether it is what Spark writes when given a file name: a folder of parts."""
    return any(entry.name.startswith(("part-", "_SUCCESS", "_delta_log")) for entry in os.scandir(folder))


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


def _skip_folder(name: str) -> str | None:
    lower = name.casefold()
    if lower.endswith(_UNFINISHED):  # Safari's is a folder, in which the file grows under its final name
        return "an unfinished copy"
    if lower in _SYSTEM_FOLDERS:
        return "a folder of the operating system, not data"
    return "a folder in which a table keeps its own records, not data" if lower in _MARKER_FOLDERS else None


def _skip(entry: os.DirEntry[str]) -> str | None:
    lower = entry.name.casefold()
    if lower.endswith(_UNFINISHED) or lower.startswith("~$"):
        return "an unfinished copy"
    if lower in _SYSTEM or lower.endswith(_SYSTEM_STREAMS):
        return "a file of the operating system, not data"
    if _MARKER.fullmatch(lower):
        return "a marker that another program left beside its data, not data"
    # A pipe or a device has no size either.
    is_empty = entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size == 0
    return "an empty marker file, not data" if is_empty and not _DATA.fullmatch(lower) else None
