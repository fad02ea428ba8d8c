"""Where this machine and Spark exchange files: a folder that both have under one path, or a bucket that both reach.

Versions do not depend on it: what Spark wrote is fetched, counted and taken in.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Protocol

from icp_pipeline.errors import IcpError, SettingsError, SparkError
from icp_pipeline.kept_json import read_kept, write_kept
from icp_pipeline.warehouse.paths import shown_dir

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

# One connection is slower than most networks.
_AT_A_TIME = 8
# Read and written at a time: a request for each takes as long as some megabytes.
_CHUNK = 8 << 20
# An upload that this home does not have may be of a dry run of it, which has landed more.
_SHARED_FOR = datetime.timedelta(days=1)
_CODE = re.compile(r"AWS Error ([A-Z_]+)")
_REFUSED = re.compile(
    r"ACCESS_DENIED|FORBIDDEN|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|EXPIRED_TOKEN|INVALID_CLIENT_TOKEN_ID|"
    r"UNRECOGNIZED_CLIENT|MISSING_AUTHENTICATION_TOKEN|HTTP response code [^\w]*40[13]"
)


class Exchange(Protocol):
    """Belongs to one run; several threads use it."""

    # On this machine: files for Spark, and what was fetched.
    folder: Path
    # Why rows that Spark wrote may be missing here, and what to do.
    missing_rows: str

    def begin(self) -> None:
        """Look up what is already there."""

    def send(self, files: Sequence[Path]) -> list[str]:
        """Put files where Spark reads them; returns their addresses there."""

    def address(self, name: str) -> str:
        """Where Spark writes the result of that name."""

    def fetch(self, name: str) -> Path:
        """The folder on this machine with what Spark wrote there."""

    def interrupt(self) -> None:
        """Begin with no further file."""

    def remove(self, run: str) -> None:
        """Delete what a run left."""

    def close(self) -> None:
        """Delete what belongs to this run."""


def is_written(path: PurePath) -> bool:
    """Whether Spark wrote this file of a result as rows; what lost tasks left is in `_temporary` and does not count."""
    is_left = any(part.startswith("_") for part in path.parts)
    return path.name.startswith("part-") and path.suffix == ".parquet" and not is_left


class SharedFolder:
    """A folder with the same path on Spark's workers."""

    missing_rows = "Some workers do not share that folder: mount it on all, then run again."

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> None:
        """Nothing is kept beyond a run."""

    def send(self, files: Sequence[Path]) -> list[str]:
        """Files are where they are."""
        return [_of_file(path) for path in files]

    def address(self, name: str) -> str:
        """Where Spark writes the result of that name."""
        return _of_file(self.folder / name)

    def fetch(self, name: str) -> Path:
        """Results are where Spark wrote them."""
        return self.folder / name

    def interrupt(self) -> None:
        """Nothing takes long."""

    def remove(self, run: str) -> None:
        """Delete the folder of a run."""
        shutil.rmtree(self.folder.with_name(run), ignore_errors=True)

    def close(self) -> None:
        """Delete the folder."""
        self.remove(self.folder.name)


def _of_file(path: Path) -> str:
    """Without a scheme it would mean HDFS if Hadoop is set up."""
    return f"file://{path}"


class Bucket:
    """A bucket, or a folder in one.

    Files that versions show are named by their content: they are uploaded once, to a folder of this home, and deleted
    there when they are gone here. All others are in a folder of this run.
    """

    missing_rows = "Run again."

    def __init__(self, address: str, home: Path, folder: Path) -> None:
        self.folder = folder
        self._address = address
        self._shown = shown_dir(home).resolve()
        self._uploads = _uploads_of(home) or folder.name
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()
        self._is_interrupted = threading.Event()
        with named_reasons(address):
            self._store, self._root = _opened(address)

    def begin(self) -> None:
        """Look up what is already there; delete uploads of files that are gone here."""
        here = {self._name(path) for path in self._shown.rglob("*.parquet")}
        before = datetime.datetime.now(datetime.UTC) - _SHARED_FOR
        with named_reasons(self._address):
            for name, info in self._listed(self._uploads):
                if name in here or info.mtime > before:
                    self._sizes[name] = info.size
                else:
                    self._store.delete_file(info.path)

    def send(self, files: Sequence[Path]) -> list[str]:
        """Upload what is not there yet."""
        names = [self._name(path) for path in files]
        with self._lock:
            sizes = {name: path.stat().st_size for name, path in zip(names, files, strict=True)}
            # A killed run may have cut one short.
            new = [
                (str(path), self._path(name))
                for name, path in zip(names, files, strict=True)
                if self._sizes.get(name) != sizes[name]
            ]
            with named_reasons(self._address):
                self._copy(_local(), self._store, new)
            self._sizes |= sizes
        return [f"{self._address}/{name}" for name in names]

    def address(self, name: str) -> str:
        """Where Spark writes the result of that name."""
        return f"{self._address}/{self.folder.name}/{name}"

    def fetch(self, name: str) -> Path:
        """Download a result."""
        target, place = self.folder / name, PurePath(self.folder.name, name)
        with named_reasons(self._address):
            found = {
                self.folder.parent / path: (path, info)
                for path, info in self._listed(str(place))
                if is_written(PurePath(path).relative_to(place))
            }
            for path in found:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._copy(self._store, _local(), [(info.path, str(path)) for path, (_, info) in found.items()])
        with self._lock:
            self._sizes |= {path: info.size for path, info in found.values()}
        return target

    def interrupt(self) -> None:
        """Begin with no further file."""
        self._is_interrupted.set()

    def remove(self, run: str) -> None:
        """Delete the folder of a run, if there is one."""
        from pyarrow.fs import FileType

        with named_reasons(self._address):
            if self._store.get_file_info(self._path(run)).type == FileType.Directory:
                self._store.delete_dir(self._path(run))

    def close(self) -> None:
        """Delete this run's folder, here and there; what cannot be deleted there is tried again at the next start."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(IcpError):
            self.remove(self.folder.name)

    def _name(self, path: Path) -> str:
        """Where a file is in the bucket. Uploads have no folders, for which a store would keep empty objects."""
        if path.is_relative_to(self.folder):
            return f"{self.folder.name}/{path.relative_to(self.folder)}"
        return f"{self._uploads}/{'.'.join(path.resolve().relative_to(self._shown).parts)}"

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _listed(self, name: str) -> Iterator[tuple[str, FileInfo]]:
        """The files under a name, each by its own."""
        from pyarrow.fs import FileSelector

        selector = FileSelector(self._path(name), recursive=True, allow_not_found=True)
        for info in self._store.get_file_info(selector):
            if info.is_file:
                yield info.path.removeprefix(f"{self._root}/"), info

    def _copy(self, source: FileSystem, target: FileSystem, paths: Iterable[tuple[str, str]]) -> None:
        from pyarrow.fs import copy_files

        def copy(pair: tuple[str, str]) -> None:
            if self._is_interrupted.is_set():
                raise SparkError("engine.spark: interrupted. The last version stays live.")
            copy_files(*pair, source, target, chunk_size=_CHUNK, use_threads=False)
            wanted, found = source.get_file_info(pair[0]).size, target.get_file_info(pair[1]).size
            if found != wanted:
                raise SparkError(
                    f"engine.spark.tables: {pair[1]} has {found or 0:,} of {wanted:,} bytes after it was copied. The "
                    "last version stays live. Run again."
                )

        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            for _ in pool.map(copy, paths):
                pass


def refuse_unusable(address: str) -> None:
    """Raise SettingsError with one line if nothing can be written to the bucket and deleted again."""
    with named_reasons(address, SettingsError):
        store, root = _opened(address)
        trial = f"{root}/icp_check_{uuid.uuid4().hex}"
        with store.open_output_stream(trial) as file:
            file.write(b"icp")
        store.delete_file(trial)


def lend_uploads(home: Path, copy: Path) -> None:
    """Let a dry run use what its home has uploaded; where that is nothing, it keeps nothing beyond its end."""
    _note_uploads(copy, read_kept(_uploads_note(home), str(home.resolve())) or "")


def _uploads_of(home: Path) -> str:
    """The folder of a home's uploads: one of its own, also for a copy, which lacks other files than the original."""
    name = read_kept(_uploads_note(home), str(home.resolve()))
    if name is None:
        name = f"icp_home_{uuid.uuid4().hex[:16]}"
        _note_uploads(home, name)
    return str(name)


def _note_uploads(home: Path, name: str) -> None:
    write_kept(_uploads_note(home), str(home.resolve()), name)


def _uploads_note(home: Path) -> Path:
    return home / "state" / "spark_uploads"


def _opened(address: str) -> tuple[FileSystem, str]:
    """The store, with credentials from the environment, and the path of the address in it."""
    from pyarrow.fs import FileSystem

    store, root = FileSystem.from_uri(re.sub("^s3a:", "s3:", address))
    return store, root


def _local() -> FileSystem:
    from pyarrow.fs import LocalFileSystem

    return LocalFileSystem()


@contextmanager
def named_reasons(address: str, kind: type[IcpError] = SparkError) -> Iterator[None]:
    """A store's own messages quote requests, so only its name for an error is reported, and what to do."""
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ArrowException) as error:
        raise kind(f"engine.spark.tables: {address}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    text = str(error)
    code = _CODE.search(text)
    name = code[1] if code else type(error).__name__
    if name in ("NO_SUCH_BUCKET", "NoSuchBucket"):
        return "there is no such bucket: create it, or correct the name."
    if _REFUSED.search(text):
        return (
            f"access denied ({name}): give this machine credentials that may list, read, write and delete there "
            "(AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the machine's role)."
        )
    if name == "NETWORK_CONNECTION" or "curlCode" in text:
        return "the store does not answer: open the network to it, or set AWS_ENDPOINT_URL to its address."
    if isinstance(error, OSError) and error.errno:
        return f"{os.strerror(error.errno)}."
    return f"{name}."
