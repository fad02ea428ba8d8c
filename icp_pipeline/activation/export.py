"""Writes one run's export folder: import files for Salesforce and HubSpot, files for people, report, manifest.

Everything is written into a hidden folder beside the final one and renamed when it is complete, so that the final
name either does not exist or holds every file. Same rows, same as-of date, same names: same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from icp_pipeline.activation import targets
from icp_pipeline.activation.csv_files import WrittenFile
from icp_pipeline.activation.manifest import Manifest, ManifestFile, described, write_manifest
from icp_pipeline.activation.row_batches import Query, Rows
from icp_pipeline.activation.target import ExportRun, Target
from icp_pipeline.disk import let_all_read, sync, sync_all
from icp_pipeline.errors import PublishError
from icp_pipeline.settings.crm_fields import CrmFields
from icp_pipeline.tiers import TIERS

# Writes the report's files for the files that lie beside it: by name, what each is for and what it holds.
Pages = Callable[[Sequence[ManifestFile]], Mapping[str, tuple[str, bytes]]]


def write_exports(
    rows: Mapping[Query, Rows],
    out: Path,
    about: ExportRun,
    fields: CrmFields | None = None,
    pages: Pages | None = None,
) -> Manifest:
    """Write all files of a run into `out` (`exports/<run id>`), all or nothing.

    `rows` are those of `targets.queries`; without `pages` there is no report. Raises PublishError when a cell may not
    go to a CRM (naming file, row and column), or when the disk refuses; what `exports/latest` shows then stays.
    """
    work = out.parent / f".{out.name}.partial"
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        manifest = _write_all(rows, work, about, fields or CrmFields(), pages)
        let_all_read(work)
        sync_all(work)
        _move_into_place(work, out)
    except OSError as error:
        raise PublishError(
            f"{out}: the export cannot be written ({error.strerror or error}); the last export stays live."
            " Free disk space or fix the folder's owner and mode, then run again"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _write_all(
    rows: Mapping[Query, Rows],
    folder: Path,
    about: ExportRun,
    fields: CrmFields,
    pages: Pages | None,
) -> Manifest:
    files: list[ManifestFile] = []
    for target in targets.TARGETS:
        written = target.write([rows[query] for query in target.queries(fields)], folder, about, fields)
        files += (_described(folder, target, file) for file in written)
    for page, (purpose, content) in (pages(files) if pages else {}).items():
        (folder / page).write_bytes(content)
        files.append(described(folder, ManifestFile(page, None, purpose=purpose)))
    return write_manifest(folder, about, _tier_counts(rows[targets.COUNTED_TIERS].whole()), tuple(files))


def _described(folder: Path, target: Target, file: WrittenFile) -> ManifestFile:
    purpose = target.purpose_of(file)
    if file.part_of:
        purpose += ", next part: the CRM limits the size of one file"
    known = ManifestFile(file.name, file.rows, for_whom=target.for_whom, purpose=purpose)
    return described(folder, known)


def _tier_counts(tiers: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Accounts per tier by ICP, the primary one first and always there, tiers without accounts too."""
    counts = {(str(icp_id), str(tier)): int(n) for icp_id, tier, n in tiers.itertuples(index=False)}
    further = sorted({icp_id for icp_id, _ in counts} - {"primary"})
    return {icp_id: {tier: counts.get((icp_id, tier), 0) for tier in TIERS} for icp_id in ("primary", *further)}


def _move_into_place(work: Path, out: Path) -> None:
    """Rename the complete folder; a folder of the same run that is not live gives way, a live one never does."""
    if out.exists():
        live = out.parent / "latest"
        if live.exists() and live.resolve() == out.resolve():
            raise PublishError(f"{out}: this run's export is already live; start a new run to export again")
        shutil.rmtree(out)
    work.rename(out)
    sync(out.parent)
