"""Rows with fewer cells than the header: records with omitted last cells, or pieces of a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan
from icp_pipeline.sources.text import blocks

HEADER = "Id,Name,Website,Industry,NumberOfEmployees,Type\n"
WHOLE = "001Hs00004kXyZa,Halden,halden.example,Retail,9,Prospect\n"


def rows(landing: Landing) -> list[tuple[str, str | None]]:
    return [(row["name"], row["industry"]) for row in landing.rows("salesforce_account", "name", "industry")]


def noted(landing: Landing) -> list[tuple[str, int, int]]:
    return [(code, lines, first) for _, code, lines, first in landing.notes()]


def test_cells_that_a_writer_left_out_at_the_end_are_blank_and_counted(landing: Landing) -> None:
    text = (
        HEADER + WHOLE + "001Hs00004kXyZb,Kirn,kirn.example\n001Hs00004kXyZc,Ostwick\n" + WHOLE.replace("XyZa", "XyZd")
    )
    landing.put("salesforce/a.csv", text)
    landing.land(accounts=False)
    assert rows(landing) == [("Halden", "Retail"), ("Kirn", None), ("Ostwick", None), ("Halden", "Retail")]
    assert landing.counts("salesforce/a.csv") == (4, 4, 0)
    assert noted(landing) == [("SHORT_ROWS", 2, 3)]


@pytest.mark.parametrize(
    "broken",
    [
        "001Hs00004kXyZb,Kirn\nNord,kirn.example,Retail,9,Prospect\n",
        "001Hs00004kXyZb,Kirn,kirn.example,Retail,9\n,Prospect\n",
        "001Hs00004kXyZb,Kirn\nNord\nSued,kirn.example,Retail,9,Prospect\n",
        "001Hs00004kXyZb,Kirn\nNord, West, and more, of it,kirn.example,Retail,9,Prospect\n",
    ],
    ids=["in the name", "before the end", "two breaks", "the rest is too long"],
)
def test_pieces_of_a_row_that_a_line_break_divided_are_no_records(broken: str, landing: Landing) -> None:
    landing.put("salesforce/a.csv", HEADER + WHOLE + broken + WHOLE.replace("XyZa", "XyZd"))
    landing.land(accounts=False)
    assert rows(landing) == [("Halden", "Retail"), ("Halden", "Retail")]
    assert [line for line, *_ in landing.rejects()] == list(range(3, 3 + broken.count("\n")))
    assert noted(landing) == []


def test_a_row_in_whose_midst_the_file_ends_is_no_record(landing: Landing) -> None:
    landing.put("salesforce/a.csv", HEADER + WHOLE + "001Hs00004kXyZb,Kirn,kirn.exa")
    landing.land(accounts=False)
    assert rows(landing) == [("Halden", "Retail")]
    assert landing.rejects() == [(3, None, "3 cells, expected 6: the file ends inside this row", "row")]


def test_where_names_come_first_neighbours_that_make_one_row_together_are_no_records(landing: Landing) -> None:
    text = "Firma,Nr,Land,Art\nHalden,7,DE,x\nKirn,8\nWest,DE,x\nOstwick,9\nPine,10,DE\nHevel\nLund,11,DE,x\n"
    landing.put("crm/a.csv", text)
    columns = {"id": "Nr", "name": "Firma", "country": "Land"}
    landing.land(ReadPlan(mapped=(MappedSource("crm", "crm/*.csv", "account", columns),)))
    # Kirn and West together make one row of four cells, and so do Ostwick and Pine, whatever they were.
    assert landing.rows("account", "name") == ["Halden", "Lund"]
    assert [line for line, *_ in landing.rejects()] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("tail", ["", ","], ids=["rows without the last column", "rows with it"])
def test_a_column_without_a_name_at_the_end_may_be_missing(
    tail: str, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks._Blocks, "_one_by_one", lambda self: pytest.fail("a clean block is read in bulk"))
    lines = "".join(f"001Hs00004kXyZ{number},A,h{number}.example,Retail,9,Prospect{tail}\n" for number in range(9))
    landing.put("salesforce/a.csv", HEADER.replace("\n", ",\n") + lines)
    landing.land(accounts=False)
    assert landing.counts("salesforce/a.csv") == (9, 9, 0) and noted(landing) == []


def test_cells_after_the_last_column_are_dropped_where_blank_and_refused_where_not(landing: Landing) -> None:
    more = WHOLE.replace("\n", ",,\n").replace("XyZa", "XyZb") + WHOLE.replace("\n", ",,x\n").replace("XyZa", "XyZc")
    landing.put("salesforce/a.csv", HEADER + WHOLE + more)
    landing.land(accounts=False)
    assert landing.counts("salesforce/a.csv") == (3, 2, 1)
    assert landing.rejects() == [(4, None, "8 cells, expected 6", "row")]


def test_short_rows_of_a_large_file_are_judged_the_same_wherever_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, landing: Landing
) -> None:
    lines = [WHOLE.replace("XyZa", f"X{number:03}") for number in range(300)]
    lines[40:40] = ["001Hs00004kXyZb,Kirn\n", "Nord,kirn.example,Retail,9,Prospect\n"]
    lines[200:200] = ["001Hs00004kXyZc,Ostwick\n"]
    landing.put("salesforce/a.csv", HEADER + "".join(lines))
    monkeypatch.setattr(blocks, "_BLOCK", 64)
    monkeypatch.setattr(blocks, "_STRETCH", 16)
    landing.land(accounts=False)
    assert landing.counts("salesforce/a.csv") == (303, 301, 2)
    assert [line for line, *_ in landing.rejects()] == [42, 43]
    assert noted(landing) == [("SHORT_ROWS", 1, 202)]
