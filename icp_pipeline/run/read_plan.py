"""Turns settings into what the readers need; the only place where these two rooms meet."""

from __future__ import annotations

from dataclasses import replace

from icp_pipeline.settings.defaults import ATTRIBUTES
from icp_pipeline.settings.fields import field_parts
from icp_pipeline.settings.schema import Settings, SourceSettings, VendorSettings
from icp_pipeline.sources.declared.plan import FieldRequest, FileFormat, FormatOverride, MappedSource, ReadPlan
from icp_pipeline.sources.declared.usage_rules import UsageRules

_FORMAT = set(FileFormat.__dataclass_fields__)


def read_plan(settings: Settings) -> ReadPlan:
    """Custom fields to read, mapped files, and what vendors' files do not say about themselves."""
    return ReadPlan(
        fields=tuple(_fields(settings)),
        mapped=tuple(_mapped(key, item) for key, item in sorted(settings.sources.items())),
        vendors={vendor: _vendor_format(item) for vendor, item in settings.vendors.items()},
        overrides=tuple(
            override for vendor, item in sorted(settings.vendors.items()) for override in _overrides(vendor, item)
        ),
        usage=_usage(settings.vendors.get("usage", VendorSettings())),
        each_file=_each_file(settings),
        attributes=tuple(sorted({*ATTRIBUTES, *settings.attributes})),
    )


def _each_file(settings: Settings) -> dict[str, str]:
    declared = {key: item.each_file for key, item in settings.sources.items()}
    declared |= {str(vendor): item.each_file for vendor, item in settings.vendors.items()}
    return {name: way for name, way in declared.items() if way}


def _mapped(key: str, item: SourceSettings) -> MappedSource:
    return MappedSource(
        key=key,
        format=FileFormat(**item.model_dump(include=_FORMAT)),
        **item.model_dump(exclude=_FORMAT | {"each_file"}),
    )


def _vendor_format(item: VendorSettings) -> FileFormat:
    header_line = item.header_line if isinstance(item.header_line, int) else None
    return FileFormat(**item.model_dump(include=_FORMAT) | {"header_line": header_line})


def _overrides(vendor: str, item: VendorSettings) -> list[FormatOverride]:
    lines = item.header_line if isinstance(item.header_line, dict) else {}
    changes = [(pattern, {"header_line": line}) for pattern, line in lines.items()]
    changes += [(pattern, each.model_dump(exclude_unset=True)) for pattern, each in item.files.items()]
    return [FormatOverride(vendor, pattern, change) for pattern, change in changes]


def _usage(item: VendorSettings) -> UsageRules:
    return UsageRules(item.group_key, tuple(sorted(item.ignore_events)))


def _fields(settings: Settings) -> list[FieldRequest]:
    requests = []
    for name, item in sorted(settings.attributes.items()):
        for field in item.fields if item.enabled else ():
            kind = item.type or ATTRIBUTES[name].type
            requests.append(_request(settings, name, field, _money_or(kind, name), item.bins))
    for name, metric in sorted(settings.outcomes.metrics.items()):
        if metric.field is not None:
            requests.append(_request(settings, name, metric.field, _money_or("numeric", name)))
    for name in ("since", "churned_at"):
        field = getattr(settings.customer, name)
        if field is not None:
            requests.append(_request(settings, f"customer_{name}", field.field, "date"))
    return requests


def own_columns(settings: Settings) -> dict[str, tuple[FieldRequest, ...]]:
    """By attribute with a field: the columns of a list that may have it, by its own name and the files' names."""
    requests: dict[str, dict[str, FieldRequest]] = {}
    for each in _fields(settings):
        if each.attribute in settings.attributes:
            for column in (each.attribute, each.column):
                requests.setdefault(each.attribute, {}).setdefault(column, replace(each, column=column))
    return {name: tuple(found.values()) for name, found in requests.items()}


def _money_or(kind: str, name: str) -> str:
    """Type of a field: numbers named like dollars are amounts, in the currency of their record."""
    return "money" if kind == "numeric" and name.endswith("_usd") else kind


def _request(settings: Settings, name: str, field: str, kind: str, bins: tuple[float, ...] = ()) -> FieldRequest:
    record_kind, column = field_parts(field, settings.sources)
    return FieldRequest(attribute=name, record_kind=record_kind, column=column, type=kind, bins=bins)
