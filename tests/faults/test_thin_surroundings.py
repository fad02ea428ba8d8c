"""Containers, pipes and odd paths: a user without a name, streams that accept nothing, environment settings."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import copy_home, values
from fault_runs import assert_whole, environment

from icp_pipeline.duck import memory_of_environment, threads_of_environment
from icp_pipeline.errors import IcpError, PublishError, SettingsError
from icp_pipeline.home import Home, enter_home, find_home
from icp_pipeline.orchestration.history_store import HistoryStorage
from icp_pipeline.run.dry_run import rehearse
from icp_pipeline.run.session import Request, Run
from icp_pipeline.terminal.output_streams import plain
from icp_pipeline.warehouse import file_system

COMMAND = "import sys; sys.argv[0] = 'icp'; from icp_pipeline.cli import main; main()"


def shell(redirected: str, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """The command in a shell that redirects its output: `icp ARGUMENTS REDIRECTED`."""
    script = f'"$0" -c "$1" "${{@:2}}" {redirected}'
    words = ["bash", "-o", "pipefail", "-c", script, sys.executable, COMMAND, *arguments]
    return subprocess.run(words, capture_output=True, text=True, env=environment(**extra), timeout=300)


# Output that fails: the reader closes the pipe, the disk is full, or there is no stdout.
NOBODY = ("| head -c 1 | wc -c", "> /dev/full", ">&-")


@pytest.mark.slow
@pytest.mark.parametrize("nobody", NOBODY)
def test_a_run_that_nobody_reads_is_published_and_says_so_by_its_exit_code(
    nobody: str, published: Path, tmp_path: Path
) -> None:
    home = copy_home(published, tmp_path / "home")
    before = assert_whole(home)
    said = shell(nobody, "run", "--home", str(home))
    # The program with which Dagster captures a step's output may complain too.
    told = [line for line in said.stderr.splitlines() if not line.startswith("tail: ")]
    assert (said.returncode, told) == (0, [])
    assert assert_whole(home) != before


@pytest.mark.parametrize("nobody", NOBODY)
def test_a_command_that_fails_says_so_although_nobody_reads(nobody: str, tmp_path: Path) -> None:
    (tmp_path / "icp.yaml").write_text("owne: nobody\n", encoding="utf-8")
    said = shell(nobody, "check", "--home", str(tmp_path))
    assert said.returncode == 1
    assert said.stderr.startswith("error: ") and said.stderr.count("\n") == 1


def test_what_was_wanted_and_could_not_be_written_is_an_error(published: Path) -> None:
    said = shell("> /dev/full", "versions", "--home", str(published))
    assert said.returncode == 1
    assert said.stderr == "error: the output could not be written: [Errno 28] No space left on device\n"
    assert shell("| head -c 1", "versions", "--home", str(published)).returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_every_command_prints_where_there_are_few_letters(encoding: str, published: Path) -> None:
    account = values(published, "select account_id from core.accounts order by 1 limit 1")[0]
    for command in (("versions",), ("diff",), ("explain", account), ("explain", account, "--json")):
        said = shell("", *command, "--home", str(published), PYTHONIOENCODING=encoding)
        assert said.returncode == 0 and said.stdout and "Traceback" not in said.stderr
    assert json.loads(said.stdout)["wanted"] == account


def test_letters_have_a_likeness() -> None:
    assert plain("│██▌ Müller – 5 ≥ 3 …日") == "|### Muller - 5 >= 3 ...?"


def test_who_accepts_may_have_no_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr("icp_pipeline.run.session.getpass.getuser", unknown)
    monkeypatch.setattr("icp_pipeline.run.session.os.getuid", lambda: 54321)
    assert Run(Home(tmp_path), "a", Request(accept="why")).accepted_by == "uid 54321"


# All mounts except the home become read-only; the user is a number, the environment has only paths, the working
# directory is gone, and a process may open few files.
CONTAINER = """
    ulimit -n 256
    mkdir -p "$1/gone" && cd "$1/gone" && rmdir "$1/gone"
    mount --bind "$1" "$1"
    for place in $(findmnt --raw --noheadings --output TARGET); do
        case "$place" in "$1" | /proc*) ;; *) mount -o remount,bind,ro "$place" || true ;; esac
    done 2> /dev/null
    exec unshare --user --map-user=54321 --map-group=54321 \\
        env -i PATH="$PATH" PYTHONPATH="$PYTHONPATH" "$0" -c "$2" "${@:3}" --home "$1"
"""


@pytest.mark.slow
def test_a_container_whose_user_has_neither_name_nor_folder_and_can_write_to_the_home_alone(
    published: Path, tmp_path: Path
) -> None:
    home = copy_home(published, tmp_path / "home")
    header = (home / "landing" / "engagement" / "touches.csv").read_text(encoding="utf-8").partition("\n")[0]
    for number in range(300):
        (home / "landing" / "engagement" / f"touches_{number}.csv").write_text(f"{header}\n", encoding="utf-8")
    mounting = ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*mounting, "unshare", "--user", "true"], capture_output=True).returncode:
        pytest.skip("no user namespaces here")

    def icp(*arguments: str) -> subprocess.CompletedProcess[str]:
        words = [*mounting, "bash", "-euc", CONTAINER, sys.executable, str(home), COMMAND, *arguments]
        return subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=300)

    account = values(home, "select account_id from core.accounts order by 1 limit 1")[0]
    said = icp("run", "--accept", "why")
    assert said.returncode == 0, said.stderr
    assert values(home, "select accepted_by from history.runs order by sequence desc limit 1") == ["uid 54321"]
    assert not list((home / "state" / "tmp").iterdir())
    for reading in (("versions",), ("explain", account)):
        said = icp(*reading)
        assert (said.returncode, said.stderr) == (0, "")
    said = icp("run", "--dry-run")
    assert said.returncode == 1 and "set TMPDIR to one" in said.stderr


@pytest.mark.parametrize(
    ("text", "meant"),
    [("", "3GB"), (" ", "3GB"), ("8Gi", "8GiB"), ("512mi", "512miB"), ("8GB", "8GB"), ("2.5 GB", "2.5GB"),
     ("80%", "80%"), ("8g", "8gB"), ("900T", "900TB")],
)  # fmt: skip
def test_sizes_of_the_environment_are_read_as_people_write_them(
    text: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from icp_pipeline import duck

    monkeypatch.setenv("ICP_MEMORY_LIMIT", text)
    assert memory_of_environment() == meant
    with duck.connect() as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name, texts in {
        "ICP_MEMORY_LIMIT": ("plenty", "8", "0GB", "-1GB", "8 apples", "200%", "1KB", "0.0001GB", "9999999TB",
                             "9" * 400 + "GB", "8\N{KELVIN SIGN}", "\N{FULLWIDTH DIGIT EIGHT}GB"),
        "ICP_THREADS": ("auto", "2.0", "-1", "1e3", "1_0", "9999", "99999", "\N{ARABIC-INDIC DIGIT THREE}"),
    }.items() for text in texts],
)  # fmt: skip
def test_limits_that_cannot_be_meant_are_refused_before_any_data(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from icp_pipeline import duck

    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError) as refused, duck.connect():
        pass
    assert str(refused.value).startswith(f"{name} is '{text}' in the environment: expected a ")


def test_a_refused_limit_is_one_line_of_the_command(published: Path) -> None:
    said = shell("", "versions", "--home", str(published), ICP_THREADS="auto")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert said.stderr.startswith("error: ICP_THREADS is 'auto' in the environment: expected a whole number such as 4")


def test_a_limit_that_cannot_be_meant_stops_a_run_at_its_start(
    monkeypatch: pytest.MonkeyPatch, published: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("ICP_THREADS", "")
    assert threads_of_environment() == 0
    monkeypatch.setenv("ICP_THREADS", "auto")
    with pytest.raises(SettingsError, match="ICP_THREADS is 'auto'"), Run(Home(published), "a"):
        pass


@pytest.mark.parametrize("name", ["a?b", "My%20Company", "a[1]", "a*b", "a{b}", os.fsdecode(b"latin\xfc")])
def test_a_path_that_would_be_read_as_something_else_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "My Company").mkdir()
    with pytest.raises(IcpError, match="a home's path"):
        find_home(tmp_path / name)
    said = shell("", "run", "--home", str(tmp_path / name))
    assert said.returncode == 1 and said.stderr.startswith("error: ") and said.stderr.count("\n") == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file() or path.parent != tmp_path] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 300, "too long"),
        ("loop", "loop"),
        ("~nobody-of-this-name", "home"),
        ("/".join(["y" * 200] * 19), "3,700 bytes"),
    ],
)
def test_a_path_that_the_system_cannot_reach_is_refused_in_one_line(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IcpError, match=f"(?i){words}") as refused:
        find_home(Path(name) if name.startswith("~") else tmp_path / name)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_home_of_the_environment_is_unset(blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no folder named ` ` in the working directory."""
    monkeypatch.delenv("ICP_HOME", raising=False)
    unset = find_home(None).root
    monkeypatch.setenv("ICP_HOME", blank)
    assert find_home(None).root == unset


@pytest.mark.parametrize("end", [" ", "\r", " \t\r\n"])
def test_blanks_and_line_ends_around_the_home_of_the_environment_are_not_its_name(
    end: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As from a file of variables that was edited on Windows."""
    monkeypatch.setenv("ICP_HOME", f"{tmp_path}{end}")
    assert find_home(None).root == tmp_path


def test_a_home_that_was_moved_away_is_not_made_anew_by_a_run_or_by_dagster(tmp_path: Path) -> None:
    """An empty one would take its place, and it could not be moved back."""
    gone = tmp_path / "home"
    with pytest.raises(IcpError, match=f"{gone} is gone: it was moved"), Run(Home(gone), "a"):
        pass
    with pytest.raises(IcpError, match=f"{gone} is gone: it was moved"):
        HistoryStorage(str(Home(gone).state / "dagster"))
    assert not gone.exists()


def test_without_a_folder_for_temporary_files_the_home_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container with a read-only root: SQLite and others need one, and a dry run says so."""

    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    for name in ("TMPDIR", "SQLITE_TMPDIR", "ICP_HOME", "ICP_STATE", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "gettempdir", none)
        with pytest.raises(PublishError, match="set TMPDIR to one"):
            rehearse(Home(tmp_path), None)
        enter_home(Home(tmp_path))
    folder = str(tmp_path / "state" / "tmp")
    assert (os.environ["TMPDIR"], os.environ["SQLITE_TMPDIR"], tempfile.gettempdir()) == (folder,) * 3


def test_a_damaged_history_of_dagster_is_named_in_one_line(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    history = home / "state" / "dagster" / "history"
    history.mkdir(parents=True, exist_ok=True)
    (history / "runs.db").write_bytes(b"no database" * 100)
    said = shell("", "run", "--home", str(home))
    assert said.returncode == 1 and said.stderr.count("\n") == 1
    assert said.stderr.startswith(f"error: {home / 'state' / 'dagster'}: Dagster's history of runs cannot be read")


@pytest.mark.parametrize("name", ["a#b", "50% off", "it's", "Büro", "a b", " a", "a ", "a\nb", "\N{FIRE}"])
def test_other_paths_are_homes(name: str, tmp_path: Path) -> None:
    assert find_home(tmp_path / name).root == tmp_path / name


@pytest.mark.parametrize(
    ("lacking", "error", "words"),
    [
        ("flock", 37, "this file system does not support locks"),
        ("flock", 95, "this file system does not support locks"),
        ("symlink", 1, "this file system does not support symbolic links"),
        ("symlink", 95, "this file system does not support symbolic links"),
    ],
)
def test_what_the_file_system_lacks_is_named_before_anything_is_built(
    lacking: str, error: int, words: str, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    home = Home(copy_home(published, tmp_path / "home"))
    monkeypatch.setattr(file_system.fcntl if lacking == "flock" else os, lacking, refused)
    before = sorted(home.root.rglob("*"))
    with pytest.raises(PublishError, match=f"{words} .*move the home to a local disk"), Run(home, "a"):
        pass
    assert sorted(home.root.rglob("*")) == before


def test_commands_that_read_need_no_state_and_no_right_to_write(published: Path, tmp_path: Path) -> None:
    home = copy_home(published, tmp_path / "home")
    shutil.rmtree(home / "state")
    account = values(published, "select account_id from core.accounts order by 1 limit 1")[0]
    before = sorted(home.rglob("*"))
    for command in (("versions", "--disk"), ("diff",), ("explain", account), ("check",)):
        said = shell("", *command, "--home", str(home))
        assert said.returncode == 0, said.stderr
    assert sorted(home.rglob("*")) == before


def test_a_command_that_writes_says_where_it_may_not(published: Path, tmp_path: Path) -> None:
    """Before Dagster fails with a traceback."""
    home = copy_home(published, tmp_path / "home")
    shutil.rmtree(home / "state")
    (home / "state").write_text("no folder", encoding="utf-8")
    for command in (("run",), ("ack", "error.csv"), ("rollback", "a")):
        said = shell("", *command, "--home", str(home))
        assert said.returncode == 1 and said.stdout == ""
        assert (
            said.stderr.startswith(f"error: {home / 'state'} cannot be written to (") and said.stderr.count("\n") == 1
        )
