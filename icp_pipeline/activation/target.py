"""What an export target is: the way in is `README.md`, the list is `targets.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from icp_pipeline.activation.csv_files import WrittenFile
from icp_pipeline.activation.export_run import ExportRun
from icp_pipeline.settings.crm_fields import CrmFields


class Target(Protocol):
    """Files that are made of the same rows for the same taker."""

    @property
    def for_whom(self) -> str:
        """Who takes the files: Salesforce, HubSpot, People, or another tool, as the report names it."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The models that the files are made of, `schema.table` each."""

    @property
    def purposes(self) -> Mapping[str, str]:
        """What each file is for, by its name, in the order in which people look for them."""

    def write(
        self, frames: Sequence[pd.DataFrame], folder: Path, about: ExportRun, fields: CrmFields
    ) -> list[WrittenFile]:
        """Write the files; `frames` are the rows of `reads`. Raises PublishError for a cell that may not go out."""
