"""What the caller tells the report: which run it is, who answers for it, and what the CRM's fields are called."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Protocol

from icp_pipeline.settings.crm_fields import CrmFields


class File(Protocol):
    """A file of the same folder, as the manifest describes it."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def for_whom(self) -> str: ...
    @property
    def purpose(self) -> str: ...


@dataclass(frozen=True)
class About:
    """The run that a report is of. Every date on the page comes from `as_of` or the tables, none from the clock."""

    run_id: str
    as_of: datetime.date
    owner: str | None = None
    crm: CrmFields = field(default_factory=CrmFields)
