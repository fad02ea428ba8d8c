"""What to read and how: the values that settings pass to this room. No file is opened here."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field, replace
from typing import Any

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.declared.usage_rules import UsageRules

DATE_ORDERS = ("ymd", "dmy", "mdy")


@dataclass(frozen=True)
class FileFormat:
    """What a text file does not say about itself: how to read its bytes, columns and cells.

    `delimiter` and `decimal` are None if not declared; `header_line` is None if the header comes first;
    `escape` is the character that the file has before quotes inside a cell, None if quotes are doubled.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    header_line: int | None = None
    date_order: str = "ymd"
    timezone: str = "UTC"
    decimal: str | None = None
    escape: str | None = None

    def rules(self, epoch: bool = False) -> Rules:
        """How its cells are read."""
        return Rules(date_order=self.date_order, timezone=self.timezone, decimal=self.decimal, epoch=epoch)


@dataclass(frozen=True)
class FormatOverride:
    """Settings for some files of a vendor's folder. `pattern` is a file name or a path below landing/."""

    vendor: str
    pattern: str
    changes: dict[str, Any]

    def fits(self, vendor: str, name: str) -> bool:
        """Whether the settings apply to this file, by its path below landing/."""
        names = (name, name.rsplit("/", 1)[-1])
        return vendor == self.vendor and any(fnmatch.fnmatchcase(each, self.pattern) for each in names)


@dataclass(frozen=True)
class FieldRequest:
    """One configured column of one kind of file, read as an attribute or a metric.

    `record_kind` is a lake kind (`salesforce_account`) or the `sources:` key of a mapped file; `column` is the header
    as exported. `bins` is used by the models and ignored here.
    """

    attribute: str
    record_kind: str
    column: str
    type: str
    bins: tuple[float, ...] = ()


@dataclass(frozen=True)
class MappedSource:
    """One entry of `sources:`: which files, what they hold, and how to read their text.

    `columns` maps canonical columns to headers; `units` multiplies a numeric column; `constants` fills a column the
    file does not have; `values` translates cells before they are parsed. `lost_after_days` is used by the models; a
    file of deals that has it need not say how they ended.
    """

    key: str
    file: str
    kind: str
    columns: dict[str, str]
    format: FileFormat = FileFormat()
    units: dict[str, float] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    lost_after_days: int | None = None


@dataclass(frozen=True)
class ReadPlan:
    """Everything that decides what is read from the landing folder.

    `vendors` is by folder (`{"zendesk": FileFormat(timezone="Europe/Berlin")}`); the default is UTF-8, ISO dates
    and UTC. `usage` says which events count, and for which account. `each_file` says by folder or source whether its
    files are snapshots of everything or deltas, if declared. `attributes` are the names that claims may be
    about; empty if there are none.
    """

    fields: tuple[FieldRequest, ...] = ()
    mapped: tuple[MappedSource, ...] = ()
    vendors: dict[str, FileFormat] = field(default_factory=dict)
    overrides: tuple[FormatOverride, ...] = ()
    usage: UsageRules = field(default_factory=UsageRules)
    each_file: dict[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()

    def format_of(self, vendor: str, name: str) -> FileFormat:
        """How to read one file of a vendor's folder, by its path below landing/."""
        found = self.vendors.get(vendor, FileFormat())
        for override in self.overrides:
            found = replace(found, **override.changes) if override.fits(vendor, name) else found
        return found
