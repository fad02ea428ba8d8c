"""Saved searches for prospecting tools: what to enter, and in words how well they find our own best tiers."""

from __future__ import annotations

from dataclasses import dataclass

from icp_pipeline.report.figures import Frames, Row, count, percent, rows
from icp_pipeline.report.words import TOOLS, clean, listed, plural, trait


@dataclass(frozen=True)
class SearchView:
    """One ICP's search in one tool: lines to enter, to exclude, to narrow it down, and what it cannot express."""

    icp_id: str
    tool: str
    included: list[str]
    excluded: list[str]
    narrower: list[str]
    near: list[str]
    unsaid: list[str]
    quality: str


def searches(frames: Frames) -> list[SearchView]:
    """Every ICP's searches, the primary one's first; none without criteria."""
    found = [
        _search(row, rows(frames, "searches", icp_id=row["icp_id"], tool=row["tool"])) for row in _qualities(frames)
    ]
    return sorted(
        found, key=lambda search: (search.icp_id != "primary", search.icp_id, [*TOOLS.values()].index(search.tool))
    )


def _qualities(frames: Frames) -> list[Row]:
    return [row for row in rows(frames, "search_quality") if row["tool"] in TOOLS]


def _search(quality: Row, criteria: list[Row]) -> SearchView:
    used = [row for row in criteria if row["is_used"]]
    sayable = [row for row in criteria if row["exactness"] != "none"]
    return SearchView(
        str(quality["icp_id"]),
        TOOLS[str(quality["tool"])],
        _lines([row for row in used if row["operator"] == "any_of"]),
        _lines([row for row in used if row["operator"] == "none_of"]),
        _lines([row for row in sayable if not row["is_used"]]),
        [_near(row) for row in sayable if row["exactness"] == "near"],
        [trait(str(row["attribute"]), str(row["segment"])) for row in criteria if row["exactness"] == "none"],
        in_words(quality),
    )


def _lines(criteria: list[Row]) -> list[str]:
    """`Industry: Software Development or Internet Publishing`, one line for each filter of the tool."""
    by_field: dict[str, list[str]] = {}
    for row in criteria:
        values = by_field.setdefault(clean(row["field"]), [])
        values += [value for value in clean(row["filter_values"]).split(";") if value not in values]
    return [f"{field}: {listed(values, 'or')}" for field, values in by_field.items()]


def _near(row: Row) -> str:
    entered = listed(clean(row["filter_values"]).split(";"), "or")
    return (
        f"{clean(row['field'])} {entered} is close to {trait(str(row['attribute']), str(row['segment']))}, not the same"
    )


def in_words(quality: Row) -> str:
    """The search's precision and recall among our own accounts with a tier."""
    found, targets = quality["found"], quality["targets"]
    if found is None:
        return "This tool has no filter for any of the criteria."
    ours = f"Of our own {count(quality['accounts'])} accounts with a tier,"
    if not found:
        return f"{ours} it finds none; {count(targets)} are tier 1 or 2."
    hits = quality["found_targets"]
    text = f"{ours} it finds {count(found)}: {count(hits)} of them ({percent(quality['precision'])}) are tier 1 or 2."
    if targets:
        missed = targets - hits
        text += f" It misses {count(missed)} of the {count(targets)} that are ({percent(missed / targets)})."
    if (more := quality["filters"] - quality["filters_set"]) > 0:
        below = "the filter" if more == 1 else "all the filters"
        text += f" With {below} below it would find {plural(quality['found_by_all'], 'account')},"
        text += f" {count(quality['found_targets_by_all'])} of them tier 1 or 2."
    return text
