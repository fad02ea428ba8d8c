"""A file that would be made from the same is copied from the export before; whatever differs is written anew."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from export_frames import RUN, Frames

from icp_pipeline.activation.export import write_exports
from icp_pipeline.activation.export_run import ExportRun
from icp_pipeline.activation.manifest import read_manifest, verify
from icp_pipeline.activation.queried_frames import QueriedFrames, frame_queries
from icp_pipeline.settings.crm_fields import CrmFields, SalesforceExportSettings

NEXT = replace(RUN, run_id="run-2")
OTHER = CrmFields(salesforce=SalesforceExportSettings(tier="Tier__c"))


class Asked:
    """The warehouse as an export asks it; keeps which frames were read whole."""

    def __init__(self, frames: Frames) -> None:
        self._frames = {frame_queries()[name]: frame for name, frame in frames.items()}
        self._names = {query: name for name, query in frame_queries().items()}
        self.read: set[str] = set()

    def query(self, sql: str) -> pd.DataFrame:
        self.read.add(self._names[sql])
        return self._frames[sql]

    def content(self, sql: str) -> str:
        return self._frames[sql].to_csv()

    def frames(self) -> QueriedFrames:
        return QueriedFrames(self.query, self.content)


@pytest.fixture
def live(tmp_path: Path, frames: Frames) -> Path:
    """An export that is there already."""
    write_exports(Asked(frames).frames(), tmp_path / "run-1", RUN)
    return tmp_path / "run-1"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def test_what_did_not_change_is_copied_and_not_read(live: Path, frames: Frames) -> None:
    asked = Asked(frames)
    write_exports(asked.frames(), live.with_name("run-2"), NEXT, earlier=live)
    assert asked.read == {"tiers"}
    assert contents(live) == contents(live.with_name("run-2"))
    before, now = read_manifest(live), verify(live.with_name("run-2"))
    assert (now.files, now.tiers_by_icp) == (before.files, before.tiers_by_icp)


def test_a_frame_that_changed_is_written_and_no_other(live: Path, frames: Frames) -> None:
    frames["exports.changes"] = frames["exports.changes"].head(1)
    asked = Asked(frames)
    write_exports(asked.frames(), live.with_name("run-2"), NEXT, earlier=live)
    assert asked.read == {"tiers", "exports.changes"}
    now, before = contents(live.with_name("run-2")), contents(live)
    assert {name for name in now if now[name] != before[name]} == {"changes.csv"}
    assert now["changes.csv"].count(b"\n") == 2


@pytest.mark.parametrize(
    ("about", "fields"),
    [
        (replace(NEXT, as_of=RUN.as_of + datetime.timedelta(days=1)), CrmFields()),
        (NEXT, OTHER),
    ],
    ids=["another day", "other fields"],
)
def test_what_was_told_otherwise_is_written_otherwise(
    live: Path, frames: Frames, about: ExportRun, fields: CrmFields
) -> None:
    write_exports(Asked(frames).frames(), live.with_name("run-2"), about, fields, earlier=live)
    write_exports(frames, live.with_name("alone"), about, fields)
    assert contents(live.with_name("run-2")) == contents(live.with_name("alone")) != contents(live)


@pytest.mark.parametrize("harm", ["changed", "removed", "no manifest"])
def test_a_file_that_was_touched_is_written_again(live: Path, frames: Frames, harm: str) -> None:
    before = contents(live)
    file = live / ("manifest.json" if harm == "no manifest" else "salesforce_account_update.csv")
    if harm == "changed":
        file.chmod(0o644)
        file.write_bytes(file.read_bytes().replace(b"Tier 1", b"Tier 2"))
    else:
        file.unlink()
    asked = Asked(frames)
    write_exports(asked.frames(), live.with_name("run-2"), NEXT, earlier=live)
    assert contents(live.with_name("run-2")) == before
    assert "exports.salesforce_account_update" in asked.read


def test_a_manifest_of_an_older_release_is_read_and_nothing_taken_over(live: Path, frames: Frames) -> None:
    path = live / "manifest.json"
    lines = [line for line in path.read_text().splitlines() if '"made_from"' not in line]
    path.write_text("\n".join(lines).replace(",\n    }", "\n    }"))
    assert all(file.made_from is None for file in read_manifest(live).files)
    asked = Asked(frames)
    write_exports(asked.frames(), live.with_name("run-2"), NEXT, earlier=live)
    assert asked.read == set(frame_queries())


def test_other_code_writes_everything_again(live: Path, frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    from icp_pipeline.activation import taken_over_files

    monkeypatch.setattr(taken_over_files, "_code", lambda: b"another release")
    asked = Asked(frames)
    write_exports(asked.frames(), live.with_name("run-2"), NEXT, earlier=live)
    assert asked.read == set(frame_queries())


def test_tiers_are_counted_for_each_icp(tmp_path: Path, frames: Frames) -> None:
    emea = pd.DataFrame({"icp_id": ["emea"], "tier": ["tier_2"], "accounts": [3]})
    frames["tiers"] = pd.concat([emea, frames["tiers"]])
    manifest = write_exports(frames, tmp_path / "run-1", RUN)
    assert list(manifest.tiers_by_icp) == ["primary", "emea"]
    assert manifest.tiers_by_icp["emea"] == {"tier_1": 0, "tier_2": 3, "tier_3": 0, "not_icp": 0, "unscored": 0}
    assert manifest.tiers == manifest.tiers_by_icp["primary"]
    assert read_manifest(tmp_path / "run-1").tiers_by_icp == manifest.tiers_by_icp
