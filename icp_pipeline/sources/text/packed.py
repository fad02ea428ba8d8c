"""Compressed files: recognised by their bytes, whatever their names say, and unpacked before they are read.

They are unpacked into the lake's folder, not into memory, up to a size that no export has. So every reader
finds a plain file there, and a small file that unpacks to a huge one does no harm.
"""

from __future__ import annotations

import errno
import lzma
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from icp_pipeline.sources.refusal import Held

_BIGGEST = 8 * 1024**3
# The lake's disk is not filled completely: the run that follows needs space, too.
_LEFT_FREE = 512 * 1024**2
_CHUNK = 1 << 20
_MAGIC = {
    b"\x1f\x8b\x08": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"\xff\x06\x00\x00sNaPpY": "snappy",
}
_BZ2 = re.compile(rb"BZh[1-9]1AY&SY")
# The first frame of parallel zstd, and maybe of LZ4, is recognised only by the next frame.
_SKIPPED_FRAME = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_BROTLI_ENDING = ".br"
_ENDING = re.compile(r"\.(gz|gzip|zst|zstd|bz2|xz|lz4|br|sz|snappy)$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(zip|xlsx|xlsm|xls|7z|tar|tar\.\w+|tgz|rar|ods|numbers)$", re.IGNORECASE)


def refuse_archive(name: str) -> None:
    """Raises Held for an archive or a workbook, by its name."""
    if _ARCHIVE.search(name):
        raise Held("an archive or a workbook: unpack it, or save the sheet as CSV UTF-8")


def plain_name(name: str) -> str:
    """A file name without its compression extension."""
    return _ENDING.sub("", name)


@contextmanager
def unpacked(path: Path, folder: Path) -> Iterator[Path]:
    """The plain file: the landed one, or an unpacked copy in its own folder, which is deleted afterwards."""
    codec = compression_of(path)
    if codec is None:
        yield path
        return
    room = folder / "unpacked"
    room.mkdir()
    try:
        target = room / plain_name(path.name)
        _unpack(path, codec, target)
        yield target
    finally:
        shutil.rmtree(room)


def compression_of(path: Path) -> str | None:
    """The compression of a file; None for a plain one."""
    with path.open("rb") as data:
        head = data.read(16)
    found = next((codec for magic, codec in _MAGIC.items() if head.startswith(magic)), None)
    if found or not head:
        return found
    if _BZ2.match(head):
        return "bz2"
    if _SKIPPED_FRAME.match(head):
        return "zstd"
    return "brotli" if path.name.casefold().endswith(_BROTLI_ENDING) and _is_brotli(path) else None


def _is_brotli(path: Path) -> bool:
    """Brotli has no magic bytes: a file named so that does not unpack from its first byte is something else."""
    try:
        with _opened(path, "brotli") as data:
            return bool(data.read(1))
    except OSError:
        return False


def _opened(path: Path, codec: str) -> Any:
    if codec == "xz":
        return lzma.open(path, "rb")
    return pa.CompressedInputStream(pa.OSFile(str(path)), codec)


def _unpack(path: Path, codec: str, target: Path) -> None:
    if codec == "snappy":
        raise Held("compressed with snappy, which is not read: unpack it, or compress it with gzip or zstd")
    size, least_free = 0, _LEFT_FREE
    with _opened(path, codec) as data, target.open("wb") as plain:
        while chunk := _read(data, codec):
            size += len(chunk)
            if size > _BIGGEST:
                raise Held(f"unpacks to more than {_BIGGEST // 1024**3} GB: split it, or load it unpacked")
            if shutil.disk_usage(target.parent).free < least_free + len(chunk):
                raise Held(f"no room to unpack it: the lake's disk is full after {size // 1024**2:,} MB of it")
            _write(plain, chunk)


def _read(data: Any, codec: str) -> bytes:
    try:
        return bytes(data.read(_CHUNK))
    except (OSError, EOFError, lzma.LZMAError):
        raise Held(f"not readable as {codec}: it is damaged or its copy is not complete; land it again") from None


def _write(plain: BinaryIO, chunk: bytes) -> None:
    try:
        plain.write(chunk)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise Held("no room to unpack it: the lake's disk is full") from None
