"""How the text of a file is wrapped: lines above the header, and what settings declare of a folder or of one file."""

from __future__ import annotations

from pathlib import Path

import pytest
from landing_folder import Landing

from icp_pipeline.orchestration.plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.sources.plan import FileFormat, FormatOverride, MappedSource, ReadPlan

REPORT = "Accounts by region\n\nAs of 2026-11-21\nId,Name,Website\n001Hs00004kXyZa,Halden,halden.example\n"


def test_a_declared_header_line_leaves_the_lines_above_it_out_and_keeps_true_line_numbers(landing: Landing) -> None:
    landing.put("salesforce/report.csv", REPORT + ",Nobody,n.example\n")
    landing.land(ReadPlan(vendors={"salesforce": FileFormat(header_line=4)}), accounts=False)
    assert landing.rows("salesforce_account", "name", "source_line") == [{"name": "Halden", "source_line": 5}]
    assert landing.rejects() == [(6, "Id", "required, but empty or not usable", "row")]


def test_a_header_line_beyond_the_end_of_the_file_is_told(landing: Landing) -> None:
    landing.put("salesforce/report.csv", REPORT)
    message = landing.held(ReadPlan(vendors={"salesforce": FileFormat(header_line=40)}))
    assert "report.csv: `header_line: 40` is declared, but the file has only 5 lines" in message


def test_a_mapped_source_takes_a_header_line(landing: Landing) -> None:
    landing.put("crm/report.csv", REPORT)
    source = MappedSource("crm", "crm/*.csv", "account", {"id": "Id", "name": "Name"}, FileFormat(header_line=4))
    landing.land(ReadPlan(mapped=(source,)))
    assert landing.rows("account", "name") == ["Halden"]


@pytest.mark.parametrize("pattern", ["report*.csv", "salesforce/old/*"])
def test_files_that_differ_from_the_others_in_their_folder_are_read_their_own_way(
    pattern: str, landing: Landing
) -> None:
    landing.put("salesforce/old/report.csv", REPORT.replace("Halden", "Mühle").encode("cp1252"))
    landing.put("salesforce/new.csv", "Id,Name,Website\n001Hs00004kXyZb,Mühlbach,m.example\n")
    override = FormatOverride("salesforce", pattern, {"header_line": 4, "encoding": "cp1252"})
    landing.land(ReadPlan(overrides=(override,)), accounts=False)
    assert sorted(landing.rows("salesforce_account", "name")) == ["Mühlbach", "Mühle"]


def test_another_way_of_reading_reads_the_file_again(landing: Landing) -> None:
    landing.put("salesforce/a.csv", "Id,Name,Website,Created Date\n001Hs00004kXyZa,Halden,h.example,01/02/2026\n")
    for order, day in (("dmy", "2026-02-01"), ("mdy", "2026-01-02")):
        landing.land(ReadPlan(vendors={"salesforce": FileFormat(date_order=order)}), accounts=False)
        assert [text[:10] for text in landing.rows("salesforce_account", "created_at")] == [day]


def test_settings_say_how_a_folder_and_some_of_its_files_are_read(tmp_path: Path) -> None:
    settings = tmp_path / "icp.yaml"
    settings.write_text(
        """
vendors:
  salesforce:
    decimal: ","
    delimiter: ";"
    encoding: cp1252
    header_line: {"report*.csv": 4}
    files: {"new/*": {encoding: utf-8}, "*/x.csv": {delimiter: "|", header_line: 2}}
  hubspot: {header_line: 3}
sources:
  crm: {file: crm/a.csv, kind: account, header_line: 2, decimal: ",", columns: {id: Nr}}
"""
    )
    plan = read_plan(load_settings(tmp_path))
    base = FileFormat("cp1252", ";", decimal=",")
    assert plan.format_of("salesforce", "salesforce/a.csv") == base
    assert plan.format_of("salesforce", "salesforce/q/report_1.csv") == FileFormat("cp1252", ";", 4, decimal=",")
    assert plan.format_of("salesforce", "new/a.csv") == FileFormat("utf-8", ";", decimal=",")
    assert plan.format_of("salesforce", "salesforce/x.csv") == FileFormat("cp1252", "|", 2, decimal=",")
    assert plan.format_of("hubspot", "hubspot/report.csv") == FileFormat(header_line=3)
    assert plan.format_of("zendesk", "zendesk/report.csv") == FileFormat()
    assert plan.mapped[0].format == FileFormat(header_line=2, decimal=",")
