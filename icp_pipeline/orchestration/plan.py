"""Settings -> what the readers need to know. The one place where these two rooms meet."""

from __future__ import annotations

from icp_pipeline.settings.defaults import ATTRIBUTES
from icp_pipeline.settings.load import field_parts
from icp_pipeline.settings.schema import Settings
from icp_pipeline.sources.plan import FieldRequest, MappedSource, ReadPlan


def read_plan(settings: Settings) -> ReadPlan:
    """Custom fields to keep, mapped files to read, and what vendors' files do not say about themselves."""
    return ReadPlan(
        fields=tuple(_fields(settings)),
        mapped=tuple(MappedSource(key=key, **item.model_dump()) for key, item in sorted(settings.sources.items())),
        date_orders={vendor: item.date_order for vendor, item in settings.vendors.items()},
        timezones={vendor: item.timezone for vendor, item in settings.vendors.items()},
        encodings={v: item.encoding for v, item in settings.vendors.items() if item.encoding != "utf-8"},
    )


def _fields(settings: Settings) -> list[FieldRequest]:
    requests = []
    for name, item in sorted(settings.attributes.items()):
        if item.field is not None and item.enabled:
            kind = item.type or ATTRIBUTES[name].type
            requests.append(_request(settings, name, item.field, kind, item.bins))
    for name, metric in sorted(settings.outcomes.metrics.items()):
        if metric.field is not None:
            requests.append(_request(settings, name, metric.field, "numeric"))
    for name in ("since", "churned_at"):
        field = getattr(settings.customer, name)
        if field is not None:
            requests.append(_request(settings, f"customer_{name}", field.field, "date"))
    return requests


def _request(settings: Settings, name: str, field: str, kind: str, bins: tuple[float, ...] = ()) -> FieldRequest:
    record_kind, column = field_parts(field, settings.sources)
    return FieldRequest(attribute=name, record_kind=record_kind, column=column, type=kind, bins=bins)
