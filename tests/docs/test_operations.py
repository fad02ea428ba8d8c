"""docs/operations.md lists every warning and error, and its units and settings work."""

from __future__ import annotations

import configparser
import importlib
import pkgutil
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import icp_pipeline
from icp_pipeline.errors import IcpError
from icp_pipeline.home import PROJECT, SQL
from icp_pipeline.report import words

DOCUMENT = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
UNITS = sorted((PROJECT / "docs" / "systemd").glob("icp-*"))


def section(heading: str) -> str:
    return re.split(r"^## ", DOCUMENT.split(f"## {heading}\n")[1], flags=re.MULTILINE)[0]


def first_cells(heading: str) -> set[str]:
    """The names in code in the first column of a section's table."""
    lines = re.findall(r"^\| (`.*?) \|", section(heading), flags=re.MULTILINE)
    return {name for line in lines for name in re.findall(r"`([^`]+)`", line)}


def warning_codes() -> set[str]:
    """What SQL calls `code`, what a model of warnings accepts, and what learning passes on as one."""
    found: set[str] = set()
    for path in SQL.rglob("*.sql"):
        found.update(re.findall(r"'([A-Z][A-Z0-9_]+)' as code\b", path.read_text(encoding="utf-8")))
    for path in SQL.glob("quality/*_warnings.sql"):
        for accepted in re.findall(r"#accepted\[([A-Z][A-Z0-9_,]+)\]", path.read_text(encoding="utf-8")):
            found.update(accepted.split(","))
    for path in (PROJECT / "icp_pipeline" / "learning").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'\b_?warning\(\s*"([A-Z][A-Z_]+)"', text))
        found.update(re.findall(r'"code": "([A-Z][A-Z_]+)"', text))
    return found


def error_kinds() -> set[str]:
    for module in pkgutil.walk_packages(icp_pipeline.__path__, "icp_pipeline."):
        importlib.import_module(module.name)
    waiting, found = [IcpError], set()
    while waiting:
        kind = waiting.pop()
        found.add(kind.__name__)
        waiting += kind.__subclasses__()
    return {name for name in found if not name.startswith("_")}


def test_every_warning_code_is_explained_and_no_other() -> None:
    codes = warning_codes()
    assert {"NO_SIGNAL", "ORPHANS", "NO_BACKTEST"} < codes
    assert first_cells("Warnings") == codes


def test_the_report_names_every_warning_in_plain_words() -> None:
    """Codes are for data engineers; readers of the report get words."""
    assert set(words._TITLES) == warning_codes()


def test_every_kind_of_error_is_explained_and_no_other() -> None:
    kinds = error_kinds()
    assert {"HeldError", "SourceError"} < kinds
    assert first_cells("Errors") - {"failed unexpectedly"} == kinds


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_exists(unit: Path) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    assert parser["Unit"]["Description"]
    if unit.suffix != ".service":
        return
    command = parser["Service"]["ExecStart"].split()
    program = Path(command[0]).name
    if command[0].startswith("/opt/icp_pipeline/.venv/bin/"):
        assert (PROJECT / ".venv" / "bin" / program).exists() or shutil.which(program), program
    for argument in command:
        if argument.startswith("/opt/icp_pipeline/") and ".venv" not in argument:
            assert (PROJECT / argument.removeprefix("/opt/icp_pipeline/")).exists(), argument


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here")
    for unit in UNITS:
        # The programs are not installed under /opt on the test machine.
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr


def test_the_environment_file_names_variables_that_are_read() -> None:
    text = (PROJECT / "docs" / "systemd" / "icp_pipeline.env").read_text(encoding="utf-8")
    names = set(re.findall(r"^([A-Z_]+)=", text, flags=re.MULTILINE))
    read = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "icp_pipeline").rglob("*.py"))
    assert {"ICP_HOME", "ICP_STATE", "DAGSTER_HOME"} <= names
    assert [name for name in names if name not in read] == []


def test_the_postgres_storage_is_one_that_dagster_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster._config import Shape, process_config
    from dagster._core.storage.config import pg_config

    for name in ("HOST", "USER", "PASSWORD", "DATABASE"):
        monkeypatch.setenv(f"ICP_PG_{name}", name.lower())
    (snippet,) = re.findall(r"```yaml\n(.*?)```", section("Production"), flags=re.DOTALL)
    checked = process_config(Shape(pg_config()), yaml.safe_load(snippet)["storage"]["postgres"])
    assert checked.success, checked.errors
    assert checked.value["postgres_db"]["db_name"] == "database"


def test_exit_codes_are_those_of_the_commands(tmp_path: Path) -> None:
    from orchestration.published_homes import icp

    assert icp("versions", "--home", tmp_path).code == 1
    assert icp("rnu").code == 2
    assert [int(code) for code in re.findall(r"^\| (\d) \|", DOCUMENT, flags=re.MULTILINE)] == [0, 1, 2]
