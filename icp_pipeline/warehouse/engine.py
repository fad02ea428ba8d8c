"""Interface of another engine than DuckDB: it builds a model from Parquet files into Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName


@dataclass(frozen=True)
class Rows:
    """A table's rows as Parquet files, and its columns with DuckDB's types.

    Where the files are the lake's own, their types may be others, and stand for these. A view that shows files through
    its own SELECT has none.
    """

    files: tuple[Path, ...]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """Some partitions of a table, as text: all that is built of it where the others stand.

    `inputs` are those of which no other partition is needed.
    """

    column: str
    partitions: frozenset[str]
    inputs: frozenset[TableName]


Inputs = Callable[[TableName], Rows]
# Parquet files by partition, as text; under `ANY` are those that may hold rows of several.
Made = Mapping[str, Sequence[Path]]
ANY = ""


class Engine(Protocol):
    """Builds some of the models; its results are counted, compared, checked and read in DuckDB."""

    # Part of what a table was made by: another version builds it again.
    version: str
    # A folder that it reads and writes, of this run alone.
    folder: Path

    def makes(self, model: Model) -> bool:
        """Whether this engine builds the model."""

    def make(self, model: Model, columns: Mapping[str, str], inputs: Inputs, part: Part | None = None) -> Made:
        """Build a table of these columns and types, or a part; returns its Parquet files, which nobody else writes.

        Those of a part, and of a large table that is built by the day, are apart by partition.

        Raises IcpError, without a value of a cell, when it cannot be built, or comes out with other types.
        """

    def interrupt(self) -> None:
        """Stop a build from another thread; `make` raises there."""
