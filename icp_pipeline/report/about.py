"""What the caller tells the report: which run it is about, who owns the ICP, and the names of the CRM's fields."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from icp_pipeline.settings.crm_fields import CrmFields


@dataclass(frozen=True)
class About:
    """The run the report is about. Every date on the page comes from `as_of` or the tables, none from the clock."""

    run_id: str
    as_of: datetime.date
    owner: str | None = None
    crm: CrmFields = field(default_factory=CrmFields)
