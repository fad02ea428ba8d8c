"""A wheel installed with `pip install` is enough: it contains everything that a checkout has next to the package.

`.ci/run` does the main job from one, with each Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from end_to_end.pipeline_runs import ROOT

BESIDE = ("dagster.yaml", "workspace.yaml", "data/icp.yaml", "docs/queries.sql")
COMMAND = "import sys; sys.argv[0] = 'icp'; from icp_pipeline.cli import main; main()"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel and nothing from the checkout."""
    built, unpacked = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source") / "icp"
    # Built from a copy, because a build leaves folders behind.
    for name in (*("pyproject.toml", "setup.py", "README.md", "LICENSE", "icp_pipeline", "sql"), *BESIDE):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", str(ROOT / name), str(source / name)], check=True)
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(built)]
    subprocess.run([sys.executable, *build, str(source)], check=True, capture_output=True)
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(unpacked)
    return unpacked


def icp(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ICP_", "DAGSTER_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_wheel_holds_every_model_and_all_else_that_is_read(installed: Path) -> None:
    project = installed / "icp_pipeline" / "_project"
    there = {path.relative_to(project / "sql") for path in (project / "sql").rglob("*.sql")}
    assert there == {path.relative_to(ROOT / "sql") for path in (ROOT / "sql").rglob("*.sql")}
    for name in BESIDE:
        assert (project / name).read_bytes() == (ROOT / name).read_bytes(), name
    package = ROOT / "icp_pipeline"
    read = {path for path in package.rglob("*") if path.suffix in (".j2", ".txt", ".sql", ".css", ".js", ".py")}
    lacking = [path for path in read if not (installed / "icp_pipeline" / path.relative_to(package)).exists()]
    assert lacking == []


def test_without_a_home_it_asks_for_one(installed: Path, tmp_path: Path) -> None:
    said = icp(installed, tmp_path, "versions")
    assert said.returncode == 1 and "--home DIR, or set ICP_HOME" in said.stderr
    assert said.stderr.count("\n") == 1


def test_no_models_is_an_error(installed: Path, tmp_path: Path) -> None:
    """It used to say that no model breaks a rule, which was true."""
    subprocess.run(["cp", "-r", str(installed), str(tmp_path / "without")], check=True)
    for path in (tmp_path / "without" / "icp_pipeline" / "_project" / "sql").rglob("*.sql"):
        path.unlink()
    (tmp_path / "home").mkdir()
    said = icp(tmp_path / "without", tmp_path, "check", "--home", str(tmp_path / "home"))
    assert said.returncode == 1 and said.stdout == "" and "has no models" in said.stderr
