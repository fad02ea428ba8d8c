"""`manifest.json`: lists an export folder's files, so that a copy can be verified."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from icp_pipeline.activation.target import ExportRun
from icp_pipeline.errors import PublishError

FILE = "manifest.json"


@dataclass(frozen=True)
class ManifestFile:
    """One file of the export."""

    name: str
    rows: int | None
    sha256: str = ""
    bytes: int = 0
    # Who takes it and what it is for; unknown of an export that an older release wrote.
    for_whom: str = "People"
    purpose: str = ""


@dataclass(frozen=True)
class Manifest:
    """All files of one export, and the run that made them; `tiers` are those of the primary ICP."""

    run_id: str
    as_of: str
    icp_version: str | None
    tiers: Mapping[str, int]
    files: tuple[ManifestFile, ...] = field(default=())
    tiers_by_icp: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def as_json(self) -> str:
        """The file's text: stable key order, one file per entry."""
        files = {file.name: {k: v for k, v in asdict(file).items() if k != "name"} for file in self.files}
        about = {name: value for name, value in asdict(self).items() if name != "files"}
        return json.dumps({**about, "files": files}, indent=2) + "\n"


def described(folder: Path, file: ManifestFile) -> ManifestFile:
    """The file with its size and checksum on disk."""
    with (folder / file.name).open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        return replace(file, sha256=sha256, bytes=content.tell())


def write_manifest(
    folder: Path, about: ExportRun, tiers_by_icp: Mapping[str, Mapping[str, int]], files: tuple[ManifestFile, ...]
) -> Manifest:
    """Write the manifest; the caller writes it last, so its presence means that the folder is complete."""
    own = tiers_by_icp["primary"]
    manifest = Manifest(about.run_id, f"{about.as_of:%Y-%m-%d}", about.icp_version, own, files, tiers_by_icp)
    (folder / FILE).write_bytes(manifest.as_json().encode())
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest; raises PublishError when there is none or it cannot be read."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        for facts in content["files"].values():
            facts.pop("made_from", None)  # what an older release wrote
        files = tuple(ManifestFile(name, **facts) for name, facts in content.pop("files").items())
        return Manifest(files=files, **content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PublishError(
            f"{folder / FILE}: not a readable manifest, so the export is not complete; run `icp run` again"
        ) from error


def verify(folder: Path) -> Manifest:
    """Compare every file with the manifest; raises PublishError naming the first that differs."""
    manifest = read_manifest(folder)
    for expected in manifest.files:
        try:
            found = described(folder, expected)
        except OSError as error:
            raise PublishError(f"{error.filename}: listed in {FILE}, but not readable; run `icp run` again") from error
        if expected != found:
            raise PublishError(
                f"{folder / expected.name}: differs from {FILE} (expected {expected.bytes} bytes, sha256"
                f" {expected.sha256[:12]}; found {found.bytes}, {found.sha256[:12]}); run `icp run` again or roll back"
            )
    return manifest
