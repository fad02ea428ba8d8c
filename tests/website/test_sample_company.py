"""The sample company: each tool shows for every account what SQL says, and browsers learn nothing about it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import official_sdks
import pytest
from end_to_end.pipeline_runs import ROOT, exports, query, run_pipeline
from orchestration.published_homes import State
from test_flag_files import schema_errors

pytestmark = pytest.mark.slow

FOLDER = "exports/latest/personalization"
BY_DOMAIN = """
select domains.domain, shown.slot, shown.variant, shown.kind
from activation.personalization as shown
inner join core.account_domains as domains on domains.account_id = shown.account_id and domains.domain_rank = 1
"""


@pytest.fixture(scope="module")
def home(first_run: State) -> Path:
    return first_run.home.root


@pytest.fixture(scope="module")
def shown(home: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for domain, slot, variant, _ in query(home, BY_DOMAIN).itertuples(index=False):
        found.setdefault(domain, {})[slot] = variant
    return found


def without_content(folder: Path) -> Path:
    """The same company, published without content.yaml."""
    shutil.copytree(ROOT / "data" / "landing", folder / "landing")
    shutil.copy(ROOT / "data" / "icp.yaml", folder)
    run_pipeline(folder)
    return folder


def traits_of(home: Path) -> dict[str, dict[str, Any]]:
    lines = (home / FOLDER / "account_traits.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["groupId"]: line["traits"] for line in map(json.loads, lines)}


@pytest.mark.parametrize("tool", official_sdks.ALL)
def test_every_account_is_shown_what_sql_says(tool: str, home: Path, shown: dict[str, dict[str, str]]) -> None:
    traits = traits_of(home)
    assert len(shown) > 1_200 and set(shown) == set(traits)
    found = official_sdks.ALL[tool](home / FOLDER, [traits[domain] for domain in shown])
    assert dict(zip(shown, found, strict=True)) == shown


def test_every_rung_is_somebodys(home: Path) -> None:
    kinds = query(home, f"select kind, count(*) as n from ({BY_DOMAIN}) group by kind").set_index("kind")["n"]
    assert set(kinds.index) == {"holdout", "self_serve", "segment", "default"} and kinds.min() > 100
    every = query(home, "select distinct slot, variant from activation.website_rungs")
    seen = query(home, "select distinct slot, variant from activation.personalization")
    assert set(every.itertuples(index=False, name=None)) == set(seen.itertuples(index=False, name=None))


def test_flags_keep_the_published_schema(home: Path) -> None:
    assert schema_errors(json.loads((home / FOLDER / "flags.flagd.json").read_text(encoding="utf-8"))) == []


def test_what_a_browser_may_read_holds_no_company_and_no_word_of_the_house(home: Path) -> None:
    readable = [path for path in (home / FOLDER).iterdir() if path.name not in ("account_traits.jsonl", "README.md")]
    assert {path.name for path in readable} == {"flags.flagd.json", "posthog_flags.json", "growthbook.json"}
    names = query(home, "select name, domain, account_id, salesforce_account_id, hubspot_company_id from core.accounts")
    domains = query(home, "select domain from core.account_domains")["domain"]
    secret = {str(cell).casefold() for column in names for cell in names[column].dropna()} | set(domains)
    words = ("tier_1", "tier_2", "tier_3", "not_icp", "unscored", "fit_", "score", "probability", "grade", ".example")
    for path in readable:
        text = path.read_text(encoding="utf-8").casefold()
        assert not [word for word in words if word in text], path.name
        # As a whole value: a company's name may be a word that the file needs.
        assert not [name for name in secret if f'"{name}"' in text], path.name


def test_traits_say_no_more_than_what_a_company_is(home: Path) -> None:
    tiers = query(home, "select distinct tier from icp.account_tiers")["tier"]
    text = (home / FOLDER / "account_traits.jsonl").read_text(encoding="utf-8")
    assert not [tier for tier in tiers if tier in text]
    assert {name for traits in traits_of(home).values() for name in traits} == {
        *("content_arm", "content_path", "industry", "employees_range", "region"),
        *("technology_salesforce", "technology_hubspot"),
    }


def test_all_other_exports_are_as_without_content(home: Path, tmp_path: Path) -> None:
    without = exports(without_content(tmp_path / "home"))
    with_content = {name: text for name, text in exports(home).items() if not name.startswith("personalization/")}
    assert with_content == without


def test_the_demo_page_has_the_samples_flags(home: Path) -> None:
    assert (official_sdks.NODE_PACKAGES / "flags.flagd.json").read_bytes() == (
        home / FOLDER / "flags.flagd.json"
    ).read_bytes()
