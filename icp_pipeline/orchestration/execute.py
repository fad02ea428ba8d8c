"""Runs a job in this process, in the history that the UI shows, and reports its progress."""

from __future__ import annotations

import datetime
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from icp_pipeline.errors import IcpError
from icp_pipeline.orchestration import progress
from icp_pipeline.orchestration.old_runs import own_process
from icp_pipeline.orchestration.resource import run_config

# So that runs started by `icp` appear under their job in the UI, beside those the daemon started.
_REPOSITORY_TAG = {".dagster/repository": "__repository__@icp_pipeline"}
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def execute_job(job: str, out: Console, *, as_of: datetime.date | None = None, **asked: Any) -> float:
    """Execute a job on the home and report its progress; returns the seconds it took.

    Raises IcpError with the failing step's own message if nothing was published.
    """
    from icp_pipeline.orchestration.assembly import defs

    started = time.perf_counter()

    def show(message: str) -> None:
        # Not as markup: a message may contain a file's name, and that may contain brackets.
        passed = Text(f"{time.perf_counter() - started:6.1f} s", style="dim")
        out.print(passed.append(f"  {message}", style="not dim"), soft_wrap=True)

    config = run_config(as_of=as_of.isoformat() if as_of else None, **asked)
    with _history_in_words(), dg.DagsterInstance.get() as instance, progress.listening(show):
        result = defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={**config, **_QUIET},
            tags=_REPOSITORY_TAG | own_process(),
        )
    if not result.success:
        raise IcpError(_why(result))
    return time.perf_counter() - started


@contextmanager
def _history_in_words() -> Iterator[None]:
    """Turn errors of Dagster's own database into an IcpError that says so: no step caused them."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = getattr(error, "orig", None) or error
        raise IcpError(
            f"{os.environ['ICP_STATE']}: Dagster's history of runs cannot be read or written ({reason}). `icp "
            "versions` shows what is live. Free space or correct the owner; a damaged history can be moved away, "
            "and starts over."
        ) from error


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The message of the deepest of our own errors; anything else is named with its type and where to look."""
    for event in result.all_events:
        data = event.event_specific_data
        error = getattr(data, "error", None)
        if error is None:
            continue
        chain = [error]
        while chain[-1].cause is not None:
            chain.append(chain[-1].cause)
        if any(_is_interrupt(item) for item in chain):
            return _interrupted(event.step_key)
        for item in reversed(chain):
            kind = _expected_errors().get(item.cls_name or "")
            if kind is not None:
                return item.message.strip().removeprefix(f"{kind.__module__}.{kind.__name__}: ")
        return (
            f"{event.step_key or 'the run'} failed unexpectedly: {chain[-1].message.strip()} "
            f"Nothing was published. The traceback is in Dagster's history of run {result.run_id} (`icp dev`)."
        )
    return f"run {result.run_id} failed without a message; open `icp dev` to see its events. Nothing was published."


def _interrupted(step: str | None) -> str:
    if step == "publication":
        return "interrupted while publishing: `icp versions` shows what is live; the next run finishes it."
    return f"interrupted in {step or 'the run'}. Nothing was published, and the last version stays live."


def _is_interrupt(error: Any) -> bool:
    """Ctrl-C, as passed on by Dagster, or by DuckDB if a statement was running."""
    named = (error.cls_name or "").rpartition(".")[2] in ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
    return named or error.message.strip().endswith("Query interrupted")


def _expected_errors() -> dict[str, type[IcpError]]:
    """Every kind of IcpError by name, wherever it is defined: Dagster's history keeps only the name."""
    found: dict[str, type[IcpError]] = {}
    waiting: list[type[IcpError]] = [IcpError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found
