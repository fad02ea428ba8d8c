"""Python functions that Spark's workers call, one job per task: for work that is not SQL, such as reading files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from icp_pipeline.errors import SparkError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import RecordBatch
    from pyspark.sql import SparkSession

_NO_PACKAGE = "ModuleNotFoundError"
_OTHER_PYTHON = "PYTHON_VERSION_MISMATCH"


def on_workers(session: SparkSession, function: Callable[[Any], str], jobs: Sequence[Any]) -> list[str]:
    """The function's result for each job, in order; raises SparkError, without any cell, if it cannot be called.

    The first jobs start first. A lost worker's task runs again on another one, maybe while it is still running.
    """

    def call(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield pa.RecordBatch.from_pydict({"number": [number], "said": [function(jobs[number])]})

    try:
        numbers = session.range(0, len(jobs), 1, len(jobs))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # about pandas, which nothing here uses through Spark
            said: pa.Table = numbers.mapInArrow(call, "number bigint, said string").toArrow()
    except Exception as error:
        raise SparkError(f"Spark's workers could not read files: {_reason(str(error), error)}") from None
    return [text for _, text in sorted(zip(*(column.to_pylist() for column in said.columns), strict=True))]


def _reason(text: str, error: Exception) -> str:
    if _NO_PACKAGE in text:
        return "they have no icp-pipeline, or not what it needs: `pip install icp-pipeline` in the Python that they run"
    if _OTHER_PYTHON in text:
        return "they run another version of Python than this machine"
    return type(error).__name__
