"""Events that stand in several files count once.

Files overlap when exports do. Which copy counts depends on content alone (event row, then the file's hash), so the
order in which files were landed changes nothing. Only event hashes are compared; no landed file is read again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from icp_pipeline.duck import Connection
from icp_pipeline.sources.usage_events import DAILY, EVENTS, glob_literal, repeated


@dataclass(frozen=True)
class UsageFile:
    """One landed events file: its folder in the lake, its name and the hash of its content."""

    folder: Path
    name: str
    sha256: str


def net_daily(con: Connection, files: list[UsageFile], store: Path) -> tuple[Path, ...]:
    """Parquet files of daily usage in which every event counts once."""
    shared = _shared_events([file.folder / EVENTS for file in files if (file.folder / EVENTS).exists()])
    if len(shared) == 0:
        return tuple(file.folder / DAILY for file in files)
    _find_losers(con, files, shared)
    return tuple(_without_losers(con, position, file, store) for position, file in enumerate(files))


def _shared_events(paths: list[Path]) -> np.ndarray:
    hashes = [pq.read_table(path, columns=["event"]).column(0).drop_null().to_numpy() for path in paths]
    return repeated(np.concatenate(hashes)) if hashes else np.array([], dtype=np.uint64)


def _find_losers(con: Connection, files: list[UsageFile], shared: np.ndarray) -> None:
    """Temp table `losers`: per file the group, user and day rows whose events another copy already counts."""
    con.register("shared_events", pa.table({"event": pa.array(shared, pa.uint64())}))
    ranked = sorted(range(len(files)), key=lambda position: (files[position].sha256, files[position].name))
    parts = []
    for rank, position in enumerate(ranked):
        events = files[position].folder / EVENTS
        if events.exists():
            path = glob_literal(events).replace("'", "''")
            parts.append(
                f"select event, group_id, user_id, usage_date, events, {position} as file, {rank} as file_rank "
                f"from read_parquet('{path}') where event in (select event from shared_events)"
            )
    con.execute(
        f"""create or replace temp table losers as
        with copies as ({" union all ".join(parts)}),
        ranked as (
            select *, row_number() over (
                partition by event
                order by usage_date, group_id nulls last, user_id nulls last, events, file_rank
            ) as copy
            from copies
        )
        select file, group_id, user_id, usage_date, sum(events) as events
        from ranked where copy > 1 group by file, group_id, user_id, usage_date"""
    )
    con.unregister("shared_events")


def _without_losers(con: Connection, position: int, file: UsageFile, store: Path) -> Path:
    lost = con.sql(
        "select group_id, user_id, cast(usage_date as varchar) as usage_date, cast(events as bigint) as events "
        f"from losers where file = {position} order by all"
    ).to_arrow_table()
    if lost.num_rows == 0:
        return file.folder / DAILY
    digest = hashlib.sha256(str(lost.to_pydict()).encode()).hexdigest()[:16]
    target = store / f"{file.folder.name}-{digest}.parquet"
    if not target.exists():
        store.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".tmp")
        _copy_net(con, position, file, unfinished)
        unfinished.replace(target)
    return target


def _copy_net(con: Connection, position: int, file: UsageFile, target: Path) -> None:
    source = glob_literal(file.folder / DAILY).replace("'", "''")
    escaped = str(target).replace("'", "''")
    con.execute(
        f"""copy (
        with net as (
            select daily.group_id, daily.user_id, daily.usage_date,
                cast(daily.events as bigint) - coalesce(lost.events, 0) as events,
                daily.source_path, daily.source_line
            from read_parquet('{source}') as daily
            left join (select * from losers where file = {position}) as lost
                on daily.group_id is not distinct from lost.group_id
                and daily.user_id is not distinct from lost.user_id
                and daily.usage_date = cast(lost.usage_date as varchar)
        )
        select group_id, user_id, usage_date, cast(cast(events as bigint) as varchar) as events,
            source_path, source_line
        from net where events > 0
        ) to '{escaped}' (format parquet, compression zstd)"""
    )
