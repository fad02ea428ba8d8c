"""The format of a text file: lines above the header, and what settings declare for a folder or a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from landing_folder import Landing

from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.sources.declared.plan import FileFormat, FormatOverride, MappedSource, ReadPlan

GOOD = "Id,Name,Website\n001Hs00004kXyZa,Halden,halden.example\n"
REPORT = "Accounts by region\n\nAs of 2026-11-21\nId,Name,Website\n001Hs00004kXyZa,Halden,halden.example\n"


def test_a_declared_header_line_leaves_the_lines_above_it_out_and_keeps_true_line_numbers(landing: Landing) -> None:
    landing.put("salesforce/report.csv", REPORT + ",Nobody,n.example\n")
    landing.land(ReadPlan(vendors={"salesforce": FileFormat(header_line=4)}), accounts=False)
    assert landing.rows("salesforce_account", "name", "source_line") == [{"name": "Halden", "source_line": 5}]
    assert landing.rejects() == [(6, "Id", "required, but empty or not usable", "row")]


def test_a_header_line_beyond_the_end_of_the_file_is_told(landing: Landing) -> None:
    landing.put("salesforce/report.csv", REPORT)
    landing.put("salesforce/odd.csv", "a,b\n")
    message = landing.held(ReadPlan(vendors={"salesforce": FileFormat(header_line=40)}))
    assert "report.csv: the header seems to be in line 4, not in line 40: set `header_line: 4` in icp.yaml" in message
    assert "odd.csv: `header_line: 40` is declared, but the file ends in line 1" in message


@pytest.mark.parametrize(
    "first",
    ["sep=;\n", "\ufeffsep=;\r\n", '"sep=;"\n', "SEP=;\n", "sep=;;;\n"],
    ids=["plain", "mark and CRLF", "in quotes", "capitals", "filled up"],
)
def test_the_line_in_which_excel_names_its_delimiter_is_no_header(first: str, landing: Landing) -> None:
    landing.put("salesforce/a.csv", first + "Id;Name;Website\n001Hs00004kXyZa;Halden, Ltd;halden.example\n")
    landing.land(accounts=False)
    found = landing.rows("salesforce_account", "name", "source_line")
    assert found == [{"name": "Halden, Ltd", "source_line": 3}]


def test_a_sep_line_names_a_tab_in_two_ways(landing: Landing) -> None:
    for number, tab in enumerate(("\t", "\\t")):
        landing.put(f"salesforce/{number}.csv", f"sep={tab}\nId\tName\tWebsite\n001Hs00004kXyZ{number}\tA\th.example\n")
    assert len(landing.land(accounts=False).rows("salesforce_account")) == 2


def test_a_sep_line_against_the_declared_delimiter_holds_the_file(landing: Landing) -> None:
    landing.put("crm/a.csv", "sep=;\nId;Name\n1;A\n")
    source = MappedSource("crm", "crm/*.csv", "account", {"id": "Id"}, FileFormat(delimiter=","))
    message = landing.held(ReadPlan(mapped=(source,)))
    assert "line 1 says `sep=;`, but `delimiter: ','` is declared in icp.yaml, under `sources:` `crm:`" in message


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_header_that_is_known_with_another_delimiter_alone_is_read_with_it(
    delimiter: str, quote: str, landing: Landing
) -> None:
    rows = (("Id", "Name", "Website"), ("001Hs00004kXyZa", "Halden 1,5", "halden.example"))
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    landing.put("salesforce/a.csv", "\n".join(lines) + "\n")
    assert landing.land(accounts=False).rows("salesforce_account", "name") == ["Halden 1,5"]


def test_a_mapped_file_finds_its_delimiter_by_the_mapped_headers(landing: Landing) -> None:
    landing.put("crm/a.csv", "Nr;Firma\n1;A, B\n")
    landing.land(ReadPlan(mapped=(MappedSource("crm", "crm/*.csv", "account", {"id": "Nr", "name": "Firma"}),)))
    assert landing.rows("account", "name") == ["A, B"]


def test_unicode_text_as_excel_saves_it_needs_no_declaration(landing: Landing) -> None:
    text = 'Id\tName\tWebsite\r\n001Hs00004kXyZa\t"Mühle\nNord"\thalden.example\r\n'
    landing.put("salesforce/accounts.txt", text.encode("utf-16"))
    landing.put("salesforce/readme.txt", "Land the accounts here, please.")
    landing.put("salesforce/empty.txt", "")
    landing.put("salesforce/notes.txt", 'Bitte täglich, "danke'.encode("cp1252"))
    landing.land(accounts=False)
    assert landing.rows("salesforce_account", "name") == ["Mühle\nNord"]
    assert landing.status("salesforce/readme.txt") == (
        "ignored",
        "a note, not data: none of its first lines is a known header",
    )


TITLES = '"Accounts of EMEA"\n"As of 2026-11-20","by A. Rep"\n\n'


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_title_lines_above_the_header_are_told_with_the_way_out(delimiter: str, landing: Landing) -> None:
    landing.put("salesforce/report.csv", TITLES + GOOD.replace(",", delimiter))
    landing.put("crm/report.csv", TITLES + "Nr;Firma\n1;A\n")
    source = MappedSource("crm", "crm/*.csv", "account", {"id": "Nr", "name": "Firma"}, FileFormat(delimiter=";"))
    message = landing.held(ReadPlan(mapped=(source,)))
    assert (
        "salesforce/report.csv: the header seems to be in line 4, not in line 1: set `header_line: 4` in icp.yaml, "
        "under `vendors:` `salesforce:`; if it holds for this file only, under `files:` `report.csv:` there" in message
    )
    assert "set `header_line: 4` in icp.yaml, under `sources:` `crm:`" in message


def test_what_stands_below_a_report_is_rejected_and_no_account(landing: Landing) -> None:
    footer = '\n"Accounts of EMEA"\n"Copyright (c) 2000-2026 salesforce.com, inc."\nConfidential Information\n'
    landing.put("salesforce/report.csv", GOOD + "Grand Totals (1 record),,\n" + footer)
    landing.land(accounts=False)
    assert landing.rows("salesforce_account", "name") == ["Halden"]
    assert [line for line, *_ in landing.rejects()] == [3, 5, 6, 7]


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
