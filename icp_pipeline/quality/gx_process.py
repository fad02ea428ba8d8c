"""Great Expectations in a process of its own: it imports the library on another core while a run reads files.

Frames go there as Arrow, outcomes come back as Arrow. One process serves all runs of this process, and ends with it: it
reads from a pipe, and what closes the pipe - an end, a signal, a kill - ends it. It is in a session of its own, so that
Ctrl-C stops the run and the run can still write the pages of what was judged.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.metadata
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pyarrow as pa

from icp_pipeline.quality.docs import has_judged

LIBRARY = "great_expectations"
LENGTH = struct.Struct(">Q")
# An expectation by its name in Data Docs: `failing` rows, of which there may be none.
EXPECTED = pa.schema([("name", pa.string()), ("severity", pa.string()), ("failing", pa.int64())])


class GxProcessError(Exception):
    """A request failed in the process; reported as part of a JudgeError."""


class ProcessGoneError(GxProcessError):
    """The process ended before it answered; its results are lost."""


class GxProcess:
    """The library's process: started when needed or earlier, and restarted if it is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        # Of two questions at a time, one waits: answers come in the order of the questions.
        self._asking = threading.Lock()
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start it, unless it runs: importing the library takes seconds, on another core."""
        with self._starting:
            if self._process is not None and self._process.poll() is None:
                return
            self.close()
            # -P: what lies in the current folder must not be taken for a library.
            command = [sys.executable, "-P", "-m", "icp_pipeline.quality.gx_worker"]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def judge(self, session: str, suite: str, expectations: pa.Table) -> pa.Table:
        """Outcomes of the expectations (rows of EXPECTED) as `gx_worker.OUTCOMES`."""
        return self._ask(expectations, {"ask": "judge", "session": session, "suite": suite})

    def write_docs(self, session: str, docs_dir: Path, suites: list[str]) -> None:
        """Write the pages of these suites, checked in this session since the last call."""
        about = {"ask": "docs", "session": session, "folder": str(docs_dir.resolve())}
        self._ask(pa.table({"suite": pa.array(suites, pa.string())}), about)

    def close(self) -> None:
        """End it and wait until it has ended. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _ask(self, rows: pa.Table, about: dict[str, str]) -> pa.Table:
        with self._asking:
            self.start()
            process = self._process
            if process is None or process.stdin is None or process.stdout is None:
                raise AssertionError("a process that was started has both pipes")
            try:
                send(process.stdin, rows.replace_schema_metadata(about))
                answer = receive(process.stdout)
            except OSError:
                answer = None
            except BaseException:
                # Interrupted in the middle of an answer: the next one would be taken for it.
                self.close()
                raise
            if answer is None:
                self.close()
                raise ProcessGoneError(f"the process of Great Expectations {_end_of(process.returncode)}")
        failure = (answer.schema.metadata or {}).get(b"failure")
        if failure:
            raise GxProcessError(failure.decode())
        return answer


def library_version() -> str:
    """The installed version, without the seconds that importing the library takes."""
    return importlib.metadata.version(LIBRARY)


def send(pipe: IO[bytes], rows: pa.Table) -> None:
    """Write one table, its length first."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    body = sink.getvalue()
    pipe.write(LENGTH.pack(body.size))
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> pa.Table | None:
    """The next table; None when the other end is gone."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = pipe.read(length)
    return pa.ipc.open_stream(body).read_all() if len(body) == length else None


def _end_of(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


shared = GxProcess()
atexit.register(shared.close)


def start_before_first(docs_dir: Path) -> None:
    """Start it if nothing was checked yet, so that everything will be."""
    if not has_judged(docs_dir):
        shared.start()
