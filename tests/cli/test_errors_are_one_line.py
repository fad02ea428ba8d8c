"""An error is one line on stderr that says what, where and what to do next, with exit code 1."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from orchestration.published_homes import Said, icp

from icp_pipeline import cli
from icp_pipeline.errors import IcpError
from icp_pipeline.home import SQL


def assert_one_line(said: Said, *words: str) -> None:
    """Exit code 1, one line, no traceback, and every one of these words."""
    assert said.code == 1
    assert len(said.err.strip().splitlines()) == 1, said.err
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err + said.out
    for word in words:
        assert word in said.err, said.err


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


COMMANDS = ("run", "run --dry-run", "refit", "promote v", "ack f", "check", "explain a", "diff", "versions",
            "rollback v", "dev", "interview --blank form.yaml")  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_home_that_is_not_there(command: str, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert_one_line(icp(*command.split(), "--home", missing), str(missing), "icp sample --home")
    assert not missing.exists()


def test_an_interview_without_a_terminal_names_the_form(home: Path) -> None:
    assert_one_line(icp("interview", "--new", "--home", home), "needs a terminal", "icp interview --blank FILE")
    assert list(home.iterdir()) == []


def test_a_form_is_never_written_over_a_file(home: Path) -> None:
    form = home / "form.yaml"
    assert icp("interview", "--blank", form, "--home", home).code == 0
    form.write_text("filled in")
    assert_one_line(icp("interview", "--blank", form, "--home", home), str(form), "already exists")
    assert form.read_text() == "filled in"


@pytest.mark.parametrize("command", (["run"], ["run", "--dry-run"]), ids=" ".join)
def test_a_home_without_an_account_file(command: list[str], home: Path) -> None:
    (home / "landing" / "nps").mkdir(parents=True)
    (home / "landing" / "nps" / "responses.csv").write_text("Response ID,Email,Score,Date\n")
    assert_one_line(icp(*command, "--home", home), "no account file in", str(home / "landing"), "Salesforce Account")
    assert not (home / "warehouse" / "icp.duckdb").exists()


@pytest.mark.parametrize("command", (["run"], ["run", "--dry-run"], ["check"]), ids=" ".join)
def test_a_setting_that_does_not_exist_names_the_line_and_the_nearest(command: list[str], home: Path) -> None:
    (home / "icp.yaml").write_text("owner: me@here.example\nband: {a: 2}\n")
    assert_one_line(icp(*command, "--home", home), str(home / "icp.yaml") + ":2: band", "Did you mean 'bands'?")
    assert not (home / "lake").exists()


@pytest.mark.parametrize("command", (["explain", "a.example"], ["diff"], ["versions"]), ids=" ".join)
def test_a_home_where_nothing_is_published(command: list[str], home: Path) -> None:
    said = icp(*command, "--home", home)
    assert_one_line(said, "nothing is published yet", f"icp run --home {home}")
    assert said.out == ""


@pytest.mark.parametrize("command", (["promote", "2026.11.1"], ["rollback", "20261121_030000_abcdef"]), ids=" ".join)
def test_a_version_of_a_home_where_nothing_is_published(command: list[str], home: Path) -> None:
    assert_one_line(icp(*command, "--home", home), command[1], "none")


def test_an_acknowledgement_that_is_not_there_or_not_one(home: Path) -> None:
    assert_one_line(icp("ack", home / "error.csv", "--home", home), "error.csv", "cannot be read")
    (home / "list.csv").write_text("Name,City\nAcme,Paris\n")
    assert_one_line(icp("ack", home / "list.csv", "--home", home), "list.csv", "not a result file", "found name, city")


def test_a_landing_folder_that_is_no_sample_is_never_overwritten(home: Path) -> None:
    own = home / "landing" / "salesforce" / "Account.csv"
    own.parent.mkdir(parents=True)
    own.write_text("Id,Name\n")
    assert_one_line(icp("sample", "--home", home), str(home / "landing"), "nothing was written")
    assert own.read_text() == "Id,Name\n"
    assert sorted(path.name for path in home.rglob("*")) == ["Account.csv", "landing", "salesforce"]


@pytest.mark.parametrize(
    "arguments",
    (
        ["run", "--as-of", "21.11.2026"],
        ["rnu"],
        ["run", "--dryrun"],
        ["sample", "--home", "x", "--accounts", "3"],
        ["explain"],
    ),
    ids=" ".join,
)
def test_what_cannot_be_understood_is_a_usage_error(arguments: list[str]) -> None:
    said = icp(*arguments)
    assert said.code == 2
    assert "Usage:" in said.err and "Traceback" not in said.err


@pytest.mark.parametrize("day", ("yesterday", "21.11.2026", "2026-02-30", ""))
@pytest.mark.parametrize("command", ("run", "refit", "promote v"))
def test_a_day_that_is_none_is_shown_how_to_write_one(command: str, day: str) -> None:
    said = icp(*command.split(), "--as-of", day)
    assert said.code == 2 and f"'{day}' is not a calendar day: write it as 2026-11-21." in said.err


@pytest.mark.parametrize("port", ("0", "65536", "99999"))
def test_a_port_that_cannot_be_is_a_usage_error(home: Path, port: str) -> None:
    said = icp("dev", "--home", home, "--port", port)
    assert said.code == 2 and "Invalid value for '--port'" in said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_in_the_place_of_a_home(command: str, tmp_path: Path) -> None:
    (tmp_path / "Account.csv").write_text("Id\n")
    said = icp(*command.split(), "--home", tmp_path / "Account.csv")
    assert_one_line(said, "Account.csv is a file: expected the folder that holds landing/")
    assert "icp sample" not in said.err


def test_a_message_keeps_the_brackets_of_a_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "[bold]error[/bold].csv: it is already waiting for the next `icp run`, and each file counts once. " + "." * 100
    )
    monkeypatch.setattr("icp_pipeline.run.acknowledge.acknowledge", lambda *_: said)
    assert icp("ack", "error.csv", "--home", home).out == f"{said}\n"


def test_verbose_adds_the_trace(home: Path) -> None:
    (home / "icp.yaml").write_text("band: {a: 2}\n")
    with pytest.raises(Exception, match="Did you mean 'bands'"):
        icp("check", "--home", home, "--verbose")


def test_the_installed_command_ends_with_code_1_and_one_line(tmp_path: Path) -> None:
    """As a person or a cron job calls it: its own process, without this one's imports."""
    command = [Path(sys.executable).with_name("icp"), "versions", "--home", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert_one_line(Said(done.returncode, done.stdout, done.stderr), "nothing is published yet")


def test_a_port_that_is_taken_is_said_at_once(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = icp("dev", "--home", home, "--port", str(port))
    assert_one_line(said, f"port {port} on 127.0.0.1", f"icp dev --port {port + 1}")


def test_what_is_wrong_with_a_model_is_said_with_its_brackets(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`[account_id]` is a tag's argument, not the terminal's markup."""
    sql = tmp_path / "sql"
    shutil.copytree(SQL, sql)
    tags = sql / "exports" / "account_tags.sql"
    text = tags.read_text(encoding="utf-8")
    tags.write_text(text.replace("accounts.account_id = tiers.account_id", "accounts.domain = tiers.account_id"))
    monkeypatch.setattr(cli, "SQL", sql)
    said = icp("check", "--home", home)
    assert said.code == 1
    assert f"{tags}:21: #by[account_id]: tiers is not joined by account_id" in said.err


def test_what_fails_after_the_publication_is_a_note_and_the_run_ends_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scheduler that sees another exit code would run again; a path in a message is not markup."""

    def failing() -> None:
        cli._published.append("run")
        raise IcpError("/home/[/x]: cannot be read")

    monkeypatch.setattr(cli, "app", failing)
    assert cli._exit_code() == 0
    summary = "its summary could not be printed (/home/[/x]: cannot be read)"
    told = f"note: the run was published, but {summary}: `icp versions`\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("verbose", [False, True])
def test_a_librarys_warning_is_no_line_of_a_command_unless_it_is_verbose(verbose: bool) -> None:
    """Nor when a library, in a thread that overlaps with another, left its own filter behind."""
    script = f"""
import warnings
from icp_pipeline import cli
cli._set_up({verbose})
warnings.simplefilter("always")
warnings.warn("about to change")
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ("about to change" in said.stderr) == verbose
