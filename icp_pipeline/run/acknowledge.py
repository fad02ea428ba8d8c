"""`icp ack`: a CRM's result file waits in the home until the next run takes it into history."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import pandas as pd

from icp_pipeline import duck
from icp_pipeline.activation.ack import ACCOUNT, LEAD, mark_failed, read_ack
from icp_pipeline.home import Home
from icp_pipeline.models.graph import ModelGraph
from icp_pipeline.names import TableName
from icp_pipeline.report.words import plural
from icp_pipeline.settings.load import load_settings
from icp_pipeline.warehouse.build import Build
from icp_pipeline.warehouse.version_reader import read_version
from icp_pipeline.warehouse.versions import newest

_ANSWERS = TableName("history", "crm_answers")
_RUN_ORDER, _PAST_RUNS = TableName("icp", "run_order"), TableName("icp", "past_runs")
# By the subject of a result file: what its records were last given.
_TAGS = {ACCOUNT: TableName("history", "crm_tags"), LEAD: TableName("history", "lead_tags")}


def acknowledge(home: Home, file: Path) -> str:
    """Read a result file and store it for the next run; returns its summary. The same file twice counts once."""
    field = load_settings(home.root).exports.salesforce.scored_at
    acks = read_ack(file, [field])
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    before = _read_before(home, digest)
    if before:
        return f"{file.name}: {before}, and each file counts once. Nothing was changed."
    _keep(home, acks.assign(file_sha256=digest, file_name=file.name, read_at=datetime.datetime.now(datetime.UTC)))
    failed = int((~acks["succeeded"].astype(bool)).sum())
    again = " Failed records go out again with the next `icp run` (changes files)." if failed else ""
    took = plural(len(acks) - failed, "record")
    return f"{file.name}: {took} took the tag, {failed:,} did not.{again}{_strangers(home, acks)}"


def apply_waiting(home: Home, build: Build, graph: ModelGraph) -> None:
    """Mark the tags of records whose write failed as unknown, so that the next delta lists them once more.

    The list of files taken is published with it: if killed before their removal, none is applied twice.
    """
    taken = taken_answers(build)
    frames = [_read(file) for file in _waiting(home)]
    acks = [frame for frame in frames if not taken.intersection(frame["file_sha256"])]
    if not acks:
        return
    answers = pd.concat(acks, ignore_index=True)
    for about, table in _TAGS.items():
        told = answers[answers["about"] == about]
        if len(told):
            _mark(build, table, told, graph)
    build.append(_ANSWERS, _summary(answers, build.path.stem.removeprefix("icp_")))


def _mark(build: Build, table: TableName, answers: pd.DataFrame, graph: ModelGraph) -> None:
    # The day from which each run counts: a wrong clock must not make newer answers look outdated. Tables that the file
    # may hold are of the run before, so the models are read as queries.
    tags = build.frame(
        f"""
        with run_order as ({graph[_RUN_ORDER].sql}),
        runs as ({graph[_PAST_RUNS].sql.replace(str(_RUN_ORDER), "run_order")})
        select tags.*, cast(runs.counted_on as varchar) as given_for from {table} as tags
        left join runs on runs.run_id = tags.run_id
        order by runs.sequence nulls first, tags.run_id, tags.target, tags.record_id
        """
    )
    marked = mark_failed(tags, answers).drop(columns="given_for")
    build.execute(f"delete from {table}")
    build.append(table, marked)


def forget_applied(home: Home, build_answers: set[str]) -> None:
    """Remove the result files that published history has taken."""
    for file in _waiting(home):
        if build_answers.issuperset(_read(file)["file_sha256"]):
            file.unlink()


def taken_answers(build: Build) -> set[str]:
    """Checksums of the result files that history has taken."""
    return set(build.frame(f"select file_sha256 from {_ANSWERS}")["file_sha256"])


def _keep(home: Home, acks: pd.DataFrame) -> None:
    """Store it in order of arrival, because the last answer about a record counts; atomically."""
    if acks.empty:
        return
    folder = home.state / "acks"
    folder.mkdir(parents=True, exist_ok=True)
    last = max((int(path.name.split("_")[0]) for path in _waiting(home)), default=0)
    name = f"{last + 1:06d}_{acks['file_sha256'].iloc[0][:16]}.csv"
    partial = folder / f".{name}.partial"
    acks.to_csv(partial, index=False)
    partial.replace(folder / name)


def _waiting(home: Home) -> list[Path]:
    return sorted((home.state / "acks").glob("[0-9]*_*.csv"))


def _read(file: Path) -> pd.DataFrame:
    text = dict.fromkeys(("record_id", "target", "file_sha256", "file_name", "scored_at"), "str")
    found = pd.read_csv(file, dtype=text, keep_default_na=False)
    # Files that an older release kept are about accounts.
    return found if "about" in found else found.assign(about=ACCOUNT)


def _read_before(home: Home, digest: str) -> str | None:
    if any(digest in set(_read(file)["file_sha256"]) for file in _waiting(home)):
        return "it is already waiting for the next `icp run`"
    found = _from_newest(home, f"select run_id from {_ANSWERS} where file_sha256 = ?", [digest])
    return f"run {found[0][0]} has read it" if found else None


def _strangers(home: Home, acks: pd.DataFrame) -> str:
    """A note about records that we never tagged: perhaps the file is another import's."""
    given = {
        (about, *pair)
        for about, table in _TAGS.items()
        for pair in _from_newest(home, f"select distinct target, record_id from {table}", [])
    }
    strange = sum(record not in given for record in zip(acks["about"], acks["target"], acks["record_id"], strict=True))
    were = "was" if strange == 1 else "were"
    return (
        f" {strange:,} of them {were} never exported from here. Is this another import's result file?"
        if strange
        else ""
    )


def _from_newest(home: Home, query: str, parameters: list[str]) -> list[tuple[str, ...]]:
    """Rows of the newest version's history; none if nothing is published or an older release did not keep them."""
    last = newest(home.root)
    if last is None:
        return []
    try:
        with read_version(last.path) as connection:
            return connection.execute(query, parameters).fetchall()
    except duck.DuckError:
        return []


def _summary(answers: pd.DataFrame, run_id: str) -> pd.DataFrame:
    """One row per file: how many records it reported, and which run took it."""
    succeeded = answers["succeeded"].astype(bool)
    counted = answers.assign(succeeded=succeeded, failed=~succeeded)
    keys = ["file_sha256", "file_name", "target", "read_at"]
    found = counted.groupby(keys, as_index=False)[["succeeded", "failed"]].sum()
    read_at = pd.to_datetime(found["read_at"], utc=True).dt.tz_localize(None)
    return found.assign(run_id=run_id, read_at=read_at)
