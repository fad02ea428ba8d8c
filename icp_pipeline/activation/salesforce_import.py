"""The Salesforce update by Id, and the map that Data Loader needs beside it.

`#N/A` clears a field and an empty cell leaves it alone, so an account that lost its score gets `#N/A`. An account
outside the ICP gets an explicit label (`Not ICP`): a rep should see that it was judged, not that it was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.csv_files import MAX_BYTES, ImportColumn, WrittenFile, write_bytes, write_import
from icp_pipeline.activation.export_run import ExportNames, ExportRun
from icp_pipeline.activation.icp_tags import tags_of
from icp_pipeline.activation.safe_cells import CLEAR, each, is_missing, number, text

FILE = "salesforce_account_update.csv"
MAP_FILE = "salesforce_account_update.sdl"


_LABELS = {"tier_1": "Tier 1", "tier_2": "Tier 2", "tier_3": "Tier 3", "not_icp": "Not ICP"}


def write_salesforce(
    frame: pd.DataFrame,
    icp_tags: pd.DataFrame,
    folder: Path,
    about: ExportRun,
    names: ExportNames,
    max_bytes: int = MAX_BYTES,
) -> list[WrittenFile]:
    """Write the update and its Data Loader map.

    `frame` is `exports.salesforce_account_update`; `icp_tags` is `exports.icp_tags`, the fields of further ICPs.
    """
    ordered = frame.sort_values("salesforce_account_id", kind="stable")
    *columns, scored_at = _columns(ordered, about, names)
    columns = [*columns, *_icp_columns(ordered["salesforce_account_id"], icp_tags, names), scored_at]
    written = write_import(folder, FILE, columns, max_bytes)
    write_bytes(folder / MAP_FILE, _data_loader_map(columns).encode())
    return [*written, WrittenFile(MAP_FILE, None)]


def _columns(frame: pd.DataFrame, about: ExportRun, names: ExportNames) -> list[ImportColumn]:
    scored_at = f"{about.as_of:%Y-%m-%d}T00:00:00.000Z"
    labels = each(
        frame["tier_label"], lambda label: _or_clear(label if is_missing(label) else names.salesforce_label(label))
    )
    return [
        ImportColumn("Id", "salesforce_id", each(frame["salesforce_account_id"], text)),
        ImportColumn(names.salesforce_tier, "label", labels, may_clear=True),
        ImportColumn(
            names.salesforce_score,
            "score",
            each(frame["score"], lambda score: number(score) or CLEAR),
            may_clear=True,
        ),
        ImportColumn(names.salesforce_version, "version", each(frame["icp_version"], _or_clear), may_clear=True),
        ImportColumn(names.salesforce_scored_at, "datetime", [scored_at] * len(frame)),
    ]


def _icp_columns(records: pd.Series[Any], icp_tags: pd.DataFrame, names: ExportNames) -> Iterator[ImportColumn]:
    """Columns of the further ICPs that have fields; an account that an ICP is not about has them cleared."""
    for fields in names.icps:
        tags = tags_of(icp_tags, "salesforce", fields.icp_id, records)
        if fields.salesforce_tier:
            labels = [
                _or_clear(names.salesforce_label(_LABELS[tier])) if tier in _LABELS else CLEAR for tier in tags["tier"]
            ]
            yield ImportColumn(fields.salesforce_tier, "label", labels, may_clear=True)
        if fields.salesforce_score:
            scores = [number(score) or CLEAR for score in tags["score"]]
            yield ImportColumn(fields.salesforce_score, "score", scores, may_clear=True)
        if fields.salesforce_version:
            versions = [_or_clear(version) for version in tags["icp_version"]]
            yield ImportColumn(fields.salesforce_version, "version", versions, may_clear=True)


def _or_clear(value: Any) -> str:
    """The command to clear where there is no value; a value that reads like the command fails its pattern instead."""
    if is_missing(value):
        return CLEAR
    return str(value) if value != CLEAR else ""


def _data_loader_map(columns: list[ImportColumn]) -> str:
    return "#Mapping values\n" + "".join(f"{column.header}={column.header}\n" for column in columns)
