"""Bare DuckDB, dbt-duckdb and SQLMesh on the files of a company that the pipeline has published once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.dbt_project import dbt_command, write_dbt_project
from bench.environments import NotInstalled, environment, versions
from bench.measure import BenchError, Measured, measure
from bench.pipeline import row_counts
from bench.sqlmesh_project import sqlmesh_command, write_sqlmesh_project
from icp_pipeline.duck import DEFAULT_MEMORY
from icp_pipeline.home import PROJECT, SQL, Home
from icp_pipeline.models.graph import ModelGraph, load_models

_UNCHECKED = "dbt-duckdb, tables only"
_NAMES = {"dbt": "dbt-duckdb", "sqlmesh": "SQLMesh"}


@dataclass
class Rival:
    """How long one rival took; `seconds` includes what it does not do itself, as measured in bare DuckDB."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    borrowed_seconds: float = 0.0
    versions: str = ""
    missing: str | None = None
    is_peer: bool = True
    is_checking: bool = True
    # Tables whose row count differs from the pipeline's: (rows here, rows in the pipeline).
    different: dict[str, tuple[int, int]] | None = None


class Rivals:
    """Runs all rivals in one folder of the cache, each from a copy of the same start database."""

    def __init__(self, home: Home, cache: Path, say: Callable[[str], None]) -> None:
        self._home, self._cache, self._say = home, cache, say
        self._folder = home.root / "rivals"
        self._work = self._folder / "work.duckdb"
        self._ours = row_counts(home.live.resolve())
        self._cores = os.cpu_count() or 1

    def prepare(self) -> None:
        """Write the start database."""
        self._folder.mkdir(exist_ok=True)
        _quietly([sys.executable, "-m", "bench.start", self._home.root, self._folder / "start.duckdb"])

    def bare(self) -> tuple[Rival, Measured]:
        """Time landing, models, audits and exports in one plain script."""
        self._restart()
        self._say("bare DuckDB")
        command: list[str | Path] = [sys.executable, "-m", "bench.bare", self._home.root, self._work]
        measured = measure("bare DuckDB", command, cwd=PROJECT)
        rival = self._rival(measured, 0.0, "")
        rival.is_peer = False
        return rival, measured

    def dbt(self, borrowed_seconds: float) -> list[Rival]:
        """`dbt run` (tables only) and `dbt build` (tables and tests)."""

        def write(graph: ModelGraph, folder: Path) -> None:
            write_dbt_project(graph, folder, self._work, self._cores, DEFAULT_MEMORY)

        def commands(bin_folder: Path, folder: Path) -> dict[str, list[str | Path]]:
            return {
                "parse": dbt_command(bin_folder, folder, "parse"),
                _UNCHECKED: dbt_command(bin_folder, folder, "run"),
                "dbt-duckdb, tables and tests": dbt_command(bin_folder, folder, "build"),
            }

        return self._peer("dbt", ("dbt-core", "dbt-duckdb", "duckdb"), write, commands, borrowed_seconds)

    def sqlmesh(self, borrowed_seconds: float) -> list[Rival]:
        """`sqlmesh plan`, which audits each table that it builds."""

        def write(graph: ModelGraph, folder: Path) -> None:
            write_sqlmesh_project(graph, folder, self._work, self._cores, DEFAULT_MEMORY)

        def commands(bin_folder: Path, folder: Path) -> dict[str, list[str | Path]]:
            parse: list[str | Path] = [bin_folder / "sqlmesh", "--paths", folder, "info", "--skip-connection"]
            return {"parse": parse, "SQLMesh, tables and audits": sqlmesh_command(bin_folder, folder)}

        return self._peer("sqlmesh", ("sqlmesh", "duckdb"), write, commands, borrowed_seconds)

    def _peer(
        self,
        peer: str,
        packages: tuple[str, ...],
        write: Callable[[ModelGraph, Path], None],
        commands: Callable[[Path, Path], dict[str, list[str | Path]]],
        borrowed_seconds: float,
    ) -> list[Rival]:
        """Parse the project once before timing, because a peer in daily use has that cached."""
        folder = self._folder / peer
        try:
            bin_folder = environment(self._cache, peer)
            found = ", ".join(f"{name} {version}" for name, version in versions(bin_folder, packages).items())
            write(load_models(SQL), folder)
            named = commands(bin_folder, folder)
            self._restart()
            _quietly(named.pop("parse"))
            return [self._timed(name, command, borrowed_seconds, found) for name, command in named.items()]
        except (NotInstalled, BenchError) as error:
            self._say(f"{peer}: not measured. {error}")
            return [Rival(_NAMES[peer], 0.0, 0.0, 0.0, missing=str(error).splitlines()[0].rstrip(":"))]

    def _timed(self, name: str, command: list[str | Path], borrowed_seconds: float, found: str) -> Rival:
        self._restart()
        self._say(name)
        return self._rival(measure(name, command), borrowed_seconds, found)

    def _restart(self) -> None:
        """A fresh work file."""
        self._work.with_name(self._work.name + ".wal").unlink(missing_ok=True)
        shutil.copyfile(self._folder / "start.duckdb", self._work)

    def _rival(self, measured: Measured, borrowed_seconds: float, found: str) -> Rival:
        theirs = row_counts(self._work)
        different = {name: (rows, theirs[name]) for name, rows in self._ours.items() if theirs[name] != rows}
        return Rival(
            name=measured.name,
            is_checking=measured.name != _UNCHECKED,
            seconds=measured.seconds + borrowed_seconds,
            cpu_seconds=measured.cpu_seconds,
            peak_mb=measured.peak_mb,
            borrowed_seconds=borrowed_seconds,
            versions=found,
            different=different,
        )


def _quietly(command: list[str | Path]) -> None:
    """Run something that is not measured; raises BenchError with the end of its output if it fails."""
    result = subprocess.run([str(part) for part in command], cwd=PROJECT, capture_output=True, text=True)
    if result.returncode:
        words = (result.stdout + result.stderr)[-3000:]
        raise BenchError(f"{' '.join(str(part) for part in command[:4])} failed:\n{words}")
