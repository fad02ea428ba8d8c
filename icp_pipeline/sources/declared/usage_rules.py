"""Which product events are user activity, and which account's group an event belongs to.

The readers of JSON lines, Parquet and CSV all use this, so one event means the same in every format.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

Record = dict[str, Any]

# Names with this prefix are reserved for the tracking libraries; `$50 plan chosen` is not one of them.
_RESERVED = re.compile(r"\$+[a-z_]")
# Of these, user activity: viewing a page or a screen.
_VIEWS = frozenset({"$pageview", "$screen", "$mp_web_page_view"})
# Sent by a library, or by what the company displays with it, without user activity in the product.
_LIBRARY = """
    survey shown|survey sent|survey dismissed|survey abandoned
    session_start|session_end|[amplitude] start session|[amplitude] end session
    [amplitude] attribution captured|[amplitude] campaign|[amplitude] web vitals|[amplitude] network request
    [amplitude] element clicked|[amplitude] element changed|[amplitude] dead click|[amplitude] rage click
    [amplitude] error click|[amplitude] thrashed cursor|[amplitude] replay captured|[amplitude] exposure
    [amplitude] application backgrounded|[amplitude] application installed|[amplitude] application updated
    [amplitude] application crashed|[amplitude] user merged|[experiment] exposure|[experiment] impression
    application backgrounded|application installed|application updated|application crashed|application uninstalled
    experiment viewed|install attributed|identify|group|alias
"""
LIBRARY_EVENTS = frozenset(name.strip() for line in _LIBRARY.splitlines() for name in line.split("|") if name.strip())

_ENTITIES = ("company", "account", "organization", "organisation", "org", "workspace", "tenant", "team", "customer")
# Group types that stand for accounts, most specific first.
_GROUP_TYPES = (*_ENTITIES, *(f"{entity}_id" for entity in _ENTITIES), "group_id", "group")
# Event properties that name the account: ids before possible names.
GROUP_PROPERTIES = (
    *("company_id", "account_id", "organization_id", "organisation_id", "org_id", "workspace_id", "tenant_id"),
    *("team_id", "group_id", "customer_id", "companyId", "accountId", "organizationId", "orgId", "workspaceId"),
    *("tenantId", "teamId", "groupId", "customerId", "company", "account", "organization", "organisation", "org"),
    *("workspace", "tenant", "team", "group"),
)
GROUP_SLOTS = tuple(f"$group_{slot}" for slot in range(5))
# Where else an event may have properties, besides `properties`: Amplitude's two.
FURTHER_PROPERTIES = ("event_properties", "user_properties")

_NAMES = re.compile(rb'"(' + "|".join((*GROUP_PROPERTIES, *FURTHER_PROPERTIES)).encode() + rb')"\s*:')


@dataclass(frozen=True)
class UsageRules:
    """What icp.yaml says about usage: the key that names an event's account, and further events that are not activity.

    `properties` and `further` are the places that may name an account, limited to those that one file uses.
    """

    group_key: str | None = None
    ignore_events: tuple[str, ...] = ()
    properties: tuple[str, ...] = GROUP_PROPERTIES
    further: tuple[str, ...] = FURTHER_PROPERTIES

    @cached_property
    def _ignored(self) -> frozenset[str]:
        return LIBRARY_EVENTS | {name.strip().casefold() for name in self.ignore_events}

    def is_activity(self, event: str) -> bool:
        """Whether an event with this name is user activity."""
        name = event.strip().casefold()
        if name in self._ignored:
            return False
        return not _RESERVED.match(name) or name in _VIEWS

    def seen_in(self, sample: bytes) -> UsageRules:
        """The same rules, with only the places found in a sample of the file: looking in all costs a quarter more."""
        seen = {match[1].decode() for match in _NAMES.finditer(sample)}
        return replace(
            self,
            properties=tuple(name for name in GROUP_PROPERTIES if name in seen),
            further=tuple(name for name in FURTHER_PROPERTIES if name in seen),
        )

    @property
    def group_properties(self) -> tuple[str, ...]:
        """Event properties that may name its account."""
        return tuple(dict.fromkeys((*([self.group_key] if self.group_key else []), *self.properties)))

    def group_of(self, record: Record) -> Any:
        """The event's account: by the key from icp.yaml, a group of a usual type, any group, or a property."""
        properties = dict_of(record.get("properties"))
        groups = dict_of(properties.get("$groups")) or dict_of(record.get("groups"))
        further = [dict_of(record.get(name)) for name in self.further]
        return (
            self._configured(groups, properties, *further)
            or _said(groups, _GROUP_TYPES)
            or _said(properties, GROUP_SLOTS)
            or _said(groups, tuple(groups))
            or next((found for place in (properties, *further) if (found := _said(place, self.properties))), None)
        )

    def _configured(self, *places: Record) -> Any:
        if self.group_key is None:
            return None
        return next((found for place in places if (found := _said(place, (self.group_key,)))), None)


def _said(place: Record, names: tuple[str, ...]) -> Any:
    return next((first for name in names if name in place and (first := first_of(place[name]))), None)


def dict_of(value: Any) -> Record:
    """A JSON object, also if it is written as text; empty for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def first_of(value: Any) -> Any:
    """The first item of a list, also if it is JSON text; None for a dict."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, list):
        value = next((item for item in value if item not in (None, "")), None)
    return None if isinstance(value, dict | list) else value


def text_of(value: Any) -> str | None:
    """A value as the text of a cell; None if it is not a single value."""
    if value is None or isinstance(value, dict | list):
        return None
    return value.isoformat(sep=" ") if hasattr(value, "isoformat") else str(value)
