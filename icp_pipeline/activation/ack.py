"""Reads what the CRM said about an import: which records took their tags and which did not.

Known by their headers, in any case: Data Loader (`STATUS` or `ERROR` after the row it was given), Salesforce Bulk API
2.0 (`sf__Id` and `sf__Created` or `sf__Error`), HubSpot's error file (`Record ID` and an error column), and the answer
of HubSpot's import errors endpoint as JSON. HubSpot lists failures only: what it does not list went through. All of
them echo the row they were given, and with it the day it was scored for; further columns are no matter.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from icp_pipeline.activation import targets
from icp_pipeline.activation.hubspot_import import SCORED_AT as HUBSPOT_SCORED_AT
from icp_pipeline.activation.lead_import import ROUTE
from icp_pipeline.activation.safe_cells import plain_text, salesforce_id_18
from icp_pipeline.errors import SourceError
from icp_pipeline.settings.crm_fields import CrmFields

_COLUMNS = ["target", "record_id", "succeeded", "reason", "scored_at", "about"]
# What a record is: `account`, or `lead` for Salesforce leads and HubSpot contacts.
ACCOUNT, LEAD = "account", "lead"
# How the Id of a Salesforce lead begins.
_LEAD_PREFIX = "00Q"
# Headers under which our own files carry the day, in any case; settings may call the Salesforce field otherwise.
SCORED_AT = (CrmFields().salesforce.scored_at, HUBSPOT_SCORED_AT)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_BYTES = 512 * 1024 * 1024
_MAX_REASON = 300


_Answer = tuple[str, str, bool, str, str, str]


@dataclass(frozen=True)
class _Layout:
    """Where a result file keeps the record, and what went wrong with it."""

    target: str
    id_columns: tuple[str, ...]
    reason_column: str | None
    day_column: str | None = None
    is_of_contacts: bool = False


def read_ack(path: Path, scored_at: Sequence[str] = SCORED_AT) -> pd.DataFrame:
    """A result file as rows of target, record_id, succeeded, reason, scored_at (`YYYY-MM-DD` or empty), about.

    `scored_at` are the headers that may hold the day. Raises SourceError for any other file.
    """
    text = _text(path)
    acks = _from_json(path, text) if text.lstrip()[:1] in ("{", "[") else _from_csv(path, text, scored_at)
    return pd.DataFrame(acks, columns=_COLUMNS).drop_duplicates(
        ["target", "record_id", "about"], keep="last", ignore_index=True
    )


def mark_failed(crm_tags: pd.DataFrame, acks: pd.DataFrame) -> pd.DataFrame:
    """`history.crm_tags` (oldest row first), in which the newest tiers of each record whose write failed are unknown.

    Unknown differs from every tier, so the next `exports.changes` lists the record whatever it should hold: the CRM may
    keep the tags of any earlier import. Of several answers about one record the last counts. An answer about an import
    older than the record's newest tags (`given_for`, a day, where `crm_tags` has it) says nothing about them.
    """
    acks = acks.drop_duplicates(["target", "record_id"], keep="last")
    failed = acks.loc[~acks["succeeded"].astype(bool), ["target", "record_id", "scored_at"]]
    # One row of an import file carries the tags of all ICPs: when it fails, none of them is known any more.
    icp = crm_tags["icp_id"].fillna("primary") if "icp_id" in crm_tags else "primary"
    newest = ~crm_tags.assign(icp_id=icp).duplicated(["target", "record_id", "icp_id"], keep="last")
    answered = crm_tags[["target", "record_id"]].merge(failed, on=["target", "record_id"], how="left")["scored_at"]
    about = answered.set_axis(crm_tags.index)
    given_for = crm_tags["given_for"].astype("string") if "given_for" in crm_tags else pd.Series("", crm_tags.index)
    is_outdated = (about.fillna("") != "") & (about.astype("string") < given_for.fillna(""))
    marked = crm_tags.copy()
    marked.loc[newest & about.notna() & ~is_outdated, ["tier", "score"]] = None
    return marked


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SourceError(f"{path.name}: larger than {_MAX_BYTES} bytes, so it is not a result file")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error.strerror}); give the path of a result file") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name}: not UTF-8; give the file as the CRM wrote it, not saved by Excel") from error


def _from_csv(path: Path, text: str, scored_at: Sequence[str]) -> list[_Answer]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        days = {name.casefold() for name in (*scored_at, *SCORED_AT)}
        layout = replace(_layout(path, header), day_column=next((name for name in header if name in days), None))
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
        return _Layout("hubspot", ("record id",), (preferred or errors)[0], is_of_contacts=ROUTE.casefold() in header)
    raise SourceError(
        f"{path.name}: not a result file: expected Id with STATUS or ERROR (Data Loader), sf__Id with sf__Created or"
        " sf__Error (Bulk API), or Record ID with an error column (HubSpot);"
        f" found {', '.join(header[:12]) or 'nothing'}"
    )


def _ack(path: Path, layout: _Layout, row: Mapping[str, str], line: int) -> _Answer:
    given = next((row[name].strip() for name in layout.id_columns if row.get(name, "").strip()), "")
    reason = plain_text(row.get(layout.reason_column or "", ""))[:_MAX_REASON]
    record = _record_id(path, layout.target, given, line)
    about = LEAD if layout.is_of_contacts or _is_lead(layout.target, record) else ACCOUNT
    day = _day(row.get(layout.day_column or "", ""))
    return layout.target, record, layout.reason_column is None, reason, day, about


def _is_lead(target: str, record: str) -> bool:
    return target == "salesforce" and record.startswith(_LEAD_PREFIX)


def _day(cell: str) -> str:
    """`2026-11-21` of a date or a date and time; empty when it is neither."""
    found = _DAY.match(cell.strip())
    return found[0] if found else ""


def _record_id(path: Path, target: str, given: str, line: int) -> str:
    record = salesforce_id_18(given) if target == "salesforce" else (given if given.isdecimal() else None)
    if record is None:
        raise SourceError(
            f"{path.name} line {line}: no {target} record id there; give the result file of {_imports(target)}"
        )
    return record


def _imports(target: str) -> str:
    """The files that this CRM imports."""
    return " or ".join(
        name for name, for_whom, _ in targets.files() if for_whom.casefold() == target and name.endswith(".csv")
    )


def _from_json(path: Path, text: str) -> list[_Answer]:
    try:
        results: list[dict[str, Any]] = json.loads(text)["results"]
        found = [
            (
                # Record ID is the first column of the import file.
                str(result["sourceData"]["rowData"][0]).strip(),
                f"{result.get('errorType', '')}: {result.get('errorMessage') or ''}".strip(": "),
                next((day for cell in result["sourceData"]["rowData"][1:] if (day := _day(str(cell)))), ""),
                LEAD if str(result.get("objectType", "")).upper().startswith("CONTACT") else ACCOUNT,
            )
            for result in results
        ]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SourceError(
            f"{path.name}: not the answer of HubSpot's import errors endpoint: expected results with sourceData.rowData"
        ) from error
    return [
        ("hubspot", _record_id(path, "hubspot", given, number), False, plain_text(reason)[:_MAX_REASON], day, about)
        for number, (given, reason, day, about) in enumerate(found, start=1)
    ]
