"""Interface of an export target; start with `README.md`, the list is in `targets.py`."""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline.activation.csv_files import WrittenFile
from icp_pipeline.activation.row_batches import Query, Rows
from icp_pipeline.settings.crm_fields import CrmFields


@dataclass(frozen=True)
class ExportRun:
    """The run an export belongs to. Every date in the files comes from `as_of`, so that a repeat is byte-identical."""

    run_id: str
    as_of: datetime.date
    icp_version: str | None = None


@dataclass(frozen=True)
class Target(ABC):
    """A file made of the rows of a model (`schema.table`), with its companion files, for one recipient."""

    file: str
    model: str
    purpose: str
    # As the report names the taker.
    for_whom: str = "People"
    # A second file that helps to take the first: its name, and what it is for.
    beside: tuple[str, str] | None = None

    @abstractmethod
    def queries(self, fields: CrmFields) -> tuple[Query, ...]:
        """Queries that the files are made of: rows of `model` first."""

    @property
    def purposes(self) -> dict[str, str]:
        """Purpose of each file by name, in the order in which people look for them."""
        return dict([(self.file, self.purpose), *([self.beside] if self.beside else [])])

    def purpose_of(self, file: WrittenFile) -> str:
        """Purpose of one of the written files; further parts of a file have that of the first."""
        return self.purposes[file.part_of or file.name]

    @abstractmethod
    def write(self, rows: Sequence[Rows], folder: Path, about: ExportRun, fields: CrmFields) -> list[WrittenFile]:
        """Write the files; `rows` are those of `queries`. Raises PublishError for a cell that may not go out."""
