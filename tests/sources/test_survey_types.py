"""A survey's type is one only if it says what is measured."""

from __future__ import annotations

import pyarrow as pa
import pytest

from icp_pipeline.sources.cells import Cells
from icp_pipeline.sources.derive import answers_only
from icp_pipeline.sources.nps import _blank_types
from icp_pipeline.sources.rules import Rules


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
    _blank_types(cells)
    assert cells.get("survey_type").to_pylist() == [expected]


def test_a_second_header_row_is_no_answer() -> None:
    cells = Cells(3, Rules(), spellings={"score": "How likely?"})
    for name, values in {"score": [None, "9", None], "domain": [None, None, "halden.example"]}.items():
        cells.columns[name] = pa.array(values, pa.string())
    answers_only(cells)
    assert list(cells.refused_rows) == [0]
    assert cells.refused_rows[0][0] == "How likely?"
