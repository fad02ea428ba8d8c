"""BuiltWith lists: one file per technology, whose name is in no column; the file name or a manifest has it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pyarrow as pa

from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.recognition import Layout, fold
from icp_pipeline.sources.table.vendor import Vendor

MANIFESTS = ("manifest.csv", "manifest.json")
_LEADING = re.compile(
    r"^(all[- _]+)?(live|historical|historic|recently[- _]added|new|removed|no[- _]longer[- _]detected)?[- _]+", re.I
)
_TRAILING = re.compile(
    r"([- _]+(sites|websites|domains|list|report|export))?([- _]+\d{4}[-_]?\d{2}([-_]?\d{2})?)?(\s*\(\d+\))?$", re.I
)
_REMOVED = re.compile(r"removed|no[- _]?longer|historic|dropped", re.IGNORECASE)


def technology_of(file_name: str) -> str | None:
    """`All-Live-Shopify-Sites.csv` -> `Shopify`; None if the name does not say."""
    stem = re.sub(r"\.csv$", "", file_name, flags=re.IGNORECASE)
    for _ in range(2):
        stem = _TRAILING.sub("", stem)
    bare = _LEADING.sub("", stem)
    words = re.sub(r"[-_ ]+", " ", bare or stem).strip()
    return words or None


def note_for(path: Path) -> dict[str, str]:
    """What manifest and name say about a file: technology, report type, category."""
    entry = _manifest(path.parent).get(path.name.casefold(), {})
    named = technology_of(path.name)
    report = "removed" if _REMOVED.search(path.stem) else "current"
    return {"report": report} | ({"technology": named} if named else {}) | {k: v for k, v in entry.items() if v}


def _manifest(folder: Path) -> dict[str, dict[str, str]]:
    for name in MANIFESTS:
        if (folder / name).is_file():
            return {entry.pop("file", "").casefold(): entry for entry in _entries(folder / name)}
    return {}


def _entries(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = json.loads(text) if path.suffix == ".json" else list(csv.DictReader(text.splitlines(), strict=True))
        return [_entry(row) for row in rows]
    except (ValueError, csv.Error, AttributeError, TypeError):
        raise Held(
            f"the manifest {path.name} beside it cannot be read: expected file, technology, report type"
        ) from None


def _entry(row: dict[str, str]) -> dict[str, str]:
    names = {"file": "file", "filename": "file", "technology": "technology", "category": "category"}
    names |= {"reporttype": "report", "report": "report", "type": "report"}
    folded = {names.get(fold(key)): str(value or "").strip() for key, value in row.items() if key}
    entry = {key: value for key, value in folded.items() if key}
    if "file" not in entry:
        raise ValueError("no file column")
    return entry


def _technology(cells: Cells) -> None:
    for column in ("technology", "category"):
        if column in cells.note and not cells.has(column):
            cells.columns[column] = pa.array([cells.note[column]] * cells.size, pa.string())
    if _REMOVED.search(cells.note.get("report", "")):
        cells.columns["is_live"] = pa.array(["false"] * cells.size, pa.string())
    derive.is_live(cells)


LAYOUTS = (
    Layout(
        name="BuiltWith list",
        kind="builtwith_technology",
        nulls=frozenset({"-", "ph:"}),
        aliases={
            "domain": ("Root Domain", "Domain"),
            "technology": ("Technology", "Technology Name"),
            "category": ("Category", "Technology Category"),
            "first_detected": ("First Detected",),
            "last_found": ("Last Found", "Last Detected"),
            "last_indexed": ("Last Indexed",),
        },
        must=("domain", "last_found"),
        finish=_technology,
    ),
)

VENDOR = Vendor(LAYOUTS, note_for=note_for)
