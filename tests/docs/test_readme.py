"""README and docs are true: queries run, commands and targets exist, and shown output is what is printed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest
import typer
from docs.shown_output import BLOCK, SHOWN, blocks, shown
from orchestration.published_homes import State

from icp_pipeline import cli
from icp_pipeline.activation.manifest import read_manifest
from icp_pipeline.dictionary.examples import read_examples
from icp_pipeline.home import PROJECT
from icp_pipeline.settings.crm_fields import CrmFields
from icp_pipeline.tiers import table_of_actions

README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in (PROJECT / "README.md", *PROJECT.glob("docs/*.md"))}
QUERIES = list(
    dict.fromkeys(
        [
            *(query for page in PAGES.values() for query in re.findall(r"```sql\n(.*?)```", page, flags=re.DOTALL)),
            *(f"-- {item.question}\n{item.sql}" for item in read_examples(PROJECT / "docs" / "queries.sql")),
        ]
    )
)
# A clean company may have no rejected rows or contradictions; the other queries must return rows.
MAY_BE_EMPTY = ("Win easily, churn later", "Who moved to another tier lately")


def _first_words(query: str) -> str:
    return query.splitlines()[0].removeprefix("-- ").split("?")[0][:40]


@pytest.fixture(scope="module")
def commands() -> dict[str, click.Command]:
    group = typer.main.get_command(cli.app)
    return dict(group.commands)  # type: ignore[attr-defined]


def _options(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def _mentioned() -> Iterator[tuple[str, set[str]]]:
    """Each `icp command ...` in the code of README and docs, with the options after it."""
    for page in PAGES.values():
        code = re.findall(r"```\n(.*?)```|`([^`\n]+)`", BLOCK.sub("", page), flags=re.DOTALL)
        commands = (command for parts in code for part in parts for command in re.split(r"\n| && ", part))
        for command in commands:
            found = re.match(r"\s*(?:\S*bin/)?icp ([a-z]+)(.*)", command)
            if found:
                yield found.group(1), set(re.findall(r"--[a-z-]+", found.group(2).split("|")[0]))


def test_there_are_queries_for_the_analyst() -> None:
    assert len(QUERIES) >= 10
    assert all(query.startswith("-- ") for query in QUERIES if not query.startswith("attach"))


@pytest.mark.parametrize("query", QUERIES, ids=_first_words)
def test_each_query_runs_as_it_stands_on_the_shipped_company(query: str, first_run: State, tmp_path: Path) -> None:
    if query.startswith("attach"):
        with duckdb.connect(str(tmp_path / "own.duckdb")) as connection:
            connection.execute(query.replace("data/warehouse/icp.duckdb", str(first_run.home.live.resolve())))
            assert connection.execute("select count(*) from my_targets").fetchone() != (0,)
        return
    with duckdb.connect(str(first_run.home.live.resolve()), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    assert rows or any(words in query for words in MAY_BE_EMPTY)


def test_python_in_the_docs_runs(first_run: State) -> None:
    snippets = [text for page in PAGES.values() for text in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)]
    assert snippets
    for text in snippets:
        exec(text.replace("data/warehouse/icp.duckdb", str(first_run.home.live.resolve())), {})


def test_what_the_readme_shows_is_what_is_printed(first_run: State) -> None:
    """Word for word, apart from counts; `python tests/docs/shown_output.py HOME` updates it."""
    held = blocks()
    assert set(held) == set(SHOWN) <= {name for _, name, _, _ in BLOCK.findall(README)}
    for name, text in held.items():
        printed = {re.sub(r"\s+", " ", line) for line in shown(first_run.home, name).splitlines()}
        lines = [re.sub(r"\s+", " ", line) for line in text.splitlines()]
        steady = [line for line in lines if line and not re.search(r"\d", line)]
        assert len(steady) >= 4 and [line for line in steady if line not in printed] == [], name


def test_the_columns_are_described_in_the_file_itself(first_run: State) -> None:
    with duckdb.connect(str(first_run.home.live.resolve()), read_only=True) as connection:
        bare = connection.execute(
            """
            select schema_name, table_name, column_name from duckdb_columns()
            where coalesce(comment, '') = '' and not internal
            """
        ).fetchall()
    assert bare == []


def test_every_command_and_option_in_the_readme_exists(commands: dict[str, click.Command]) -> None:
    mentioned = list(_mentioned())
    assert len(mentioned) > 10
    for name, options in mentioned:
        assert name in commands, f"icp {name}"
        assert options <= _options(commands[name]), f"icp {name} {options}"


def test_every_command_and_each_of_its_own_options_is_in_the_readme(commands: dict[str, click.Command]) -> None:
    mentioned: dict[str, set[str]] = {}
    for name, options in _mentioned():
        mentioned.setdefault(name, set()).update(options)
    assert set(commands) == set(mentioned)
    # `--home` and `--verbose` are documented once for all commands.
    common = {"--home", "--verbose", "--help", "--as-of", "--port"}
    for name, command in commands.items():
        assert _options(command) - common <= mentioned[name], name
    assert "Each takes `--home DIR`" in README and "`--verbose`" in README


def test_every_command_and_option_says_what_it_does(commands: dict[str, click.Command]) -> None:
    for name, command in commands.items():
        assert command.help, name
        silent = [item.name for item in command.params if isinstance(item, click.Option) and not item.help]
        assert silent == [], name


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    code = " ".join(
        part for parts in re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", README, flags=re.DOTALL) for part in parts
    )
    wanted = {word for words in re.findall(r"\bmake ((?:[a-z][a-z-]*\s?)+)", code) for word in words.split()[:1]}
    assert {"run", "dev", "test"} <= wanted <= targets
    for words in re.findall(r"`make ([a-z -]+)`", README):
        assert set(words.split()) <= targets, words


def test_links_and_folders_in_the_readme_exist() -> None:
    linked = {path: re.findall(r"\]\(([^)#:]+)\)", page) for path, page in PAGES.items()}
    assert [name for path, names in linked.items() for name in names if not (path.parent / name).exists()] == []
    named = re.findall(r"^\| `([a-z_/]+)` \|", README, flags=re.MULTILINE)
    assert [name for name in named if not (PROJECT / name).exists()] == []


def test_the_schedules_in_the_readme_are_the_real_ones() -> None:
    from icp_pipeline.definitions import defs

    names = {item.name for item in (*(defs.schedules or ()), *(defs.sensors or ()))}
    assert names == set(re.findall(r"`(icp_(?:refresh|refit)_[a-z_]+)`", README))


def test_the_fields_an_admin_creates_are_those_of_the_settings() -> None:
    fields, page = CrmFields(), PAGES[PROJECT / "docs" / "revops.md"]
    names = [fields.salesforce.model_dump(exclude={"labels"}, exclude_none=True)]
    names.append(fields.hubspot.model_dump(exclude={"values"}, exclude_none=True))
    told = re.findall(r"^\| (?:\w+, \w+ )?\| [^`|]*`(\w+)`\)? \|", page, flags=re.MULTILINE)
    assert told == [name for section in names for name in section.values()]
    assert f"| {', '.join(fields.salesforce.labels.model_dump().values())} |" in page


def test_every_file_of_an_export_is_explained_in_its_own_words(first_run: State) -> None:
    listed = read_manifest(first_run.home.latest).files
    page = PAGES[PROJECT / "docs" / "revops.md"]
    told = set(re.findall(r"^\| `[\w./<>]+` \| [\w, ]+ \|.*", page, flags=re.MULTILINE))
    named = {file.name for file in listed}
    assert {f"| `{_of_any(file.name)}` | {file.for_whom} | {file.purpose} |" for file in listed} == told
    folder = first_run.home.latest
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == named | {
        "manifest.json"
    }


def _of_any(name: str) -> str:
    """`audiences/tier_1/sales_navigator_accounts_1.csv` as named in the one line for all audiences and parts."""
    name = re.sub(r"^audiences/\w+/", "audiences/<audience>/", name)
    return re.sub(r"(sales_navigator_accounts)_\d+", r"\1_<n>", name)


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a git checkout")
    # Written in two parts, so that this file does not find itself.
    parts = ("/" + "work/", "/" + "root/", "/" + "home/[a-z]+/", "/" + "Users/", r"[A-Z]:" + r"\\Users")
    own = re.compile("|".join(parts))
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = PROJECT / name
        if path.suffix in (".parquet", ".duckdb", ".png") or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if own.search(line):
                found.append(f"{name}:{number}")
    assert found == []


def test_revops_reads_the_table_of_actions_that_the_models_join() -> None:
    text = PAGES[PROJECT / "docs" / "revops.md"].split("<!-- actions -->")[1].split("<!-- /actions -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()]
    assert [rows[0], *rows[2:]] == table_of_actions()
