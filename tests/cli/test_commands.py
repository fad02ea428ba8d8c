"""What each command does for the person who runs it."""

from __future__ import annotations

import importlib.metadata
import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from orchestration.published_homes import (
    State,
    cut_short,
    data_loader_errors,
    icp,
    import_file,
    models_with,
    run_ids,
)
from rich.console import Console

from icp_pipeline import cli
from icp_pipeline.home import Home
from icp_pipeline.orchestration import execute
from icp_pipeline.quality import gx_process
from icp_pipeline.terminal import run_summary
from icp_pipeline.terminal.refit import show_refit


def tree(root: Path) -> dict[str, tuple[int, int, str]]:
    """Every path with its size, modification time and target; a command that only reads changes none of these."""
    found = {}
    for path in root.rglob("*"):
        about = path.lstat()
        target = str(path.readlink()) if path.is_symlink() else ""
        found[str(path.relative_to(root))] = (about.st_size, about.st_mtime_ns, target)
    return found


@pytest.fixture
def customer(first_run: State) -> Iterator[dict[str, Any]]:
    """A scored Salesforce customer with a domain that no other account has."""
    with duckdb.connect(str(first_run.home.live.resolve()), read_only=True) as connection:
        row = connection.execute(
            """
            select accounts.account_id, name, domain, salesforce_account_id, fit_points
            from core.accounts as accounts
            inner join icp.account_scores as scores on scores.account_id = accounts.account_id
            where is_customer and domain is not null and salesforce_account_id is not null and status = 'scored'
                and name in (select name from core.accounts group by name having count(*) = 1)
            order by accounts.account_id limit 1
            """
        ).fetchone()
    assert row is not None
    yield dict(zip(("account_id", "name", "domain", "salesforce", "fit_points"), row, strict=True))


def test_run_prints_progress_files_criteria_tiers_warnings_and_where_everything_is(first_run: State) -> None:
    said = first_run.said["run"]
    assert said.code == 0, said.err
    sections = "Files read|ICP 2026.11.1|90 % interval|Tiers|Tier 1|Unscored|customers; ranked by outcome|Warnings"
    for words in (*sections.split("|"), "landing: reading files", " tables: ", "Published run"):
        assert words in said.out, words
    for path in (first_run.home.live, first_run.home.latest / "index.html", first_run.home.state / "data_docs"):
        assert str(path) in said.out
        assert path.exists()


def test_run_accounts_for_every_line_of_every_file(first_run: State) -> None:
    counts = re.findall(r"(\S+): ([\d,]+) read = ([\d,]+) loaded \+ ([\d,]+) rejected", first_run.said["run"].out)
    assert len(counts) == len([path for path in first_run.home.landing.rglob("*") if path.is_file()])
    for file, *numbers in counts:
        read, loaded, rejected = (int(number.replace(",", "")) for number in numbers)
        assert read == loaded + rejected, file


def test_as_of_scores_for_that_day(first_run: State) -> None:
    with duckdb.connect(str(first_run.home.live.resolve()), read_only=True) as connection:
        assert str(connection.execute("select as_of from history.runs").fetchone()) == "(datetime.date(2026, 11, 21),)"


def test_dry_run_of_a_published_home_tells_the_change_and_writes_nothing(
    first_run: State, copied: Callable[[State], Home]
) -> None:
    home = copied(first_run)
    cut_short(home.landing / "engagement" / "touches.csv", 0.3)
    before = tree(home.root)
    said = icp("run", "--home", home.root, "--dry-run")
    assert said.code == 0, said.err
    assert "Nothing was written" in said.out
    assert re.search(r"The guard would block this run: engagement.* rows before", said.out)
    assert tree(home.root) == before


def test_a_dry_run_takes_no_acceptance_that_it_would_not_keep(first_run: State) -> None:
    said = icp("run", "--home", first_run.home.root, "--dry-run", "--accept", "we moved offices")
    assert said.code == 2 and "--dry-run publishes nothing" in said.err


def test_dry_run_of_a_new_home_leaves_only_what_was_there(tmp_path: Path) -> None:
    assert icp("sample", "--home", tmp_path, "--accounts", "120", "--events", "500").code == 0
    before = tree(tmp_path)
    said = icp("run", "--home", tmp_path, "--dry-run")
    assert said.code == 0, said.err
    assert "new -> " in said.out
    assert tree(tmp_path) == before


@pytest.mark.parametrize("key", ("domain", "salesforce", "short", "name", "account_id", "shouted"))
def test_explain_finds_an_account_by_whatever_a_person_has(
    first_run: State, customer: dict[str, Any], key: str
) -> None:
    wanted = {**customer, "short": customer["salesforce"][:15], "shouted": f" {customer['domain'].upper()} "}[key]
    said = icp("explain", wanted, "--home", first_run.home.root)
    assert said.code == 0, said.err
    assert customer["name"] in said.out and customer["account_id"] in said.out


def test_versions_lists_publications_and_icp_versions(promoted: State) -> None:
    said = icp("versions", "--home", promoted.home.root)
    assert said.code == 0, said.err
    assert all(run in said.out for run in run_ids(promoted.home))
    assert re.search(rf"live\s+{run_ids(promoted.home)[-1]}\s+2026-11-21\s+promote\s+2026\.11\.2", said.out)
    assert re.search(r"2026\.11\.2\s+primary\s+live", said.out)
    assert re.search(r"2026\.11\.1\s+primary\s+retired", said.out)


def test_check_holds_for_the_project_without_any_data(tmp_path: Path) -> None:
    said = icp("check", "--home", tmp_path)
    assert said.code == 0, said.err
    assert "checks pass every rule" in said.out and "spark, snowflake and bigquery" in said.out
    # No check was evaluated without data.
    assert "all hold" not in said.out and f"The settings of {tmp_path} are valid" in said.out


COMMANDS = (
    "run", "refit", "promote", "ack", "check", "docs", "explain", "score", "content", "diff", "versions", "rollback",
    "sample", "interview", "dev",
)  # fmt: skip


def test_help_lists_every_command_with_a_whole_sentence() -> None:
    said = icp("--help")
    listed = dict(re.findall(r"^  (\w+)\s+(\S.*)$", said.out.split("Commands:")[1], flags=re.MULTILINE))
    assert said.code == 0 and tuple(listed) == COMMANDS
    assert all(text.endswith(".") and "..." not in text for text in listed.values()), listed


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_may_follow_and_calls_no_flag_a_value(command: str) -> None:
    said = icp(command, "--help").out
    assert re.search(r"--home DIR\s+\S", said) and "bool" not in said and "%Y" not in said
    assert re.search(r"^  --verbose   +Show", said, flags=re.MULTILINE)
    for argument in re.findall(r"\{(\w+)\}", said.splitlines()[0]):
        assert re.search(rf"^  {argument} <\w+>  \S+ \S+", said, flags=re.MULTILINE), said


def test_the_version_is_that_of_the_package() -> None:
    said = icp("--version")
    assert said.code == 0 and said.out == f"icp {importlib.metadata.version('icp-pipeline')}\n"


def test_check_refuses_a_broken_model_and_names_file_and_line(tmp_path: Path) -> None:
    edit = ("from staging.usage_daily\n", "from icp.account_tiers\n")
    with models_with(tmp_path / "edited", core__usage_mapping=edit):
        said = icp("check", "--home", tmp_path)
    assert said.code == 1
    assert re.search(r"usage_mapping\.sql:\d+", said.err), said.err
    assert "to the right of core" in said.err
    assert "Traceback" not in said.err


def test_check_judges_what_sources_map(tmp_path: Path) -> None:
    text = "sources: {erp: {file: erp/a.csv, kind: account, columns: {idd: x}}}\n"
    (tmp_path / "icp.yaml").write_text(text, encoding="utf-8")
    said = icp("check", "--home", tmp_path)
    assert said.code == 1 and "sources.erp" in said.err and "idd" in said.err, said.err


def test_sample_is_the_same_for_the_same_seed_and_can_be_written_again(tmp_path: Path) -> None:
    def content(home: Path) -> dict[str, bytes]:
        return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}

    for name, seed in (("one", "3"), ("two", "3"), ("other", "4"), ("other", "3")):
        said = icp("sample", "--home", tmp_path / name, "--accounts", "60", "--events", "200", "--seed", seed)
        assert said.code == 0, said.err
        assert f"icp run --home {tmp_path / name}" in said.out
        if seed == "4":
            different = content(tmp_path / "other")
    one = content(tmp_path / "one")
    assert one == content(tmp_path / "two") == content(tmp_path / "other") != different
    assert {"icp.yaml", "planted_truth.json"} <= set(one)


def test_ack_counts_what_the_crm_took(first_run: State, copied: Callable[[State], Home], tmp_path: Path) -> None:
    home = copied(first_run)
    header, *rows = import_file(home).splitlines()
    stranger = rows[0].replace(rows[0].split(",")[0], '"001000000000000AAA"')
    for name, lines, said in (
        ("one.csv", rows[:1], "one.csv: 1 record took the tag, 0 did not."),
        ("two.csv", rows[1:3], "two.csv: 2 records took the tag, 0 did not."),
        (
            "other.csv",
            [stranger],
            "other.csv: 1 record took the tag, 0 did not. 1 of them was never exported from here.",
        ),
    ):
        text = "\n".join([f'{header},"STATUS"', *(f'{line},"Item Updated"' for line in lines)])
        (tmp_path / name).write_text(f"{text}\n", encoding="utf-8")
        answer = icp("ack", tmp_path / name, "--home", home.root)
        assert answer.out.startswith(said) and "go out again" not in answer.out, (answer.out, answer.err)
    (tmp_path / "error.csv").write_text(data_loader_errors(home, 3), encoding="utf-8")
    failed = icp("ack", tmp_path / "error.csv", "--home", home.root).out
    assert failed.startswith("error.csv: 0 records took the tag, 3 did not. Failed records go out again with the next")


def test_icp_home_is_the_default_home(first_run: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICP_HOME", str(first_run.home.root))
    assert run_ids(first_run.home)[0] in icp("versions").out


def test_a_refit_without_signal_speaks_of_no_live_version_where_there_is_none() -> None:
    out = io.StringIO()
    entry = {"icp_version": "2026.11.2", "status": "no_signal", "live": None, "models": [], "comparison": None}
    show_refit([entry], Console(file=out))
    assert out.getvalue() == "\n2026.11.2: no signal, so it cannot go live. Nothing else changed.\n"


def test_a_refit_without_signal_names_the_version_that_stays_live_and_how_to_take_it_off() -> None:
    out = io.StringIO()
    entry = {
        "icp_version": "2026.11.2", "status": "no_signal", "live": "2026.11.1", "models": [], "comparison": None
    }  # fmt: skip
    show_refit([entry], Console(file=out))
    assert "2026.11.1 stays live, but today's data no longer support it" in out.getvalue()
    assert "`icp promote 2026.11.2`" in out.getvalue()


def test_dev_starts_dagster_without_its_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[list[str], str | None]] = []
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)
    monkeypatch.setattr("os.execv", lambda _, arguments: started.append((arguments, os.environ.get("PYTHONWARNINGS"))))
    for more in ((), ("--verbose",)):
        assert icp("dev", "--home", tmp_path, "--port", "64321", *more).code == 0
    assert [warnings for _, warnings in started] == ["ignore", None]
    assert all({"dev", "127.0.0.1", "64321"} <= set(arguments) for arguments, _ in started)


def test_a_process_that_could_not_be_started_early_does_not_end_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its work is done later in this process, where an error gets its own message."""

    def refused() -> None:
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(gx_process.shared, "start", refused)
    monkeypatch.setattr(execute, "execute_job", lambda *_, **__: 1.5)
    monkeypatch.setattr(run_summary, "read_summary", lambda _, seconds: {"seconds": seconds})
    assert cli._run_job("icp_refresh", Home(tmp_path), as_json=False) == {"seconds": 1.5}
