"""content.yaml: it is read as a person writes it; content that nobody could see is an error with line and remedy."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from icp_pipeline.errors import SettingsError
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.tables import settings_tables

EXAMPLE = """
slots:
  headline:  {by: industry,   default: general, not_icp: who_this_is_for,
              variants: {saas: [Computer Software, Internet], finance: [Financial Services]}}
  proof:     {by: employees,  default: logos_all, variants: {mid_market: ["200-499", "500-999"]}}
  integration: {by: technology, default: none, variants: {salesforce: [Salesforce]}}
  compliance:  {by: region,   default: none, variants: {gdpr: [EMEA]}}
experiment: {name: icp_headline, holdout: 0.2, start: 2026-12-01}
"""


def tables(folder: Path, content: str | None, icp: str = "") -> dict[str, list[dict[str, object]]]:
    (folder / "icp.yaml").write_text(icp, encoding="utf-8")
    if content is not None:
        (folder / "content.yaml").write_text(content, encoding="utf-8")
    found = settings_tables(load_settings(folder), datetime.date(2026, 11, 21), "run")
    return {name: found[name].to_pylist() for name in ("content_slots", "content_segments", "experiments")}


def refused(folder: Path, content: str, icp: str = "") -> str:
    with pytest.raises(SettingsError) as told:
        tables(folder, content, icp)
    return str(told.value).replace(f"{folder}/", "")


def test_the_example_of_the_interface_is_read_as_it_is_written(tmp_path: Path) -> None:
    found = tables(tmp_path, EXAMPLE)
    names = ("slot", "attribute", "default_variant", "not_icp_variant")
    assert [tuple(row[name] for name in names) for row in found["content_slots"]] == [
        ("headline", "industry", "general", "who_this_is_for"),
        ("proof", "employees", "logos_all", None),
        ("integration", "technology", "none", None),
        ("compliance", "region", "none", None),
    ]
    names = ("slot", "variant", "variant_order", "segment", "trait", "is_flag")
    assert [tuple(row[name] for name in names) for row in found["content_segments"]] == [
        ("headline", "saas", 1, "Computer Software", "industry", False),
        ("headline", "saas", 1, "Internet", "industry", False),
        ("headline", "finance", 2, "Financial Services", "industry", False),
        ("proof", "mid_market", 1, "200-499", "employees_range", False),
        ("proof", "mid_market", 1, "500-999", "employees_range", False),
        ("integration", "salesforce", 1, "Salesforce", "technology_salesforce", True),
        ("compliance", "gdpr", 1, "EMEA", "region", False),
    ]
    assert found["experiments"] == [
        {"experiment": "icp_headline", "holdout": 0.2, "starts_on": datetime.date(2026, 12, 1)}
    ]


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n"])
def test_without_the_file_there_is_nothing_to_show(tmp_path: Path, text: str | None) -> None:
    assert tables(tmp_path, text) == {"content_slots": [], "content_segments": [], "experiments": []}


def test_content_is_not_a_key_of_icp_yaml(tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text("content: {}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"icp.yaml:1: content: unknown setting"):
        load_settings(tmp_path)


def slot(text: str) -> str:
    return f"slots:\n  headline:\n    default: general\n    {text}\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            slot("by: industri\n    variants: {saas: [Internet]}"),
            "content.yaml:4: slots.headline.by: unknown attribute 'industri'. Did you mean 'industry'? Known: ",
            id="unknown attribute",
        ),
        pytest.param(
            "slots:\n  headline:\n    by: industry\n    variants: {saas: [Internet]}",
            "content.yaml:2: slots.headline.default: is required, but missing: unknown visitors must see something",
            id="no default",
        ),
        pytest.param(
            slot("by: industry\n    variants:\n      a: [Internet, Banking]\n      b: [banking]"),
            "content.yaml:7: slots.headline.variants.b: 'b' can never show: its companies are all matched by 'a'",
            id="taken by an earlier one",
        ),
        pytest.param(
            slot("by: employees\n    variants:\n      a: ['200-499']\n      b: ['500-1,999']\n      c: ['200-999']"),
            "content.yaml:8: slots.headline.variants.c: 'c' can never show: its companies are all matched",
            id="taken by two earlier ranges",
        ),
        pytest.param(
            slot("by: employees\n    variants: {a: ['200-500']}"),
            "'200-500' is not a range of employees. Ranges begin and end where bins do: <10, ",
            id="not a range",
        ),
        pytest.param(
            slot("by: lead_source\n    variants: {a: [Web]}"),
            "'lead_source' is situational: internal knowledge about a company; browsers read these files.",
            id="knowledge of the house",
        ),
        pytest.param(
            slot("by: committee_size\n    variants: {a: ['2-3']}"),
            "'committee_size' is internal knowledge about a company",
            id="knowledge of deals",
        ),
        pytest.param(
            slot("by: industry\n    variants: {tier_1_page: [Internet]}"),
            "'tier_1_page' would show 'tier_1' to browsers, which is internal. Choose another name.",
            id="word for the house",
        ),
        pytest.param(
            slot("by: industry\n    not_icp: not_icp\n    variants: {a: [Internet]}"),
            "content.yaml:5: slots.headline.not_icp: 'not_icp' would show 'not_icp' to browsers",
            id="not ICP said aloud",
        ),
        pytest.param(
            slot("by: technology\n    variants: {a: [C++], b: [C#]}"),
            "technology c# and technology c++ would both be called technology_c in the flag files.",
            id="two traits of one name",
        ),
        pytest.param(
            slot("by: industry\n    variants: {A-b: [Internet]}"),
            "expected a name of lower-case letters, digits and _, found 'A-b'",
            id="not a name",
        ),
        pytest.param(
            slot("by: industry\n    variantes: {a: [Internet]}"),
            "content.yaml:5: slots.headline.variantes: unknown setting. Did you mean 'variants'?",
            id="unknown key",
        ),
        pytest.param(
            slot("by: industry\n    variants: {a: [Internet]}\nexperiment: {name: x, holdout: 1, start: 2026-12-01}"),
            "content.yaml:6: experiment.holdout: expected less than 1, found 1.",
            id="everybody held out",
        ),
        pytest.param("slots: {}", "content.yaml:1: slots: is empty: expected at least one entry.", id="no slot"),
    ],
)  # fmt: skip
def test_content_that_nobody_could_see_is_refused_with_its_line(tmp_path: Path, content: str, expected: str) -> None:
    said = refused(tmp_path, content)
    assert expected in said
    for word in ("Input should", "dictionary", "tuple", "Field required"):
        assert word not in said


def test_what_icp_yaml_says_of_an_attribute_holds_for_content_too(tmp_path: Path) -> None:
    grouped = "attributes: {industry: {groups: {Internet: Online}}}\n"
    said = refused(tmp_path, slot("by: industry\n    variants: {a: [internet]}"), grouped)
    assert "icp.yaml puts 'internet' into the group 'Online', so no company has it: write 'Online'." in said
    off = "attributes: {industry: {enabled: false}}\n"
    said = refused(tmp_path, slot("by: industry\n    variants: {a: [Internet]}"), off)
    assert "'industry' is switched off in icp.yaml (enabled: false), so no company has it." in said
    own = "attributes: {has_revops: {type: boolean, field: salesforce.account.Has_RevOps__c}}\n"
    found = tables(tmp_path, slot("by: has_revops\n    variants: {ops: [true]}"), own)
    assert [(row["segment"], row["trait"]) for row in found["content_segments"]] == [("true", "has_revops")]


def test_the_rest_of_a_range_that_is_taken_in_part_still_shows(tmp_path: Path) -> None:
    found = tables(tmp_path, slot("by: employees\n    variants:\n      a: ['200-499']\n      b: ['200-999']"))
    assert [row["variant"] for row in found["content_segments"]] == ["a", "b"]
