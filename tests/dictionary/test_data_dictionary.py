"""`icp docs`: every table and column is listed with its meaning, checks and origin, and the example queries run."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from orchestration.published_homes import icp
from project_models import project_models, table_types

from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.dictionary.entries import TableEntry, read_dictionary
from icp_pipeline.dictionary.examples import read_examples
from icp_pipeline.errors import ModelError
from icp_pipeline.home import PROJECT
from icp_pipeline.sources.known_vendors import landed_headers


@pytest.fixture(scope="module")
def tables() -> dict[str, TableEntry]:
    examples = read_examples(PROJECT / "docs" / "queries.sql")
    pages = read_dictionary(project_models(), table_types(), landed_headers(), examples)
    return {table.name: table for page in pages.values() for table in page}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dictionary") / "out"
    said = icp("docs", "--out", out)
    assert said.code == 0, said.err
    assert str(out / "tables.html") in said.out and str(out / "tables.md") in said.out
    return out


class Page(HTMLParser):
    """Ids, links, and anything the page would load from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids.add(values.get("id") or "")
        if tag == "a":
            self.links.add(values.get("href") or "")
        elif values.get("src") or tag == "link":
            self.loaded.append(tag)


def test_every_table_and_column_is_in_both_files(tables: dict[str, TableEntry], written: Path) -> None:
    page, text = (written / "tables.html").read_text("utf-8"), (written / "tables.md").read_text("utf-8")
    assert {str(name) for name in INPUTS} < set(tables) and len(tables) > 100
    for name, table in tables.items():
        assert f'<section id="{name}">' in page and f"### {name}\n" in text
        section = text.split(f"### {name}\n")[1].split("\n### ")[0]
        for column in table.columns:
            assert f"| `{column.name}` |" in section, f"{name}.{column.name}"
            if not name.startswith(("lake.", "settings.")):
                assert column.meaning and column.type, f"{name}.{column.name}"


def test_the_page_stands_alone_and_its_links_lead_somewhere(written: Path) -> None:
    page = Page((written / "tables.html").read_text("utf-8"))
    assert page.loaded == []
    assert {link.removeprefix("#") for link in page.links} <= page.ids
    assert all(link.startswith("#") for link in page.links)


def test_a_column_names_the_header_it_was_landed_under(tables: dict[str, TableEntry]) -> None:
    columns = {column.name: column for column in tables["core.accounts"].columns}
    landed = "; ".join(columns["employees"].landed)
    assert "salesforce account: NumberOfEmployees" in landed and "hubspot company: Number of Employees" in landed
    assert columns["employees"].origins and not any(name.startswith("lake.") for name in columns["employees"].origins)
    assert tables["staging.salesforce_accounts"].columns[0].landed == ("salesforce account: Id",)


def test_grain_and_checks_are_those_of_the_model(tables: dict[str, TableEntry]) -> None:
    scores = tables["icp.account_scores"]
    assert scores.grain == ("account_id", "icp_id") and scores.file == "sql/icp/account_scores.sql"
    checks = {column.name: column.checks for column in scores.columns}
    assert "#between[0,100]" in checks["fit_score"] and "icp.account_tiers" not in scores.reads
    assert "core.icp_members" not in scores.read_by


def test_the_example_queries_stand_at_the_tables_they_read(tables: dict[str, TableEntry]) -> None:
    asked = {name for name, table in tables.items() if table.examples}
    assert {"segments.segment_lift", "icp.account_tiers", "quality.rejected_rows", "history.tier_changes"} <= asked


def test_an_example_without_a_question_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text("-- How many?\nselect count(*) from core.accounts;\n\nselect 1;\n", encoding="utf-8")
    with pytest.raises(ModelError, match=re.escape(str(path)) + r".*no question above it"):
        read_examples(path)


def test_without_out_it_goes_to_the_home(tmp_path: Path) -> None:
    said = icp("docs", "--home", tmp_path)
    assert said.code == 0, said.err
    assert (tmp_path / "docs" / "tables.html").stat().st_size > 100_000
