"""What an earlier export holds and need not be written again: files that would be made from the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from icp_pipeline import plain_text
from icp_pipeline.activation.csv_files import write_bytes
from icp_pipeline.activation.export_run import ExportRun
from icp_pipeline.activation.manifest import ManifestFile, intact, read_manifest
from icp_pipeline.activation.queried_frames import QueriedFrames
from icp_pipeline.code_digest import code_digest
from icp_pipeline.errors import PublishError
from icp_pipeline.settings.crm_fields import CrmFields


def made_from(
    frames: Mapping[str, pd.DataFrame], read: Sequence[str], about: ExportRun, fields: CrmFields
) -> str | None:
    """A name for all that decides the files made of the frames in `read`; None where the frames have no names."""
    if not isinstance(frames, QueriedFrames):
        return None
    digest = hashlib.sha256(_code())
    for part in (str(about.as_of), repr(fields), *(f"{name} {frames.content(name)}" for name in read)):
        digest.update(f"{part}\n".encode())
    return digest.hexdigest()


def take_over(earlier: Path | None, name: str | None, folder: Path) -> tuple[ManifestFile, ...]:
    """Copy the files that were made from `name`; nothing where there are none, or one is not what it was."""
    if earlier is None or name is None:
        return ()
    try:
        files = tuple(file for file in read_manifest(earlier).files if file.made_from == name)
    except PublishError:
        return ()
    contents = {file.name: intact(earlier, file) for file in files}
    if None in contents.values():
        return ()
    for file, content in contents.items():
        write_bytes(folder / file, content or b"")
    return files


def _code() -> bytes:
    """Whatever changes in this room, or in what it shares with the report, may write a file otherwise."""
    return code_digest(Path(__file__).parent) + code_digest(Path(plain_text.__file__))
