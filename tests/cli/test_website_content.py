"""`icp content`: what a visitor sees and why, and a first content.yaml that works as written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from orchestration.published_homes import Said, State, icp

from icp_pipeline.run.content_suggestion import Criterion, as_yaml, choose
from icp_pipeline.settings.load import load_settings
from icp_pipeline.settings.schema import Settings


def preview(home: Path, domain: str) -> dict[str, Any]:
    said = icp("content", "--preview", domain, "--json", "--home", home)
    assert said.code == 0, said.err
    return dict(json.loads(said.out))


def asked(home: State, query: str) -> list[Any]:
    with duckdb.connect(str(home.home.live.resolve()), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_preview_is_what_the_run_wrote(first_run: State) -> None:
    query = """
        select min(domains.domain) from activation.personalization as shown
        inner join core.account_domains as domains using (account_id)
        where domains.domain_rank = 1 group by kind order by kind
    """
    for (domain,) in asked(first_run, query):
        rows = asked(
            first_run,
            f"""
            select slot, variant, because from activation.personalization as shown
            inner join core.account_domains as domains using (account_id)
            where domain = '{domain}' and domain_rank = 1
            """,
        )
        answer = preview(first_run.home.root, f"https://www.{domain}/team")
        assert sorted((row["slot"], row["variant"], row["because"]) for row in answer["slots"]) == sorted(rows)
        assert answer["traits"], domain


def test_an_unknown_company_sees_the_defaults(first_run: State) -> None:
    answer = preview(first_run.home.root, "never-heard-of.example")
    assert (answer["account_id"], answer["traits"]) == (None, [])
    assert [row["variant"] for row in answer["slots"]] == [row["default_variant"] for row in answer["slots"]]
    assert len(answer["slots"]) == 4


def home_with(first_run: State, folder: Path, content: str | None) -> Path:
    """The published warehouse with this content.yaml."""
    (folder / "warehouse").mkdir(parents=True)
    shutil.copytree(first_run.home.root / "warehouse", folder / "warehouse", symlinks=True, dirs_exist_ok=True)
    shutil.copy(first_run.home.root / "icp.yaml", folder)
    if content is not None:
        (folder / "content.yaml").write_text(content, encoding="utf-8")
    return folder


def test_a_change_of_the_file_is_previewed_without_a_run(first_run: State, tmp_path: Path) -> None:
    ((domain, industry),) = asked(
        first_run, "select domain, industry from core.accounts where industry is not null order by domain limit 1"
    )
    text = f"slots: {{hero: {{by: industry, default: plain, variants: {{own: ['{industry.upper()}']}}}}}}\n"
    answer = preview(home_with(first_run, tmp_path / "home", text), domain)
    assert [(row["slot"], row["variant"], row["because"]) for row in answer["slots"]] == [
        ("hero", "own", f"industry {industry.upper()}")
    ]


def told(home: Path, *arguments: str) -> Said:
    return icp("content", *arguments, "--home", home)


def test_a_suggestion_is_made_of_the_live_icp_and_never_overwrites(first_run: State, tmp_path: Path) -> None:
    home = home_with(first_run, tmp_path / "home", None)
    assert "`icp content --suggest` writes a first one" in told(home, "--preview", "acme.example").err
    said = told(home, "--suggest")
    assert said.code == 0, said.err
    content = load_settings(home).content
    assert content is not None and [slot.by for slot in content.slots.values()] == [
        "industry",
        "employees",
        "technology",
    ]
    assert content.slots["headline"].not_icp == "who_this_is_for"
    written = (home / "content.yaml").read_text(encoding="utf-8")
    again = told(home, "--suggest")
    assert again.code == 1 and "already exists and was not changed" in again.err
    assert (home / "content.yaml").read_text(encoding="utf-8") == written


@pytest.mark.parametrize("arguments", [[], ["--suggest", "--preview", "acme.example"]])
def test_one_thing_is_asked_at_a_time(arguments: list[str], tmp_path: Path) -> None:
    assert "use either --suggest or --preview DOMAIN" in told(tmp_path, *arguments).err


def test_what_is_not_a_domain_is_said(first_run: State) -> None:
    said = told(first_run.home.root, "--preview", "not a domain")
    assert (said.code, "'not a domain' is not a domain" in said.err) == (1, True)


def test_check_names_the_nearest_segment_where_data_can_tell(first_run: State, tmp_path: Path) -> None:
    text = "slots:\n  hero:\n    by: industry\n    default: plain\n    variants:\n      own: [Computr Software]\n"
    home = home_with(first_run, tmp_path / "home", text)
    said = icp("check", "--home", home)
    assert said.code == 1
    assert f"{home / 'content.yaml'}:6: slots.hero.variants.own: no known company has industry" in said.err
    assert "Did you mean 'Computer Software'?" in said.err


def test_the_three_kinds_that_matter_most_come_in_the_order_of_a_page(tmp_path: Path) -> None:
    criteria = [
        Criterion("region", "EMEA", 0.9, "."),
        Criterion("lead_source", "Web", 0.8, "."),
        Criterion("technology", "Not ICP: tier_1", 0.7, "."),
        Criterion("employees", "200-499", 0.6, "."),
        Criterion("region", "NA", 0.5, "."),
        Criterion("industry", "Internet", 0.4, "."),
        Criterion("employees", "5,000+", 0.3, "."),
    ]
    chosen = choose(criteria, Settings())
    assert [(kind.slot, [each.segment for each in found]) for kind, found in chosen] == [
        ("proof", ["200-499", "5,000+"]),
        ("integration", ["Not ICP: tier_1"]),
        ("compliance", ["EMEA", "NA"]),
    ]
    (tmp_path / "content.yaml").write_text(as_yaml(chosen), encoding="utf-8")
    content = load_settings(tmp_path).content
    assert content is not None
    assert {name: list(slot.variants) for name, slot in content.slots.items()} == {
        "proof": ["proof_200_499", "proof_5_000"],
        "integration": ["integration_1"],
        "compliance": ["emea", "na"],
    }
