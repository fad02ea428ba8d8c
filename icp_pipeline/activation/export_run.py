"""Which run an export is of."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from icp_pipeline.errors import PublishError

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class ExportRun:
    """The run an export belongs to. Every date in the files comes from `as_of`, so that a repeat is byte-identical."""

    run_id: str
    as_of: datetime.date
    icp_version: str | None = None

    def __post_init__(self) -> None:
        if not _RUN_ID.fullmatch(self.run_id):
            raise PublishError(f"'{self.run_id}' cannot name an export folder: expected letters, digits, . _ or -")
