"""The audiences: members of each, who joined and left, the files for other tools, and searches for new accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from icp_pipeline.activation.audience_files import FOLDER
from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.report.about import About
from icp_pipeline.report.figures import Frames, Row, rows
from icp_pipeline.report.searches import SearchView, searches
from icp_pipeline.report.words import EXCLUSION_REASONS
from icp_pipeline.settings.audiences import EXCLUSIONS


@dataclass(frozen=True)
class AudiencesView:
    """The audiences in order, each with its files; `exclusions` by reason. On the first run nobody joins or leaves."""

    audiences: list[Row]
    exclusions: list[Row]
    excluded: int
    exclusion_files: list[Row]
    guides: list[ManifestFile]
    is_first: bool
    searches: list[SearchView]


def is_list(file: ManifestFile) -> bool:
    """Whether a file belongs to an audience: it is listed here and not among the downloads."""
    return file.name.startswith(f"{FOLDER}/")


def view(frames: Frames, files: Sequence[ManifestFile], about: About) -> AudiencesView:
    """`files` as the manifest lists them."""
    lists = [file for file in files if is_list(file)]
    audiences = [{**row, "files": _files(lists, str(row["audience"]))} for row in rows(frames, "audiences")]
    reasons = rows(frames, "exclusions")
    return AudiencesView(
        audiences,
        [{**row, "why": EXCLUSION_REASONS.get(str(row["reason"]), str(row["reason"]))} for row in reasons],
        sum(int(row["accounts"]) for row in reasons),
        _files(lists, EXCLUSIONS),
        [file for file in lists if file.name.count("/") == 1],
        all(row["run_id"] == about.run_id for row in rows(frames, "runs")),
        searches(frames),
    )


def _files(lists: Sequence[ManifestFile], audience: str) -> list[Row]:
    """One audience's files, each with its bare name."""
    folder = f"{FOLDER}/{audience}/"
    return [
        {"name": file.name, "label": file.name.removeprefix(folder), "rows": file.rows, "for_whom": file.for_whom}
        for file in lists
        if file.name.startswith(folder)
    ]
