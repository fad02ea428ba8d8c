"""The HubSpot company import by Record ID, and the mapping that its imports API takes.

HubSpot ignores blank cells, so an import can never clear a property. Its own tier property has only three options;
whether a company is in the ICP at all therefore stands in a property of its own, which carries a value in every row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.csv_files import MAX_ROWS, ImportColumn, WrittenFile, write_bytes, write_import
from icp_pipeline.activation.export_run import HUBSPOT_STANDARD_TIER, ExportNames, ExportRun, IcpFieldNames
from icp_pipeline.activation.icp_tags import tags_of
from icp_pipeline.activation.safe_cells import each, is_missing, number, text

FILE = "hubspot_company_update.csv"
MAPPING_FILE = "hubspot_import_mapping.json"
_COMPANY = "0-2"


def write_hubspot(
    frame: pd.DataFrame,
    icp_tags: pd.DataFrame,
    folder: Path,
    about: ExportRun,
    names: ExportNames,
    max_rows: int = MAX_ROWS,
) -> list[WrittenFile]:
    """Write the import and its mapping.

    `frame` is `exports.hubspot_company_update`; `icp_tags` is `exports.icp_tags`, the properties of further ICPs.
    """
    ordered = _by_record_id(frame)
    *columns, scored_at, version = _columns(ordered, about, names)
    columns = [*columns, *_icp_columns(ordered["hubspot_company_id"], icp_tags, names), scored_at, version]
    written = write_import(folder, FILE, columns, max_rows=max_rows)
    mapping = import_request(about, names, tuple(file.name for file in written))
    write_bytes(folder / MAPPING_FILE, (json.dumps(mapping, indent=2) + "\n").encode())
    return [*written, WrittenFile(MAPPING_FILE, None)]


def import_request(about: ExportRun, names: ExportNames, files: tuple[str, ...] = (FILE,)) -> dict[str, Any]:
    """The `importRequest` of `POST /crm/v3/imports`: updates companies that exist and creates none."""
    properties = [names.hubspot_tier, names.hubspot_status, names.hubspot_score, names.hubspot_scored_at]
    headers = ["Ideal Customer Profile Tier", "ICP Status", "ICP Score", "ICP Scored At", "ICP Model Version"]
    mappings = [_mapping("Record ID", "hs_object_id", "HUBSPOT_OBJECT_ID")]
    mappings += [_mapping(*pair) for pair in zip(headers, [*properties, names.hubspot_version], strict=True)]
    mappings += [_mapping(header, name) for fields in names.icps for header, name in _icp_headers(fields)]
    page = {"hasHeader": True, "columnMappings": mappings}
    return {
        "name": f"ICP tiers as of {about.as_of:%Y-%m-%d}",
        "dateFormat": "YEAR_MONTH_DAY",
        "importOperations": {_COMPANY: "UPDATE"},
        "files": [{"fileName": file, "fileFormat": "CSV", "fileImportPage": page} for file in files],
    }


def _icp_headers(fields: IcpFieldNames) -> list[tuple[str, str]]:
    """Header and property of each column that one further ICP has; the header is the property's name."""
    names = (fields.hubspot_tier, fields.hubspot_status, fields.hubspot_score, fields.hubspot_version)
    return [(name, name) for name in names if name]


def _icp_columns(records: pd.Series[Any], icp_tags: pd.DataFrame, names: ExportNames) -> Iterator[ImportColumn]:
    """Columns of the further ICPs that have properties. Tier and status carry a value in every row: a blank cell would
    leave what stood there when the account left the ICP."""
    for fields in names.icps:
        tags = tags_of(icp_tags, "hubspot", fields.icp_id, records)
        if fields.hubspot_tier:
            yield _options(fields.hubspot_tier, tags["tier"], names)
        if fields.hubspot_status:
            statuses = [tier if tier in ("not_icp", "unscored") else "in_icp" for tier in tags["tier"]]
            yield _options(fields.hubspot_status, statuses, names)
        if fields.hubspot_score:
            scores = [number(score) for score in tags["score"]]
            yield ImportColumn(fields.hubspot_score, "score", scores, may_be_blank=True)
        if fields.hubspot_version:
            versions = ["" if is_missing(version) else str(version) for version in tags["icp_version"]]
            yield ImportColumn(fields.hubspot_version, "version", versions, may_be_blank=True)


def _options(header: str, codes: Iterable[Any], names: ExportNames, *, may_be_blank: bool = False) -> ImportColumn:
    """Codes as the company's own options are called; what is none of ours goes as it is, for its pattern to judge."""
    values = ["" if is_missing(code) else names.hubspot_value(str(code)) for code in codes]
    renamed = any(value.startswith("value_") and getattr(names, value) != value[6:] for value in vars(names))
    return ImportColumn(header, "label" if renamed else "code", values, may_be_blank=may_be_blank)


def _mapping(header: str, property_name: str, id_type: str | None = None) -> dict[str, str | None]:
    return {
        "columnObjectTypeId": _COMPANY,
        "columnName": header,
        "propertyName": property_name,
        "idColumnType": id_type,
    }


def _by_record_id(frame: pd.DataFrame) -> pd.DataFrame:
    # As numbers would sort, without turning an id into a number.
    ids = frame["hubspot_company_id"].astype("string").reset_index(drop=True)
    order = pd.DataFrame({"length": ids.str.len(), "id": ids}).sort_values(["length", "id"], kind="stable").index
    return frame.iloc[order.to_numpy()]


def _columns(frame: pd.DataFrame, about: ExportRun, names: ExportNames) -> list[ImportColumn]:
    # A tier property of the company's own can have options for everything, so there nothing goes stale.
    tiers = frame["hubspot_tier"] if names.hubspot_tier == HUBSPOT_STANDARD_TIER else frame["tier"]
    return [
        ImportColumn("Record ID", "hubspot_id", each(frame["hubspot_company_id"], text)),
        _options("Ideal Customer Profile Tier", tiers.tolist(), names, may_be_blank=True),
        _options("ICP Status", frame["icp_status"].tolist(), names),
        ImportColumn("ICP Score", "score", each(frame["score"], number), may_be_blank=True),
        ImportColumn("ICP Scored At", "date", [f"{about.as_of:%Y-%m-%d}"] * len(frame)),
        ImportColumn("ICP Model Version", "version", each(frame["icp_version"], text), may_be_blank=True),
    ]
