"""The report of a run: what it reads is fetched from the work file, what it is told comes from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icp_pipeline.activation.manifest import ManifestFile, intact, read_manifest
from icp_pipeline.errors import PublishError
from icp_pipeline.report.earlier import Earlier, accounts_made_from, earlier
from icp_pipeline.report.frames import ABOUT_ACCOUNTS, read
from icp_pipeline.report.page import PAGE, About, begin

if TYPE_CHECKING:
    from icp_pipeline.orchestration.run import Run


def pages_of(run: Run, before: Path) -> Callable[[Sequence[ManifestFile]], Mapping[str, bytes]]:
    """What writes the report beside an export's files, once their sizes and checksums are known; begun at once.

    Parts that would be drawn as in the report of the folder `before` are taken from there.
    """
    known, accounts = _page_of(before), accounts_made_from(run.frame, run.content)
    without = ABOUT_ACCOUNTS if known.accounts_made_from == accounts else ()
    frames = read(run.frame, without, large=run.build.large_frame)
    exports = run.settings.exports
    about = About(
        run.run_id,
        run.as_of,
        run.settings.owner,
        _flat(exports.salesforce.model_dump(), "labels", "label"),
        _flat(exports.hubspot.model_dump(), "values", "value"),
        {icp_id: icp.exports.salesforce.model_dump(exclude_none=True) for icp_id, icp in run.settings.icps.items()},
        {icp_id: icp.exports.hubspot.model_dump(exclude_none=True) for icp_id, icp in run.settings.icps.items()},
        accounts,
    )
    return begin(frames, about, known)


def _page_of(folder: Path) -> Earlier:
    """The report of an export folder, if there is one and it is as it was written."""
    try:
        files = read_manifest(folder).files
    except PublishError:
        return Earlier()
    page = next((intact(folder, file) for file in files if file.name == PAGE), None)
    return earlier(page.decode()) if page else Earlier()


def _flat(names: dict[str, Any], key: str, prefix: str) -> dict[str, str]:
    """Fields and the values of their options side by side: `tier`, `label_tier_1`."""
    return {**names, **{f"{prefix}_{code}": value for code, value in names.pop(key).items()}}
