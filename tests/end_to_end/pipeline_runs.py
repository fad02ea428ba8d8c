"""Whole runs of a home without Dagster and Great Expectations: the same stages and gates, in seconds."""

from __future__ import annotations

import csv
import datetime
import io
import json
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from icp_pipeline.home import Home
from icp_pipeline.names import TableName
from icp_pipeline.quality.audit import AUDIT_COLUMNS
from icp_pipeline.quality.verdicts import Verdict
from icp_pipeline.run.icp_versions import learn_version
from icp_pipeline.run.publishing import publish_run
from icp_pipeline.run.session import Request, Run, new_run_id, stop_on_critical
from icp_pipeline.run.stages import stages
from icp_pipeline.sample.write import write_sample
from icp_pipeline.sources.lake import LakeState

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "as_of: 2026-11-21\n"


class ByCounts:
    """Judges without Great Expectations: a rule holds where its audit counted nothing, which is all that is asked there
    too. Keeps no pages."""

    def get_ready(self, only_first: bool = False) -> None:
        """There is nothing to start."""

    def judge(self, audit_frames: Mapping[TableName, pd.DataFrame]) -> list[Verdict]:
        """As `Judge` does, table by table."""
        return [
            Verdict(table, check, column, severity, failing, total, failing == 0)
            for table, frame in audit_frames.items()
            for check, column, severity, failing, total in zip(
                *(frame[name].tolist() for name in AUDIT_COLUMNS), strict=True
            )
        ]

    def write_docs(self) -> None:
        """There are none."""


@dataclass(frozen=True)
class Ran:
    """A published run: its id, what was landed, and what was learned."""

    run_id: str
    lake: LakeState
    learned: dict[str, Any]

    @property
    def parsed(self) -> set[str]:
        """Files that this run parsed again."""
        return {file.path for file in self.lake.files if file.parsed}


def run_pipeline(home: Path, **asked: Any) -> Ran:
    """Land, build, check, learn and publish; raises what `icp run` would print."""
    started = datetime.datetime.now(datetime.UTC)
    with Run(Home(home), new_run_id(started, uuid.uuid4().hex), Request(**asked)) as run:
        run.checks = ByCounts()  # type: ignore[assignment]
        learned: dict[str, Any] = {}
        landed = run.land()
        run.open()
        for stage in stages(run.graph):
            if stage.is_learning:
                learned = learn_version(run)
            run.build_models(stage.models, stage.prefetch)
            stop_on_critical(run.audit(stage.models), home / "state")
        publish_run(run)
        return Ran(run.run_id, landed, learned)


def published_sample(home: Path, accounts: int, events: int) -> None:
    """A made-up company in all vendors' formats with the settings that the project ships, published."""
    write_sample(home, accounts=accounts, events=events)
    shutil.copy(ROOT / "data" / "icp.yaml", home)
    run_pipeline(home)


def judged_by_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs as usual, but without Great Expectations."""
    monkeypatch.setattr(Run, "checks", ByCounts())


def query(home: Path, sql: str) -> pd.DataFrame:
    """Query the published warehouse."""
    with duckdb.connect(str((home / "warehouse" / "icp.duckdb").resolve()), read_only=True) as connection:
        return connection.execute(sql).df()


def one(home: Path, sql: str) -> Any:
    """The first cell of a query."""
    return query(home, sql).iloc[0, 0]


def values(home: Path, sql: str) -> list[Any]:
    """The first column of a query."""
    return query(home, sql).iloc[:, 0].tolist()


def table_text(home: Path, table: str, without: tuple[str, ...] = ()) -> str:
    """A published table as sorted text: equal text means equal tables."""
    frame = query(home, f"select * from {table}").drop(columns=list(without))
    return "\n".join(sorted(frame.to_csv(index=False, header=False).splitlines()))


def exports(home: Path) -> dict[str, bytes]:
    """The exported files, except the page, which names its run."""
    latest = home / "exports" / "latest"
    return {
        path.relative_to(latest).as_posix(): path.read_bytes()
        for path in sorted(latest.rglob("*"))
        if path.is_file() and path.name not in ("manifest.json", "index.html")
    }


def manifest(home: Path) -> dict[str, Any]:
    """The manifest, without what differs between runs."""
    content: dict[str, Any] = json.loads((home / "exports" / "latest" / "manifest.json").read_text(encoding="utf-8"))
    content.pop("run_id")
    content["files"].pop("index.html")
    return content


def live_state(home: Path) -> dict[str, bytes]:
    """Every byte that analysts and RevOps see, and the targets of both links."""
    live, latest = home / "warehouse" / "icp.duckdb", home / "exports" / "latest"
    files = (path for path in sorted(latest.rglob("*")) if path.is_file())
    state = {path.relative_to(latest).as_posix(): path.read_bytes() for path in files}
    state["live"] = live.read_bytes()
    state["links"] = f"{live.readlink()} {latest.readlink()}".encode()
    return state


def leftovers(home: Path) -> list[str]:
    """Work files and half-written folders that a run left behind."""
    versions = list((home / "warehouse" / "versions").iterdir())
    whole = {path.stem for path in versions if path.suffix == ".duckdb"}
    strange = [path.name for path in versions if path.stem not in whole or path.suffix not in (".duckdb", ".json")]
    strange += [path.name for path in (home / "warehouse" / "work").iterdir()]
    return strange + [path.name for path in (home / "exports").iterdir() if path.name.startswith(".")]


def copy_home(home: Path, target: Path, lake: bool = True) -> Path:
    """A copy of a home, for a test that breaks something."""
    ignored = shutil.ignore_patterns(*(() if lake else ("lake",)))
    shutil.copytree(home, target, symlinks=True, ignore=ignored)
    return target


def bare_home(target: Path, settings: str = AS_OF, **files: str | bytes) -> Path:
    """A home with the given files: `salesforce__Account=...` becomes landing/salesforce/Account.csv."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "icp.yaml").write_text(settings, encoding="utf-8")
    for name, content in files.items():
        put(target, name.replace("__", "/") + ".csv", content)
    return target


def put(home: Path, name: str, content: str | bytes) -> Path:
    """Write one file into landing."""
    path = home / "landing" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV in landing."""
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True))
    return rows[0], rows[1:]


def write_rows(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a CSV into landing, quoted, with LF."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def add_rows(path: Path, *rows: dict[str, str]) -> list[int]:
    """Append rows given by header name, other cells empty; returns their line numbers."""
    header, present = read_rows(path)
    unknown = {name for row in rows for name in row} - set(header)
    assert not unknown, f"{path.name} has no column {unknown}"
    write_rows(path, header, [*present, *([row.get(name, "") for name in header] for row in rows)])
    last = path.read_bytes().count(b"\n")
    return list(range(last - len(rows) + 1, last + 1))
