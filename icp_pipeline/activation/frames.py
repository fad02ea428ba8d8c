"""Which rows an export is made of: one query per frame, for whoever holds the connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FRAME_QUERIES: dict[str, str] = {
    "salesforce_account_update": "select * from exports.salesforce_account_update",
    "hubspot_company_update": "select * from exports.hubspot_company_update",
    "accounts_review": "select * from exports.accounts_review",
    "changes": "select * from exports.changes",
    "warnings": "select code, severity, message, subject from quality.warnings",
    "criteria": "select * from icp.criteria where icp_id = 'primary'",
    "source_files": "select path, source, table_name, rows_read, rows_loaded, rows_rejected, status, reason"
    " from quality.source_files",
    "rejected_reasons": "select path, column_name, reason, scope, count(*) as rejected"
    " from quality.rejected_rows group by path, column_name, reason, scope",
    "run_summary": """
        select
            (select count(*) from core.accounts) as accounts,
            (select count(*) from core.customers) as customers,
            (select count(*) from outcomes.customer_scores where cohort = 'best') as best_customers,
            (select count(*) from outcomes.customer_scores where cohort = 'middle') as middle_customers,
            (select count(*) from outcomes.customer_scores where cohort = 'worst') as worst_customers
    """,
}
# Without these there is nothing to import; the others only fill the report.
NEEDED = ("salesforce_account_update", "hubspot_company_update", "accounts_review", "changes")


def missing_frames(frames: Mapping[str, Any]) -> list[str]:
    """Names of the frames that an export cannot do without and were not given."""
    return [name for name in NEEDED if name not in frames]
