"""Prospecting tools' own terms: bands without gaps, and names that match every CRM's spelling."""

from __future__ import annotations

import itertools

import duckdb
import pytest

from icp_pipeline.home import SQL
from icp_pipeline.settings.search_tools import BANDS, FIELDS, TOOLS, band_rows, field_rows, level_key, name_rows


def name_of(tool: str, level: str, attribute: str = "industry") -> tuple[str, str] | None:
    found = [
        (row["name"], row["exactness"])
        for row in name_rows()
        if (row["tool"], row["attribute"], row["level_key"]) == (tool, attribute, level_key(level))
    ]
    assert len(found) < 2
    return found[0] if found else None


def test_bands_follow_one_another_and_the_last_has_no_end() -> None:
    for _, group in itertools.groupby(band_rows(), key=lambda row: (row["tool"], row["attribute"])):
        bands = list(group)
        for one, next_one in itertools.pairwise(bands):
            assert one["upper_bound"] == next_one["lower_bound"] > one["lower_bound"]
        assert bands[-1]["upper_bound"] is None


def test_every_filter_on_bands_has_them_and_every_name_is_given_once() -> None:
    takes = {(row["tool"], row["attribute"]) for row in field_rows() if row["takes"] == "bands"}
    assert takes == set(BANDS)
    assert set(FIELDS) == set(TOOLS)
    keys = [(row["tool"], row["attribute"], row["level_key"]) for row in name_rows()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("level", "linkedin", "apollo"),
    [
        ("Computer Software", ("Software Development", "exact"), ("Computer Software", "exact")),
        ("COMPUTER_SOFTWARE", ("Software Development", "exact"), ("Computer Software", "exact")),
        ("Software Development", ("Software Development", "exact"), ("Computer Software", "exact")),
        ("HOSPITAL_HEALTH_CARE", ("Hospitals and Health Care", "exact"), ("Hospital & Health Care", "exact")),
        ("AIRLINES_AVIATION", ("Airlines and Aviation", "exact"), ("Airlines/Aviation", "exact")),
        ("Healthcare", ("Hospitals and Health Care", "near"), ("Hospital & Health Care", "near")),
        ("Banking", ("Banking", "exact"), ("Banking", "exact")),
        ("Basket Weaving", None, None),
    ],
)
def test_an_industry_is_found_however_the_crm_spells_it(level: str, linkedin: object, apollo: object) -> None:
    assert name_of("sales_navigator", level) == name_of("linkedin_ads", level) == linkedin
    assert name_of("apollo", level) == apollo


def test_sql_compares_spellings_as_python_does() -> None:
    text = (SQL / "activation" / "search_values.sql").read_text(encoding="utf-8")
    start = text.index("replace(", text.index("search_names.level_key"))
    expression = text[start : text.index("where wanted.takes = 'names'")].replace("spellings.level", "level")
    levels = [
        "HOSPITAL_HEALTH_CARE",
        "Health, Wellness and Fitness",
        "Airlines/Aviation",
        "Food & Beverages",
        "A_and_B",
    ]
    with duckdb.connect() as connection:
        for level in levels:
            (found,) = (
                connection.execute(f"select {expression} from (select ? as level) as one", [level]).fetchone() or ()
            )
            assert found == level_key(level)
