"""What the caller tells the report: which run it is, who answers for it, and what the CRM's fields are called."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from icp_pipeline.settings.crm_fields import CrmFields


@dataclass(frozen=True)
class About:
    """The run that a report is of. Every date on the page comes from `as_of` or the tables, none from the clock."""

    run_id: str
    as_of: datetime.date
    owner: str | None = None
    crm: CrmFields = field(default_factory=CrmFields)
