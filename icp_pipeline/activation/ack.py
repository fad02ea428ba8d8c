"""Reads what the CRM said about an import: which records took their tags and which did not.

Known by their headers, in any case: Data Loader (`STATUS` or `ERROR` after the row it was given), Salesforce Bulk API
2.0 (`sf__Id` and `sf__Created` or `sf__Error`), HubSpot's error file (`Record ID` and an error column), and the answer
of HubSpot's import errors endpoint as JSON. HubSpot lists failures only: what it does not list went through.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation.cells import plain_text, salesforce_id_18
from icp_pipeline.errors import SourceError

_COLUMNS = ["target", "record_id", "succeeded", "reason"]
_MAX_BYTES = 512 * 1024 * 1024
_MAX_REASON = 300


@dataclass(frozen=True)
class _Layout:
    """Where a result file keeps the record, and what went wrong with it."""

    target: str
    id_columns: tuple[str, ...]
    reason_column: str | None


def read_ack(path: Path) -> pd.DataFrame:
    """A result file as rows of target, record_id, succeeded, reason; raises SourceError for any other file."""
    text = _text(path)
    acks = _from_json(path, text) if text.lstrip()[:1] in ("{", "[") else _from_csv(path, text)
    return pd.DataFrame(acks, columns=_COLUMNS).drop_duplicates(["target", "record_id"], keep="last", ignore_index=True)


def forget_failed(crm_tags: pd.DataFrame, acks: pd.DataFrame) -> pd.DataFrame:
    """`history.crm_tags` (oldest row first) without the newest row of each record whose write failed.

    What the CRM held before then counts again, so the next `exports.changes` lists the record once more. Of several
    answers about one record the last counts.
    """
    acks = acks.drop_duplicates(["target", "record_id"], keep="last")
    failed = acks.loc[~acks["succeeded"].astype(bool), ["target", "record_id"]]
    keys = pd.MultiIndex.from_frame(crm_tags[["target", "record_id"]])
    newest = ~pd.Series(keys.duplicated(keep="last"), index=crm_tags.index)
    refused = pd.Series(keys.isin(pd.MultiIndex.from_frame(failed)), index=crm_tags.index)
    return crm_tags.loc[~(newest & refused)].reset_index(drop=True)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SourceError(f"{path.name}: larger than {_MAX_BYTES} bytes, so it is no result file of one import")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}); give the path of a result file") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name}: not UTF-8; give the file as the CRM wrote it, not saved by Excel") from error


def _from_csv(path: Path, text: str) -> list[tuple[str, str, bool, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        layout = _layout(path, header)
        return [
            _ack(path, layout, dict(zip(header, cells, strict=False)), reader.line_num) for cells in reader if cells
        ]
    except csv.Error as error:
        raise SourceError(f"{path.name} line {reader.line_num}: not CSV ({error}); give the file unedited") from error


def _layout(path: Path, header: Sequence[str]) -> _Layout:
    if "sf__id" in header and ("sf__error" in header or "sf__created" in header):
        return _Layout("salesforce", ("id", "sf__id"), "sf__error" if "sf__error" in header else None)
    if "id" in header and ("error" in header or "status" in header):
        return _Layout("salesforce", ("id",), "error" if "error" in header else None)
    errors = [name for name in header if "error" in name]
    if "record id" in header and errors:
        preferred = [name for name in errors if "message" in name or name == "error"]
        return _Layout("hubspot", ("record id",), (preferred or errors)[0])
    raise SourceError(
        f"{path.name}: not a result file: expected Id with STATUS or ERROR (Data Loader), sf__Id with sf__Created or"
        " sf__Error (Bulk API), or Record ID with an error column (HubSpot);"
        f" found {', '.join(header[:12]) or 'nothing'}"
    )


def _ack(path: Path, layout: _Layout, row: Mapping[str, str], line: int) -> tuple[str, str, bool, str]:
    given = next((row[name].strip() for name in layout.id_columns if row.get(name, "").strip()), "")
    reason = plain_text(row.get(layout.reason_column or "", ""))[:_MAX_REASON]
    return layout.target, _record_id(path, layout.target, given, line), layout.reason_column is None, reason


def _record_id(path: Path, target: str, given: str, line: int) -> str:
    record = salesforce_id_18(given) if target == "salesforce" else (given if given.isdecimal() else None)
    if record is None:
        raise SourceError(
            f"{path.name} line {line}: no {target} record id there; give the result file of `{target}_*_update.csv`"
        )
    return record


def _from_json(path: Path, text: str) -> list[tuple[str, str, bool, str]]:
    try:
        results: list[dict[str, Any]] = json.loads(text)["results"]
        found = [
            (
                # Record ID is the first column of the import file.
                str(result["sourceData"]["rowData"][0]).strip(),
                f"{result.get('errorType', '')}: {result.get('errorMessage') or ''}".strip(": "),
            )
            for result in results
        ]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SourceError(
            f"{path.name}: not the answer of HubSpot's import errors endpoint: expected results with sourceData.rowData"
        ) from error
    return [
        ("hubspot", _record_id(path, "hubspot", given, number), False, plain_text(reason)[:_MAX_REASON])
        for number, (given, reason) in enumerate(found, start=1)
    ]
