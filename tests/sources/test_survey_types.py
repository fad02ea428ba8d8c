"""A survey's type counts only if it says what is measured."""

from __future__ import annotations

import pyarrow as pa
import pytest
from landing_folder import Landing

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.derive import answers_only
from icp_pipeline.sources.vendors.nps import names_as_nps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("q3 2026 relationship nps", "nps"),
        ("q3 2026", "nps"),
        ("nps", "nps"),
        ("csat", "csat"),
        ("csat after support", "csat after support"),
        (None, None),
    ],
)
def test_a_surveys_name_is_no_type(text: str | None, expected: str | None) -> None:
    cells = Cells(1, Rules(), columns={"survey_type": pa.array([text], pa.string())})
    names_as_nps(cells)
    assert cells.get("survey_type").to_pylist() == [expected]


def test_a_second_header_row_is_no_answer() -> None:
    cells = Cells(3, Rules(), spellings={"score": "How likely?"})
    for name, values in {"score": [None, "9", None], "domain": [None, None, "halden.example"]}.items():
        cells.columns[name] = pa.array(values, pa.string())
    answers_only(cells)
    assert list(cells.refused_rows) == [0]
    assert cells.refused_rows[0][0] == "How likely?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("5-star", "5-star"), ("smileys", "smileys"), ("thumbs", "thumbs"), ("custom", "custom")),
        *(("support thumbs up", "support thumbs up"), ("starter plan", "nps"), ("enps 2026", "enps 2026")),
        *(("net promoter score", "nps"), ("onboarding satisfaction nps", "nps")),
    ],
)
def test_another_scale_is_left_out_and_every_name_of_nps_is_nps(text: str, expected: str) -> None:
    cells = Cells(1, Rules(), columns={"survey_type": pa.array([text], pa.string())})
    names_as_nps(cells)
    assert cells.get("survey_type").to_pylist() == [expected]


ANSWERS = "id,kind,domain,score,at\n1,Q3 2026,halden.example,9,2026-05-01\n2,CSAT,halden.example,4,2026-05-01\n"
COLUMNS = {"id": "id", "survey_type": "kind", "domain": "domain", "score": "score", "responded_at": "at"}


def test_names_of_surveys_are_told_in_vendors_and_mapped_files_alike(landing: Landing) -> None:
    landing.put("nps/a.csv", "Response ID,Survey,Score,Date,Email\n1,Q3,9,2026-05-01,x@halden.example\n")
    landing.put("own/a.csv", ANSWERS)
    landing.land(ReadPlan(mapped=(MappedSource("own", "own/*.csv", "survey", COLUMNS),)))
    assert landing.rows("survey_response", "survey_type", path="own") == ["nps", "csat"]
    assert landing.notes() == [("nps/a.csv", "SURVEY_NAMES", 1, 2), ("own/a.csv", "SURVEY_NAMES", 1, 2)]


def test_a_type_that_the_settings_say_holds_as_it_stands(landing: Landing) -> None:
    landing.put("own/a.csv", ANSWERS)
    values = {"survey_type": {"Q3 2026": "internal"}}
    landing.land(ReadPlan(mapped=(MappedSource("own", "own/*.csv", "survey", COLUMNS, values=values),)))
    assert landing.rows("survey_response", "survey_type") == ["internal", "csat"]
    assert landing.notes() == []


def test_a_scale_of_a_hundred_is_turned_by_units(landing: Landing) -> None:
    landing.put("own/a.csv", ANSWERS.replace(",9,", ",90,"))
    landing.land(ReadPlan(mapped=(MappedSource("own", "own/*.csv", "survey", COLUMNS, units={"score": 0.1}),)))
    assert landing.rows("survey_response", "score") == ["9", "0.4"]
