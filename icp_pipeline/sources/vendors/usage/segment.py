"""Segment's warehouse dumps: `tracks` (events), `groups` (one row per call), and a hand-kept group mapping."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.declared.usage_rules import GROUP_PROPERTIES
from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells, map_values
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.usage.event_parts import pseudonym

_CRM_IDS = (
    *("salesforce_account_id", "salesforce_id", "sf_account_id", "hubspot_company_id", "hubspot_id"),
    *("crm_account_id", "crm_id", "account_key", "account_id", "account"),
)


def people_as_pseudonyms(cells: Cells) -> None:
    """A user id that is an e-mail address becomes a pseudonym, the same one as in the events."""
    if cells.has("user_id"):
        cells.columns["user_id"] = map_values(cells.get("user_id"), pseudonym)


def _domain(cells: Cells) -> None:
    cells.fill("domain", "website")
    derive.domain_from_key(cells)


def _anonymous_only(cells: Cells) -> None:
    if not cells.has("user_id"):
        cells.columns["user_id"] = pa.nulls(cells.size, pa.string())
    cells.refuse("group_id", pc.equal(cells.get("group_id"), "null"), "group id is the word null")


LAYOUTS = (
    Layout(
        name="Segment tracks",
        kind="usage_daily",
        aliases={
            "id": ("id", "message_id", "event_id"),
            "occurred_at": ("timestamp", "original_timestamp", "occurred_at"),
            "user_id": ("user_id", "distinct_id"),
            "group_id": ("context_group_id", "context_groupid", "group_id", *GROUP_PROPERTIES),
            "event": ("event_text", "event", "event_name", "event_type"),
        },
        must=("id", "occurred_at"),
        any_of=("event", "event_text", "event_type", "event_name"),
    ),
    Layout(
        name="Segment groups",
        kind="usage_group",
        aliases={
            "group_id": ("group_id", "group", "app_account_id", "workspace_id"),
            "user_id": ("user_id",),
            "account_key": _CRM_IDS,
            "domain": ("domain", "company_domain", "email_domain"),
            "received_at": ("received_at", "timestamp", "updated_at"),
        },
        scratch={"website": ("domain", ("website", "company_website"))},
        must=("group_id",),
        any_of=("user_id", "received_at", "domain", "website", *_CRM_IDS),
        unless=("event", "event_text"),
        finish=derive.chain(people_as_pseudonyms, _domain, _anonymous_only),
    ),
)
