"""Audiences in icp.yaml: the default ones, and errors with their line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from icp_pipeline.errors import SettingsError
from icp_pipeline.settings.audiences import audience_rows, choice_rows
from icp_pipeline.settings.filter_columns import filter_rows
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings


def of(text: dict[str, object]) -> Settings:
    return Settings.model_validate(text)


def refused(folder: Path, text: str) -> str:
    (folder / "icp.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_settings(folder)
    return str(told.value).replace(str(folder / "icp.yaml"), "icp.yaml")


def test_every_icp_has_its_two_audiences_without_a_word() -> None:
    settings = of({"icps": {"emea": {"where": "region = 'EMEA'"}, "apac": {"where": "region = 'APAC'"}}})
    found = {row["audience"]: row["icp_id"] for row in audience_rows(settings.all_audiences)}
    assert list(found.items()) == [
        ("tier_1", "primary"),
        ("target_accounts", "primary"),
        ("apac_tier_1", "apac"),
        ("apac_target_accounts", "apac"),
        ("emea_tier_1", "emea"),
        ("emea_target_accounts", "emea"),
    ]
    choices = {(row["audience"], row["choice"], row["value"]) for row in choice_rows(settings.all_audiences)}
    assert {value for audience, choice, value in choices if (audience, choice) == ("emea_tier_1", "tier")} == {"tier_1"}
    assert ("target_accounts", "tier", "tier_2") in choices and ("target_accounts", "tier", "tier_3") not in choices
    assert {value for _, choice, value in choices if choice == "relationship"} == {"prospect"}


def test_the_example_of_the_interface_is_read_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text(
        "audiences:\n  dach_launch: {icp: primary, tiers: [tier_1, tier_2], relationships: [prospect], "
        "where: \"country in ('Germany', 'Austria')\", exclude: [open_deal]}\n",
        encoding="utf-8",
    )
    settings = load_settings(tmp_path)
    assert [row["audience"] for row in audience_rows(settings.all_audiences)] == [
        "tier_1",
        "target_accounts",
        "dach_launch",
    ]
    values = [(row["section"], row["name"], row["column_name"], row["text_value"]) for row in filter_rows(settings)]
    assert values == [
        ("audiences", "dach_launch", "country", "Germany"),
        ("audiences", "dach_launch", "country", "Austria"),
    ]


def test_a_named_audience_takes_the_place_of_one_that_is_always_there() -> None:
    settings = of({"audiences": {"tier_1": {"relationships": ["prospect", "open_deal"], "tiers": ["tier_1"]}}})
    assert list(settings.all_audiences) == ["tier_1", "target_accounts"]
    assert settings.all_audiences["tier_1"].relationships == ("prospect", "open_deal")


def test_a_filter_that_names_no_column_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    told = refused(tmp_path, "audiences:\n  dach:\n    tiers: [tier_1]\n    where: \"contry = 'Germany'\"\n")
    assert told.startswith("icp.yaml:4: audiences.dach.where: unknown column 'contry'. Did you mean 'country'?")


def test_an_icp_that_there_is_not_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    told = refused(tmp_path, "icps: {emea: {where: \"region = 'EMEA'\"}}\naudiences:\n  dach: {icp: emae}\n")
    assert told == ("icp.yaml:3: audiences.dach.icp: 'emae' is not an ICP. Did you mean 'emea'? Known: emea, primary.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("audiences:\n  exclusions: {}\n", "icp.yaml:2: audiences.exclusions: this name is reserved"),
        ("audiences:\n  DACH Launch: {}\n", "audiences.DACH Launch: expected a name of lower-case letters"),
        ("audiences:\n  ../up: {}\n", "audiences.../up: expected a name of lower-case letters"),
        ("audiences:\n  a: {tiers: [not_icp]}\n", "icp.yaml:2: audiences.a.tiers.0:"),
        ("audiences:\n  a: {tiers: []}\n", "icp.yaml:2: audiences.a.tiers:"),
        ("audiences:\n  a: {relationships: [not_prospect]}\n", "icp.yaml:2: audiences.a.relationships.0:"),
        ("audiences:\n  a: {exclude: [open_deals]}\n", "Did you mean 'open_deal'?"),
        ("audiences:\n  a: {tier: [tier_1]}\n", "Did you mean 'tiers'?"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)
