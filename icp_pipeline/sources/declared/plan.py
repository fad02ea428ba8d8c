"""What to read and how: the values that settings hand to this room. No file is touched here."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field, replace
from typing import Any

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.declared.usage_rules import UsageRules

DATE_ORDERS = ("ymd", "dmy", "mdy")


@dataclass(frozen=True)
class FileFormat:
    """What a text file does not say about itself: how its bytes, its columns and its cells are to be understood.

    `delimiter` and `decimal` are None where nobody declared them; `header_line` is None where the header comes first;
    `escape` is what a file turned out to have before quotes inside a cell, None where they are doubled.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    header_line: int | None = None
    date_order: str = "ymd"
    timezone: str = "UTC"
    decimal: str | None = None
    escape: str | None = None

    def rules(self, epoch: bool = False) -> Rules:
        """How its cells are to be understood."""
        return Rules(date_order=self.date_order, timezone=self.timezone, decimal=self.decimal, epoch=epoch)


@dataclass(frozen=True)
class FormatOverride:
    """What differs in some files of a vendor's folder. `pattern` is a file name or a path below landing/."""

    vendor: str
    pattern: str
    changes: dict[str, Any]

    def fits(self, vendor: str, name: str) -> bool:
        """Whether it holds for this file, by its path below landing/."""
        names = (name, name.rsplit("/", 1)[-1])
        return vendor == self.vendor and any(fnmatch.fnmatchcase(each, self.pattern) for each in names)


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
    file has not; `values` translates cells before they are parsed. `lost_after_days` is the models'; a file of deals
    that has it need not say how they ended.
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
    """Everything that changes what is read from the landing folder.

    `vendors` is per folder (`{"zendesk": FileFormat(timezone="Europe/Berlin")}`); a vendor that is not named is UTF-8,
    ISO and UTC. `usage` says which events count, and for whom. `each_file` says by folder or source whether each of its
    files is a snapshot of everything or a delta, where that is declared. `attributes` are the names that
    people may make claims about; none where nobody asks.
    """

    fields: tuple[FieldRequest, ...] = ()
    mapped: tuple[MappedSource, ...] = ()
    vendors: dict[str, FileFormat] = field(default_factory=dict)
    overrides: tuple[FormatOverride, ...] = ()
    usage: UsageRules = field(default_factory=UsageRules)
    each_file: dict[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()

    def format_of(self, vendor: str, name: str) -> FileFormat:
        """How one file of a vendor's folder is to be read, by its path below landing/."""
        found = self.vendors.get(vendor, FileFormat())
        for override in self.overrides:
            found = replace(found, **override.changes) if override.fits(vendor, name) else found
        return found
