"""A new vendor is three files: a reader, a catalog entry, a staging model. `icp check` reports what was forgotten.

The three are in `customer_health/`. They are copied into a copy of the project, which finds them by their path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from icp_pipeline.home import PROJECT
from icp_pipeline.sources.declared.plan import MappedSource, ReadPlan
from icp_pipeline.sources.tasks import unread_folders

pytestmark = pytest.mark.slow

_PIECES = Path(__file__).parent / "customer_health"
_PLACES = {
    "customer_health.py": "icp_pipeline/sources/vendors",
    "health.txt": "icp_pipeline/catalog/lake",
    "health_scores.sql": "sql/staging",
}
_ACCOUNTS = "Id,Name,Website\n001Hs0000FiNR7iIQG,Aurora,aurora.example\n"
_SCORES = (
    "Account ID,Health Score,Date\n"
    "aurora.example,71.5,2026-11-02\n"
    "aurora.example,80,2026-11-09\n"
    "aurora.example,82,2026-11-09\n"
    ",50,2026-11-09\n"
)


class Copy:
    """A copy of the project, with a home of one account and one file of health scores."""

    def __init__(self, root: Path) -> None:
        self.root, self.home = root, root / "home"
        for folder in ("icp_pipeline", "sql"):
            shutil.copytree(PROJECT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("dagster.yaml", "workspace.yaml"):
            shutil.copy(PROJECT / name, root / name)
        self.land("salesforce/Account.csv", _ACCOUNTS)
        self.land("customer_health/scores.csv", _SCORES)

    def land(self, name: str, text: str) -> None:
        path = self.home / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add(self, *pieces: str, change: Callable[[str], str] = str) -> None:
        """Put files of the vendor in place, with `change` applied to their text."""
        for piece in pieces:
            text = change((_PIECES / piece).read_text(encoding="utf-8"))
            (self.root / _PLACES[piece] / piece).write_text(text, encoding="utf-8")

    def icp(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from icp_pipeline.cli import main; main()", *arguments, "--home", self.home]
        env = os.environ | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, env=env, cwd=self.root, capture_output=True, text=True, check=False)

    def problem(self) -> str:
        """What `icp check` reports, on one line."""
        said = self.icp("check")
        assert said.returncode == 1 and "Traceback" not in said.stderr, said.stdout + said.stderr
        return " ".join(said.stderr.split())


@pytest.fixture
def project(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_three_files_are_enough(project: Copy) -> None:
    project.add(*_PLACES)
    checked = project.icp("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    ran = project.icp("run", "--as-of", "2026-11-21")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with duckdb.connect(str(project.home / "warehouse" / "icp.duckdb"), read_only=True) as connection:
        rows = connection.execute("select * from staging.health_scores order by measured_on").fetchall()
        files = connection.execute(
            "select table_name, rows_read, rows_loaded, rows_rejected from quality.source_files "
            "where path = 'customer_health/scores.csv'"
        ).fetchall()
    path = "customer_health/scores.csv"
    assert rows == [
        ("aurora.example", "aurora.example", 71.5, date(2026, 11, 2), path, 2),
        ("aurora.example", "aurora.example", 82.0, date(2026, 11, 9), path, 4),
    ]
    assert files == [("health_score", 4, 3, 1)]


def test_a_folder_that_nobody_reads_is_named(project: Copy) -> None:
    said = project.problem()
    assert re.search(r"landing/customer_health: nobody reads it, though it holds scores\.csv\.", said)
    assert "under `sources:` in icp.yaml" in said and "a module customer_health.py" in said


def test_a_folder_of_notes_or_of_which_a_mapping_takes_a_file_is_in_order(tmp_path: Path) -> None:
    for name in ("contracts/README.md", "zoho/Accounts.csv", "zoho/Notes.csv", "stripe/any.csv", "zendeks/t.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a,b\n1,2\n", encoding="utf-8")
    zoho = MappedSource("zoho", "zoho/Accounts*.csv", "account", {"id": "a"})
    (said,) = unread_folders(tmp_path, ReadPlan(mapped=(zoho,)))
    assert said.startswith(f"{tmp_path}/zendeks: nobody reads it, though it holds t.csv. Did you mean 'zendesk'?")


def test_a_layout_without_a_kind_is_named_with_file_and_nearest_kind(project: Copy) -> None:
    project.add("customer_health.py", "health_scores.sql")
    said = project.problem()
    assert "vendors/customer_health.py: customer health: there is no kind 'health_score'." in said
    assert "Describe it in" in said and "catalog/lake" in said


def test_a_layout_of_a_column_that_its_kind_has_not_is_named_with_the_nearest(project: Copy) -> None:
    project.add("health.txt", "health_scores.sql")
    project.add("customer_health.py", change=lambda text: text.replace('"health":', '"heath":'))
    said = project.problem()
    assert "kind health_score has no column 'heath'. Did you mean 'health'?" in said
    assert re.search(r"add it at \S+catalog/lake/health\.txt:1", said)
    assert "no header leads to 'health', which kind health_score cannot do without" in said


def test_a_kind_without_a_staging_model_is_named_with_its_line(project: Copy) -> None:
    project.add("customer_health.py", "health.txt")
    said = project.problem()
    assert re.search(r"catalog/lake/health\.txt:1: no staging model reads lake\.health_score", said)
    assert "sql/staging/" in said


def test_a_module_that_reads_nothing_is_named(project: Copy) -> None:
    project.add("customer_health.py", change=lambda text: text.replace("VENDOR =", "READER ="))
    said = project.problem()
    assert "vendors/customer_health.py: nobody reads landing/customer_health: it has no `VENDOR = " in said


def test_a_mapped_column_that_the_kind_has_not_is_named_with_the_nearest(project: Copy) -> None:
    project.add(*_PLACES)
    (project.home / "icp.yaml").write_text(
        "sources: {touches: {file: t.csv, kind: engagement, columns: {account: A, happend_on: B}}}\n", encoding="utf-8"
    )
    said = project.problem()
    assert "sources.touches.columns: no column 'happend_on'. Did you mean 'happened_on'?" in said
    assert "Expected some of account_key, domain, happened_on" in said
