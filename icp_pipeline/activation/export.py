"""Writes one run's export folder: import files for Salesforce and HubSpot, files for people, report, manifest.

Everything is written into a hidden folder beside the final one and renamed when it is complete, so that the final
name either does not exist or holds every file. Same frames, same as-of date, same names: same bytes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from icp_pipeline.activation.csv_files import WrittenFile, write_bytes
from icp_pipeline.activation.export_run import ExportNames, ExportRun
from icp_pipeline.activation.hubspot_import import write_hubspot
from icp_pipeline.activation.manifest import Manifest, ManifestFile, describe, write_manifest
from icp_pipeline.activation.queried_frames import missing_frames
from icp_pipeline.activation.review import tier_counts, write_changes, write_review
from icp_pipeline.activation.salesforce_import import write_salesforce
from icp_pipeline.activation.taken_over_files import made_from, take_over
from icp_pipeline.errors import PublishError

__all__ = ["ExportNames", "ExportRun", "crm_tags", "write_exports"]

# Writes the report's files, by name, for the files that lie beside it.
Pages = Callable[[Sequence[ManifestFile]], Mapping[str, bytes]]

_TAG_COLUMNS = {"new_tier": "tier", "new_score": "score", "icp_version": "icp_version"}


def write_exports(
    frames: Mapping[str, pd.DataFrame],
    out: Path,
    about: ExportRun,
    names: ExportNames | None = None,
    pages: Pages | None = None,
    earlier: Path | None = None,
    when_read: Callable[[], None] | None = None,
) -> Manifest:
    """Write all files of a run into `out` (`exports/<run id>`), all or nothing.

    `frames` are the results of `frames.FRAME_QUERIES`; without `pages` there is no report. What would be made from the
    same as a file of the folder `earlier` is copied, when that file is still what its manifest says. `when_read` is
    called once nothing more is read of `frames`, before most files are written. Raises
    PublishError when a cell may not go to a CRM (naming file, row and column), when a frame is missing, or when the
    disk refuses; what `exports/latest` shows then stays.
    """
    missing = missing_frames(frames)
    if missing:
        raise PublishError(f"the export lacks {', '.join(missing)}: build the exports models first (`icp run`)")
    work = out.parent / f".{out.name}.partial"
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        manifest = _write_all(frames, work, about, names or ExportNames(), pages, earlier, when_read)
        _sync_folder(work)
        _move_into_place(work, out)
    except OSError as error:
        raise PublishError(
            f"{out}: the export cannot be written ({error.strerror or error}); the last one stays."
            " Free space or correct the folder's owner and mode, then run again"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def crm_tags(changes: pd.DataFrame, run_id: str) -> pd.DataFrame:
    """What this run newly gives the CRM, as rows to append to `history.crm_tags`; `changes` is `exports.changes`.

    Only what moved is appended: the newest row of a record is what its CRM holds, as long as failed writes are removed.
    """
    tags = changes[["target", "record_id", "icp_id", *_TAG_COLUMNS]].rename(columns=_TAG_COLUMNS)
    return tags.assign(run_id=run_id).sort_values(["target", "record_id", "icp_id"], ignore_index=True)


def _write_all(
    frames: Mapping[str, pd.DataFrame],
    folder: Path,
    about: ExportRun,
    names: ExportNames,
    pages: Pages | None,
    earlier: Path | None,
    when_read: Callable[[], None] | None,
) -> Manifest:
    planned = []
    for read, write in _WRITERS:
        name = made_from(frames, read, about, names)
        taken = take_over(earlier, name, folder)
        planned.append((name, write, taken, None if taken else [frames[one] for one in read]))
    tiers = tier_counts(frames["tiers"])
    if when_read:
        when_read()
    files: tuple[ManifestFile, ...] = ()
    for name, write, taken, rows in planned:
        files += taken or describe(folder, write(rows, folder, about, names), name)
    for name, content in (pages(files) if pages else {}).items():
        write_bytes(folder / name, content)
        files = (*files, *describe(folder, [WrittenFile(name, None)]))
    return write_manifest(folder, about, tiers, files)


# What writes which files: the frames that they are made of, and the writer.
_WRITERS: tuple[tuple[tuple[str, ...], Callable[..., list[WrittenFile]]], ...] = (
    (("salesforce_account_update", "icp_tags"), lambda read, *told: write_salesforce(*read, *told)),
    (("hubspot_company_update", "icp_tags"), lambda read, *told: write_hubspot(*read, *told)),
    (("accounts_review",), lambda read, folder, *_: [write_review(read[0], folder)]),
    (("changes",), lambda read, folder, *_: [write_changes(read[0], folder)]),
)


def _move_into_place(work: Path, out: Path) -> None:
    """Rename the complete folder; a folder of the same run that is not live gives way, a live one never does."""
    if out.exists():
        live = out.parent / "latest"
        if live.exists() and live.resolve() == out.resolve():
            raise PublishError(f"{out}: this run's export is already live; start a new run to export again")
        shutil.rmtree(out)
    work.rename(out)
    _sync_folder(out.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
