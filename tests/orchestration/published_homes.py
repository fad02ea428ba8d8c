"""Home folders in known states, each built once per test session by whichever worker comes first.

A run of the whole pipeline takes seconds, so tests share these and never write into them: a test that changes a home
uses `copied` first.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

import dagster as dg
import duckdb
import pytest

from icp_pipeline import cli
from icp_pipeline.home import PROJECT, SQL, Home
from icp_pipeline.orchestration import assembly, assets
from icp_pipeline.run import session as run

__all__ = [
    "accepted",
    "copied",
    "first_run",
    "held_and_acknowledged",
    "promoted",
    "quiet",
    "refitted",
    "same_company_refitted",
    "sample_home",
]

# What `make_home` copies: the shipped company, as `make run` finds it.
_SHIPPED = PROJECT / "data"


@dataclass(frozen=True)
class Said:
    """What a command returned and printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class State:
    """A home and the output of the commands that led to it, by name."""

    home: Home
    said: dict[str, Said]


def icp(*arguments: str | Path) -> Said:
    """The console command in this process: same streams, same exit codes; the environment is restored afterwards."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["icp", *map(str, arguments)]),
        mock.patch.dict(os.environ),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = cli.run_command()
    return Said(code, out.getvalue(), err.getvalue())


def run_ids(home: Home) -> list[str]:
    """Published runs, oldest first."""
    return sorted(path.stem.removeprefix("icp_") for path in (home.root / "warehouse" / "versions").glob("*.duckdb"))


def import_file(home: Home, name: str = "salesforce_account_update.csv") -> str:
    """A file of `exports/latest/`."""
    return (home.latest / name).read_text(encoding="utf-8")


@contextlib.contextmanager
def models_with(folder: Path, **edits: tuple[str, str]) -> Iterator[Path]:
    """The pipeline on a copy of `sql/` with one text replaced in `schema__table`; the project itself is unchanged."""
    sql = folder / "sql"
    shutil.copytree(SQL, sql)
    for name, (old, new) in edits.items():
        path = sql.joinpath(*name.split("__")).with_suffix(".sql")
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")
    with mock.patch.object(assets, "SQL", sql), mock.patch.object(run, "SQL", sql), mock.patch.object(cli, "SQL", sql):
        yield sql


@contextlib.contextmanager
def pipeline_of(folder: Path, **edits: tuple[str, str]) -> Iterator[Path]:
    """As `models_with`, with Dagster's definitions from the edited models too."""
    with models_with(folder, **edits) as sql:
        edited = dg.Definitions(
            assets=assets.all_assets(),
            jobs=list(assembly.defs.jobs or ()),
            resources=dict(assembly.defs.resources or {}),
            executor=assembly.defs.executor,
        )
        with mock.patch.object(assembly, "defs", edited):
            yield sql


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No home from the tester's environment leaks in, and nothing a command sets leaks out."""
    import logging

    for name in ("ICP_HOME", "ICP_STATE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    with mock.patch.dict(os.environ):
        yield
    logging.disable(logging.NOTSET)


Shared = Callable[[str, Callable[[Path], object]], Path]
Commands = Callable[[Home], dict[str, Said]]


@pytest.fixture(scope="session")
def sample_home(shared: Shared) -> Path:
    """The shipped company's files, before any run."""
    return shared("sample", _copy_shipped)


@pytest.fixture(scope="session")
def first_run(shared: Shared, sample_home: Path) -> State:
    """After the first `icp run`."""
    return state_after(shared, "first_run", sample_home, lambda home: {"run": icp("run", "--home", home.root)})


@pytest.fixture(scope="session")
def refitted(shared: Shared, first_run: State) -> State:
    """After a second refit with larger cohorts, while any move exceeds the guard."""

    def commands(home: Home) -> dict[str, Said]:
        settings = home.root / "icp.yaml"
        text = settings.read_text(encoding="utf-8")
        text = text.replace("_share: 0.2", "_share: 0.3").replace("tier_moves: 0.2", "tier_moves: 0.0001")
        settings.write_text(text, encoding="utf-8")
        return {"refit": icp("refit", "--home", home.root)}

    return state_after(shared, "refitted", first_run.home.root, commands)


@pytest.fixture(scope="session")
def promoted(shared: Shared, refitted: State) -> State:
    """After the second ICP version was made live."""

    def commands(home: Home) -> dict[str, Said]:
        return {"promote": icp("promote", newest_icp_version(home), "--home", home.root)}

    return state_after(shared, "promoted", refitted.home.root, commands)


@pytest.fixture(scope="session")
def held_and_acknowledged(shared: Shared, first_run: State) -> State:
    """Three records failed in the CRM, then a truncated subscription export arrived: the run is blocked."""

    def commands(home: Home) -> dict[str, Said]:
        failed = home.root / "error.csv"
        failed.write_text(data_loader_errors(home, 3), encoding="utf-8")
        cut_short(home.landing / "stripe" / "subscriptions.csv", 0.4)
        return {"ack": icp("ack", failed, "--home", home.root), "run": icp("run", "--home", home.root)}

    return state_after(shared, "held", first_run.home.root, commands)


@pytest.fixture(scope="session")
def accepted(shared: Shared, held_and_acknowledged: State) -> State:
    """The blocked change was accepted."""

    def commands(home: Home) -> dict[str, Said]:
        return {"run": icp("run", "--home", home.root, "--accept", "billing moved")}

    return state_after(shared, "accepted", held_and_acknowledged.home.root, commands)


@pytest.fixture(scope="session")
def same_company_refitted(shared: Shared, sample_home: Path) -> State:
    """`icp refit` as the very first command, with a `!warn` check that every account breaks."""

    def commands(home: Home) -> dict[str, Said]:
        edit = ("-- Headcount. #between[1,10000000]!warn", "-- Headcount. #between[-2,-1]!warn")
        with pipeline_of(home.root / "edited", core__accounts=edit):
            return {"refit": icp("refit", "--home", home.root)}

    return state_after(shared, "same_company_refitted", sample_home, commands)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[State | Path], Home]:
    """A private copy of a home; file times are kept, so the lake stays valid."""

    def copy(source: State | Path) -> Home:
        root = source.home.root if isinstance(source, State) else source
        shutil.copytree(root, tmp_path / "home", symlinks=True, ignore=OF_READERS)
        return Home(tmp_path / "home")

    return copy


def newest_icp_version(home: Home) -> str:
    """The version that `icp versions` lists first."""
    said = icp("versions", "--home", home.root)
    return str(re.findall(r"^\s*(\d{4}\.\d\d\.\d+)", said.out, flags=re.MULTILINE)[0])


def data_loader_errors(home: Home, count: int) -> str:
    """Data Loader's error file if the first rows of the import file fail."""
    header, *rows = import_file(home).splitlines()
    return "\n".join([f'{header},"ERROR"', *(f'{row},"UNABLE_TO_LOCK_ROW"' for row in rows[:count])]) + "\n"


def with_a_twin(home: Home) -> str:
    """Write into the published file that a criterion stands for two other traits; return an account that meets it."""
    path = home.live.resolve()
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            insert into icp.criterion_twins by name
            select icp_id, icp_version, attribute, segment, twin_attribute, twin_segment, correlation, 60 as n_both,
                9 as n_criterion_only, 8 as n_twin_only, 0.2 as z, 'in a sentence' as summary
            from icp.criteria
            cross join (values ('annual_revenue_usd', '10M-50M', 0.8), ('has_sdr_team', 'true', 0.7))
                as twins(twin_attribute, twin_segment, correlation)
            where icp_id = 'primary' and attribute = 'employees'
            """
        )
        meets = """
            select min(evidence.account_id) from icp.score_evidence as evidence
            inner join icp.criterion_twins as twins using (icp_id, attribute, segment)
        """
        return str((connection.execute(meets).fetchone() or ("",))[0])


def cut_short(path: Path, share: float) -> None:
    """Keep the first part of a CSV, like a download that broke off between two rows."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: max(2, int(len(lines) * share))]), encoding="utf-8")


def _copy_shipped(folder: Path) -> None:
    shutil.copytree(_SHIPPED / "landing", folder / "landing")
    for name in ("icp.yaml", "content.yaml"):
        shutil.copy2(_SHIPPED / name, folder)


# Another worker may be reading the history of a shared home: these files come and go with readers.
OF_READERS = shutil.ignore_patterns("done.json", "*.db-wal", "*.db-shm")


def state_after(shared: Shared, name: str, start: Path, commands: Commands) -> State:
    """The state of a copy of `start` after some commands, by name; built once per session."""

    def build(folder: Path) -> object:
        shutil.copytree(start, folder / "home", symlinks=True, ignore=OF_READERS)
        return {key: asdict(said) for key, said in commands(Home(folder / "home")).items()}

    folder = shared(name, build)
    said = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    return State(Home(folder / "home"), {key: Said(**value) for key, value in said.items()})
