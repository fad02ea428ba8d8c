"""The report of a run: what it reads is fetched from the work file, what it is told comes from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from icp_pipeline.activation.manifest import ManifestFile
from icp_pipeline.report.frames import read
from icp_pipeline.report.page import About, render

if TYPE_CHECKING:
    from icp_pipeline.orchestration.run import Run


def pages_of(run: Run) -> Callable[[Sequence[ManifestFile]], Mapping[str, bytes]]:
    """What writes the report beside an export's files, once their sizes and checksums are known."""
    frames = read(run.frame)
    exports = run.settings.exports
    about = About(
        run.run_id,
        run.as_of,
        run.settings.owner,
        _flat(exports.salesforce.model_dump(), "labels", "label"),
        _flat(exports.hubspot.model_dump(), "values", "value"),
        {icp_id: icp.exports.salesforce.model_dump(exclude_none=True) for icp_id, icp in run.settings.icps.items()},
        {icp_id: icp.exports.hubspot.model_dump(exclude_none=True) for icp_id, icp in run.settings.icps.items()},
    )
    return lambda files: render(frames, about, files)


def _flat(names: dict[str, Any], key: str, prefix: str) -> dict[str, str]:
    """Fields and the values of their options side by side: `tier`, `label_tier_1`."""
    return {**names, **{f"{prefix}_{code}": value for code, value in names.pop(key).items()}}
