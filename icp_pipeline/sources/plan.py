"""What to read and how: the values that settings hand to this room. No file is touched here."""

from __future__ import annotations

from dataclasses import dataclass, field

DATE_ORDERS = ("ymd", "dmy", "mdy")


@dataclass(frozen=True)
class FieldRequest:
    """One configured column of one kind of file, to be carried along as an attribute or a metric.

    `record_kind` is a lake kind (`salesforce_account`) or the `sources:` key of a mapped file; `column` is the header
    as exported. `bins` belongs to the models and is ignored here.
    """

    attribute: str
    record_kind: str
    column: str
    type: str
    bins: tuple[float, ...] = ()


@dataclass(frozen=True)
class MappedSource:
    """One entry of `sources:`: which files, what they hold, and how their text is to be understood.

    `columns` maps canonical columns to headers; `units` multiplies a numeric column; `constants` fills a column the
    file has not; `values` translates cells before they are parsed.
    """

    key: str
    file: str
    kind: str
    columns: dict[str, str]
    encoding: str = "utf-8"
    delimiter: str = ","
    date_order: str = "ymd"
    timezone: str = "UTC"
    decimal: str = "."
    units: dict[str, float] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadPlan:
    """Everything that changes what is read from the landing folder.

    `date_orders`, `timezones` and `encodings` are per vendor folder (`{"zendesk": "Europe/Berlin"}`); a vendor that is
    not named is ISO, UTC and UTF-8.
    """

    fields: tuple[FieldRequest, ...] = ()
    mapped: tuple[MappedSource, ...] = ()
    date_orders: dict[str, str] = field(default_factory=dict)
    timezones: dict[str, str] = field(default_factory=dict)
    encodings: dict[str, str] = field(default_factory=dict)
