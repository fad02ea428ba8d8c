"""A list for another tool is one object in `TARGETS`: export, manifest, report and Dagster then include it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from export_frames import RUN, Frames, write_exports
from report.page_text import text
from report.report_frames import ABOUT, all_frames

from icp_pipeline.activation import targets
from icp_pipeline.activation.list_files import ListFile
from icp_pipeline.activation.manifest import ManifestFile, read_manifest, verify
from icp_pipeline.activation.row_batches import Query
from icp_pipeline.errors import PublishError
from icp_pipeline.report.page import PAGE, PURPOSES, render
from icp_pipeline.settings.crm_fields import CrmFields

DOMAINS = ListFile(
    "target_domains.csv",
    "activation.target_domains",
    "Domains of the accounts to advertise to",
    for_whom="Ad tools",
    columns=("domain", "tier", "note"),
    headers={"domain": "companywebsite"},
    cells={"tier": "code"},
    order_by=("tier", "domain"),
)


@pytest.fixture
def with_domains(monkeypatch: pytest.MonkeyPatch, frames: Frames) -> Frames:
    """The list is a target, and its model has three rows."""
    monkeypatch.setattr(targets, "TARGETS", (*targets.TARGETS, DOMAINS))
    rows = {
        "domain": ["b.example", "a.example", "c.example"],
        "tier": ["tier_2", "tier_2", "tier_1"],
        "note": ["=1+1", None, "x"],
    }
    return frames | {"activation.target_domains": pd.DataFrame(rows).assign(account_id="not in the file")}


def pages(files: list[ManifestFile]) -> dict[str, tuple[str, bytes]]:
    return {name: (PURPOSES[name], content) for name, content in render(all_frames(), ABOUT, files).items()}


def test_one_object_is_written_described_and_shown(tmp_path: Path, with_domains: Frames) -> None:
    write_exports(with_domains, tmp_path / "run-1", RUN, pages=pages)
    assert (tmp_path / "run-1" / "target_domains.csv").read_bytes() == (
        b'"companywebsite","tier","note"\n'
        b'"c.example","tier_1","x"\n'
        b'"a.example","tier_2",""\n'
        b'"b.example","tier_2","\'=1+1"\n'
    )
    described = {file.name: file for file in read_manifest(tmp_path / "run-1").files}["target_domains.csv"]
    assert (described.rows, described.for_whom, described.purpose) == (3, DOMAINS.for_whom, DOMAINS.purpose)
    verify(tmp_path / "run-1")
    page = text((tmp_path / "run-1" / PAGE).read_bytes())
    assert "target_domains.csv Ad tools Domains of the accounts to advertise to 3" in page
    assert Query("select * from activation.target_domains", ("tier", "domain")) in targets.queries(CrmFields())


def test_dagster_says_what_leaves_the_house(with_domains: Frames) -> None:
    from icp_pipeline.orchestration.assets import EXPORTS, all_assets

    said = next(spec.description for asset in all_assets() for spec in asset.specs if spec.key == EXPORTS)
    assert "`target_domains.csv` (Ad tools): Domains of the accounts to advertise to" in (said or "")


def test_a_cell_that_is_not_of_its_kind_stops_the_export(tmp_path: Path, with_domains: Frames) -> None:
    with_domains["activation.target_domains"]["tier"] = "=tier"
    with pytest.raises(PublishError, match=r"target_domains\.csv row 1 column tier"):
        write_exports(with_domains, tmp_path / "run-1", RUN)


def test_every_part_of_a_file_says_what_it_is(tmp_path: Path, frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    first, *others = targets.TARGETS
    monkeypatch.setattr(targets, "TARGETS", (replace(first, max_bytes=200), *others))
    manifest = write_exports(frames, tmp_path / "run-1", RUN)
    said = {file.name: file.purpose for file in manifest.files}
    assert said["salesforce_account_update_part_2.csv"] == (
        "Updates the tier and score of every account, by Id, next part: the CRM limits the size of one file"
    )


def test_names_of_files_are_given_once() -> None:
    names = [name for name, *_ in targets.files()]
    assert len(names) == len(set(names))
