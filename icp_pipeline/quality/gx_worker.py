"""The process that `gx_process` starts: imports Great Expectations, judges frames of counts and writes Data Docs.

It never sees a table: GX 1.24 cannot read DuckDB, and counts cannot leak a row into Data Docs.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.util
import os
import queue
import sys
import tempfile
import threading
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from icp_pipeline.quality.docs import write_docs
from icp_pipeline.quality.gx_process import receive, send

# `failure` is why there is no outcome: the expectation crashed, or saw nothing.
OUTCOMES = pa.schema([("name", pa.string()), ("success", pa.bool_()), ("failure", pa.string())])
_SOURCE = "audits"


class Worker:
    """Judges suites and keeps their results until their pages are written; those of one session at a time."""

    def __init__(self) -> None:
        self._session = ""
        self._judged: set[str] = set()

    def answer(self, question: pa.Table) -> pa.Table:
        """Do what is asked for, as the question's metadata says."""
        about = {key.decode(): value.decode() for key, value in question.schema.metadata.items()}
        if about["ask"] == "judge":
            return self.judge(about["session"], about["suite"], question)
        self.write_docs(about["session"], Path(about["folder"]), question["suite"].to_pylist())
        return OUTCOMES.empty_table()

    def judge(self, session: str, suite: str, expectations: pa.Table) -> pa.Table:
        """Validate one suite."""
        if session != self._session:
            self._forget()
            self._session = session
        import great_expectations as gx
        from great_expectations import expectations as gxe

        rows = expectations.to_pylist()
        context = self._context
        # Passed at once: adding them one by one compares each with all others.
        expected = [
            gxe.ExpectColumnMaxToBeBetween(column=row["name"], min_value=0, max_value=0, severity=row["severity"])
            for row in rows
        ]
        kept = context.suites.add(gx.ExpectationSuite(name=suite, expectations=expected))
        asset = context.data_sources.get(_SOURCE).add_dataframe_asset(suite)
        batch = asset.add_batch_definition_whole_dataframe("failing_rows")
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=suite, data=batch, suite=kept))
        frame = pa.table({row["name"]: [row["failing"]] for row in rows}).to_pandas()
        self._judged.add(suite)
        result: Any = definition.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
        outcomes = [_outcome(item.to_json_dict()) for item in result.results]
        return pa.Table.from_pylist(outcomes, schema=OUTCOMES)

    def write_docs(self, session: str, docs_dir: Path, suites: list[str]) -> None:
        """Write the pages of all suites that were judged in the session, and forget them."""
        if session != self._session or self._judged != set(suites):
            raise ValueError("these results are unknown here: another process evaluated them")
        write_docs(self._context, docs_dir)
        self._forget()

    def _forget(self) -> None:
        self._judged = set()
        self.__dict__.pop("_context", None)

    @cached_property
    def _context(self) -> Any:
        """One for all suites, because it costs more than judging one."""
        import_library()
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        context.data_sources.add_pandas(_SOURCE)
        return context


def _outcome(item: dict[str, Any]) -> dict[str, Any]:
    """GX reports a crashed expectation as `success: False` with an empty result: that is no verdict."""
    raised = item["exception_info"].get("raised_exception", True)
    failure = None
    if raised or "observed_value" not in item["result"]:
        failure = item["exception_info"].get("exception_message") or "no result"
    return {"name": item["expectation_config"]["kwargs"]["column"], "success": item["success"], "failure": failure}


def import_library() -> None:
    """Two seconds, of which a third would be statistics that none of our expectations asks for, and an engine
    that it never reads from."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    try:
        Path.home()
    except RuntimeError:
        # A container's user may have neither a name nor a folder, and the library looks for one.
        os.environ["HOME"] = tempfile.gettempdir()
    import_when_used("scipy.stats")
    # Where PySpark is installed for the runs themselves, the library would import all of it.
    sys.modules.setdefault("pyspark", None)  # type: ignore[arg-type]
    from great_expectations.expectations import expectation

    # It spells the name of an expectation's class anew for each argument, which takes a sixth of the judging.
    expectation.camel_to_snake = functools.cache(expectation.camel_to_snake)


def import_when_used(name: str) -> None:
    """Put a module of a package in reach that is imported by the first that asks it for something."""
    if name in sys.modules:
        return  # before its specification is looked for: that asks the module, which would be imported by it
    parent, _, child = name.rpartition(".")
    found = importlib.util.find_spec(name)
    if found is None or found.loader is None:
        return
    found.loader = importlib.util.LazyLoader(found.loader)
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    setattr(importlib.import_module(parent), child, module)


def main() -> None:
    """Answer until the pipe is closed."""
    gc.set_threshold(1_000_000, 20, 20)  # what it imports stays, and it reads nothing large
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not come among the answers.
    os.dup2(2, 1)
    waiting: queue.SimpleQueue[pa.Table] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions, waiting), daemon=True).start()
    worker = Worker()
    with contextlib.suppress(Exception):  # what fails here fails again, and is told, when something is judged
        import_library()
    while True:
        question = waiting.get()
        try:
            answer = worker.answer(question)
        except Exception as error:
            failure = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            answer = OUTCOMES.empty_table().replace_schema_metadata({"failure": failure})
        send(answers, answer)


def _listen(questions: IO[bytes], waiting: queue.SimpleQueue[pa.Table]) -> None:
    """Pass questions on; who asks is gone when the pipe is closed, and then this process ends, whatever it does."""
    while True:
        question = receive(questions)
        if question is None:
            os._exit(0)
        waiting.put(question)


if __name__ == "__main__":
    main()
