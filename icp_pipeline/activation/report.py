"""The run's page: one self-contained HTML file that opens without a server or a network."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup, escape

from icp_pipeline.activation.cells import is_missing
from icp_pipeline.activation.csv_files import write_bytes
from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.activation.options import ExportRun

FILE = "index.html"
_TEMPLATE = Path(__file__).with_name("report.html.j2")
_SHOWN_PER_WARNING = 3
# What decides whether the tiers can be used at all comes before what is wrong with single records.
_GRAVEST = ("NO_SIGNAL", "TOO_FEW_CUSTOMERS", "LEAKY_ATTRIBUTE", "ICP_TOO_BROAD", "ICP_STALE", "HELD_FILE")
_SHOWN_CRITERIA = 12
_SHOWN_REASONS = 8
# The interval bars run from a tenth to ten times.
_LIFT_DECADES = 1.0

_TIERS = {
    "tier_1": ("Tier 1", "fits best and something is happening now"),
    "tier_2": ("Tier 2", "fits well"),
    "tier_3": ("Tier 3", "may fit"),
    "not_icp": ("Not ICP", "does not fit, or is ruled out"),
    "unscored": ("Unscored", "too little is known to say"),
}
_DOWNLOADS = {
    "salesforce_account_update.csv": "Salesforce: update Account by Id (Data Loader or Bulk API)",
    "salesforce_account_update.sdl": "Field map for Data Loader",
    "hubspot_company_update.csv": "HubSpot: import companies, existing records only, by Record ID",
    "hubspot_import_mapping.json": "The same import as a request for HubSpot's imports API",
    "accounts_review.csv": "For people: every account with its tier, action and reasons (not for import)",
    "changes.csv": "Only the records whose tier moved since the CRM was last given it",
}


def write_report(
    frames: Mapping[str, pd.DataFrame],
    folder: Path,
    about: ExportRun,
    tiers: Mapping[str, int],
    files: Sequence[ManifestFile],
) -> None:
    """Write `index.html`; frames that only fill the report may be missing."""
    page = _template().render(
        about=about,
        summary=_first(frames, "run_summary"),
        tiers=_tiers(tiers),
        warnings=_warnings(_rows(frames, "warnings")),
        criteria=_criteria(_rows(frames, "criteria")),
        moves=_moves(frames["changes"]),
        sources=_sources(_rows(frames, "source_files")),
        rejected=_rejected(_rows(frames, "rejected_reasons")),
        files=[(file, _DOWNLOADS.get(file.name, "The rest of the file above")) for file in files],
    )
    write_bytes(folder / FILE, page.encode())


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["size"] = _size
    environment.filters["with_code"] = _with_code
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _rows(frames: Mapping[str, pd.DataFrame], name: str) -> list[dict[str, Any]]:
    if name not in frames:
        return []
    records = frames[name].to_dict("records")
    return [{str(key): None if is_missing(value) else value for key, value in row.items()} for row in records]


def _first(frames: Mapping[str, pd.DataFrame], name: str) -> dict[str, Any]:
    rows = _rows(frames, name)
    return rows[0] if rows else {}


def _tiers(tiers: Mapping[str, int]) -> list[dict[str, Any]]:
    total = sum(tiers.values())
    return [
        {"key": key, "label": _TIERS[key][0], "meaning": _TIERS[key][1], "accounts": accounts,
         "percent": 100 * accounts / total if total else 0.0}
        for key, accounts in tiers.items()
    ]  # fmt: skip


def _warnings(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry per code, gravest first; a thousand duplicate domains are one line with three examples."""
    by_code: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (str(row["code"]), str(row.get("subject") or ""), str(row["message"]))):
        by_code.setdefault(str(row["code"]), []).append(row)
    entries = [
        {
            "code": code,
            "is_note": all(row["severity"] != "warning" for row in same),
            "shown": [row["message"] for row in same[:_SHOWN_PER_WARNING]],
            "more": len(same[_SHOWN_PER_WARNING:]),
        }
        for code, same in by_code.items()
    ]
    return sorted(entries, key=lambda entry: (entry["is_note"], _gravity(str(entry["code"]))))


def _gravity(code: str) -> tuple[int, str]:
    return (_GRAVEST.index(code) if code in _GRAVEST else len(_GRAVEST), code)


def _criteria(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(rows, key=lambda row: (-abs(row.get("points") or 0.0), str(row["attribute"]), str(row["segment"])))
    return [
        {
            "kind": str(row["kind"]).replace("_", " "),
            "is_against": row["kind"] in ("negative", "disqualifier"),
            "trait": f"{str(row['attribute']).replace('_', ' ')}: {row['segment']}",
            "points": row.get("points"),
            "customers": row.get("n_segment"),
            "lift": row.get("lift"),
            "low": row.get("ci_low"),
            "high": row.get("ci_high"),
            "bar": _bar(row.get("ci_low"), row.get("lift"), row.get("ci_high")),
            "evidence": row.get("evidence"),
        }
        for row in ordered[:_SHOWN_CRITERIA]
    ]


def _bar(low: float | None, lift: float | None, high: float | None) -> dict[str, float] | None:
    """Places on the bar in percent: the middle is a lift of 1, each half one decade."""
    if not low or not lift or not high:
        return None
    left, middle, right = (_place(value) for value in (low, lift, high))
    return {"left": left, "width": max(right - left, 0.8), "middle": middle}


def _place(lift: float) -> float:
    return min(100.0, max(0.0, 50 + 50 * math.log10(lift) / _LIFT_DECADES))


def _moves(changes: pd.DataFrame) -> list[tuple[str, str, str, int]]:
    """How many records of each CRM went from which tier to which."""
    labels = {key: label for key, (label, _) in _TIERS.items()}
    columns = (changes[name].tolist() for name in ("target", "old_tier", "new_tier"))
    moves = Counter(
        (str(target), "" if is_missing(old) else str(old), str(new)) for target, old, new in zip(*columns, strict=True)
    )
    return [
        (target.capitalize(), labels.get(old, "not tagged before"), labels.get(new, new), records)
        for (target, old, new), records in sorted(moves.items())
    ]


def _sources(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["path"]))


def _rejected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(
        rows, key=lambda row: (-int(row["rejected"]), str(row["path"]), str(row["reason"]), str(row["column_name"]))
    )
    return ordered[:_SHOWN_REASONS]


def _with_code(text: str) -> Markup:
    """Escaped text in which `commands` stand out."""
    parts = str(escape(text)).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)))


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
