"""What people and machines do to homes, for the soak: each situation yields what went wrong, if anything.

Situations that change what a home is, or which day it shows, use a copy; the others use the home that readers read.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from icp_pipeline.activation.manifest import verify
from icp_pipeline.errors import PublishError

_ICP = (str(Path(sys.executable).with_name("icp")),)
# Environments such as those of a service, a container, or a shell in another country.
SURROUNDINGS: tuple[dict[str, str], ...] = (
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"TZ": "Pacific/Kiritimati"},
    {"TZ": "Nowhere/Here", "LANG": "xx_YY.none"},
    {"HOME": "/", "ICP_THREADS": "", "ICP_MEMORY_LIMIT": "3Gi"},
)
_CLOCK_AHEAD = """
import datetime, types
from icp_pipeline.run import session

class Ahead(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.now(tz) + datetime.timedelta(days=3)

names = {name: getattr(datetime, name) for name in dir(datetime) if not name.startswith("__")}
session.datetime = types.SimpleNamespace(**names | {"datetime": Ahead})
from icp_pipeline.cli import main
main()
"""
_SOME_TABLES = """
import sys
from pathlib import Path
import dagster as dg
from icp_pipeline.home import Home, enter_home
enter_home(Home(Path(sys.argv[1])))
from icp_pipeline.definitions import defs
keys = [dg.AssetKey(["published", "warehouse"]), dg.AssetKey(["published", "exports"])]
asked = {"resources": {"session": {"config": {"as_of": "2026-12-15", "accept": "soak: a later day"}}}}
quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
with dg.DagsterInstance.get() as instance:
    job = defs.resolve_implicit_global_asset_job_def()
    sys.exit(not job.execute_in_process(instance=instance, asset_selection=keys, run_config=asked | quiet).success)
"""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    error: str


def icp(*arguments: str, program: tuple[str, ...] = _ICP, **surroundings: str) -> Said:
    """Run a command to its end, with these environment variables on top; its stdout is ignored."""
    command = [*program, *arguments]
    pipe = subprocess.PIPE
    done = subprocess.run(command, stdout=pipe, stderr=pipe, text=True, check=False, env=os.environ | surroundings)
    return Said(done.returncode, done.stderr.strip())


def history(home: Path) -> list[str]:
    """The runs in the live version's history, in the order of their publication."""
    with duckdb.connect(str((home / "warehouse" / "icp.duckdb").resolve()), read_only=True) as connection:
        return [run for (run,) in connection.execute("select run_id from history.runs order by sequence").fetchall()]


def ends(said: Said, code: int = 0) -> Iterator[str]:
    """Yields what is wrong with how a command ended: exit code, traceback, or more than one error line."""
    errors = said.error.count("error: ")
    if said.code != code or "Traceback" in said.error or errors != (code != 0):
        yield f"exit {said.code} instead of {code}: {said.error[-300:]}"


def goes_on(before: list[str], home: Path) -> Iterator[str]:
    """Yields what is wrong unless exactly one more run is published, last in history, with warehouse and exports."""
    after = history(home)
    if after[:-1] != before:
        yield f"{len(before)} runs before, then {len(after)}"
    try:
        run = verify((home / "exports" / "latest").resolve(strict=True)).run_id
    except (PublishError, OSError) as error:
        yield str(error)
        return
    live = (home / "warehouse" / "icp.duckdb").resolve()
    if live.stem != f"icp_{run}" or not live.samefile(home / "warehouse" / "live.duckdb"):
        yield f"exports of {run} beside {live.name}"


@contextmanager
def _copied(home: Path, followed: bool = False) -> Iterator[Path]:
    target = home.with_name("copied")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(home, target, symlinks=not followed)
    try:
        yield target
    finally:
        shutil.rmtree(target)


def copied_with_links_followed(home: Path) -> Iterator[str]:
    """A home copied by scp, zip or docker cp still runs."""
    before = history(home)
    with _copied(home, followed=True) as copy:
        yield from ends(icp("run", "--home", str(copy)))
        yield from goes_on(before, copy)


def copied_without_links(home: Path) -> Iterator[str]:
    """A home copied by rsync without -l, or through S3, still runs, even without its notes and state."""
    before = history(home)
    with _copied(home) as copy:
        (copy / "warehouse" / "icp.duckdb").unlink()
        (copy / "exports" / "latest").unlink()
        shutil.rmtree(copy / "state")
        for note in (copy / "warehouse" / "versions").glob("*.json"):
            note.unlink()
        yield from ends(icp("run", "--home", str(copy)))
        yield from goes_on(before, copy)


def clock_ahead(home: Path) -> Iterator[str]:
    """After one run with the clock three days ahead, the next run is still the newest."""
    before = history(home)
    yield from ends(icp("run", "--home", str(home), program=(sys.executable, "-c", _CLOCK_AHEAD)))
    ahead = history(home)
    yield from goes_on(before, home)
    yield from ends(icp("run", "--home", str(home)))
    yield from goes_on(ahead, home)


def litter_in_landing(home: Path) -> Iterator[str]:
    """Files that copying tools leave next to an export are not exports, and block nothing."""
    before = history(home)
    folder = home / "landing" / "salesforce"
    litter = [folder / name for name in ("Account.csv.md5", "_SUCCESS", ".Account.csv.swp", "~$Account.csv")]
    for path in litter:
        path.write_text("d41d8cd98f00b204e9800998ecf8427e", encoding="utf-8")
    try:
        yield from ends(icp("run", "--home", str(home)))
    finally:
        for path in litter:
            path.unlink()
    yield from goes_on(before, home)


def cut_export(home: Path) -> Iterator[str]:
    """An export that ends inside a quote blocks the run with one line, and nothing changes until it is complete."""
    before = history(home)
    path = home / "landing" / "salesforce" / "Opportunity.csv"
    whole = path.read_bytes()
    path.write_bytes(whole + b'"006')
    try:
        yield from ends(icp("run", "--home", str(home)), code=1)
    finally:
        path.write_bytes(whole)
    if history(home) != before:
        yield "a cut export was published"


def publication_alone(home: Path) -> Iterator[str]:
    """If only the publication is materialized, on a later day, everything published is of that day."""
    with _copied(home) as copy:
        yield from ends(icp(str(copy), program=(sys.executable, "-c", _SOME_TABLES)))
        with duckdb.connect(str((copy / "warehouse" / "icp.duckdb").resolve()), read_only=True) as connection:
            days = connection.execute("select distinct cast(as_of as varchar) from icp.account_tiers").fetchall()
        if days != [("2026-12-15",)]:
            yield f"tables of {days} were published on 2026-12-15"


def dated_full_exports(home: Path) -> Iterator[str]:
    """If an older full export of the CRM is landed again, records that only it has are not accounts."""
    with _copied(home) as copy:
        newest = copy / "landing" / "salesforce" / "Account.csv"
        older = newest.with_name("Account_2026-10-01.csv")
        month_ago = newest.stat().st_mtime - 30 * 86_400
        newest.replace(older)
        with older.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        with newest.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header, *rows[3:]])
        os.utime(older, (month_ago, month_ago))
        yield from ends(icp("run", "--home", str(copy), "--accept", "soak: an older export"))
        kept = {row[0][:15] for row in rows[3:]}
        gone = [row[0][:15] for row in rows[:3] if row[0][:15] not in kept]
        with duckdb.connect(str((copy / "warehouse" / "icp.duckdb").resolve()), read_only=True) as connection:
            query = "select count(*) from core.accounts where list_contains(?, left(salesforce_account_id, 15))"
            (count,) = connection.execute(query, [gone]).fetchone() or (0,)
        if count:
            yield f"{count} accounts that the newest full export lacks are still there"


def reader_who_may_not_write(home: Path) -> Iterator[str]:
    """On a copy without `state/`, commands that read leave every file as it was."""
    with _copied(home) as copy:
        shutil.rmtree(copy / "state")
        before = sorted(copy.rglob("*"))
        for command in (("versions", "--disk"), ("diff",), ("check",)):
            yield from ends(icp(*command, "--home", str(copy)))
        if sorted(copy.rglob("*")) != before:
            yield "a command that reads has written"


def back_and_forward(home: Path) -> Iterator[str]:
    """`icp rollback` to the version before, and back again."""
    runs = history(home)
    kept = [run for run in runs if (home / "warehouse" / "versions" / f"icp_{run}.duckdb").exists()]
    if len(kept) < 2:
        return
    for run in (kept[-2], kept[-1]):
        yield from ends(icp("rollback", run, "--home", str(home)))
        if history(home)[-1] != run:
            yield f"rolled back to {run}, which is not live"


def two_runs_at_once(home: Path) -> Iterator[str]:
    """One of two runs waits for the other, or says that it gave up; the history has each one that was published."""
    before = history(home)
    command = [*_ICP, "run", "--home", str(home)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=pipe, text=True) for _ in range(2)]
    said = [Said(process.wait(), error.strip()) for process in started for _, error in [process.communicate()]]
    for one in said:
        if one.code and " is locked by run " not in one.error:
            yield from ends(one)
    published = sum(not one.code for one in said)
    if not published or len(history(home)) != len(before) + published:
        yield f"{published} of two runs published, and {len(history(home)) - len(before)} are in the history"


SITUATIONS: dict[str, Callable[[Path], Iterator[str]]] = {
    situation.__name__: situation
    for situation in (
        copied_with_links_followed,
        copied_without_links,
        clock_ahead,
        litter_in_landing,
        cut_export,
        publication_alone,
        dated_full_exports,
        reader_who_may_not_write,
        back_and_forward,
        two_runs_at_once,
    )
}
