"""Older full exports that a newer one replaces: a record that only they hold has been deleted in the CRM.

Exports that pile up look alike whether each holds everything (snapshots) or what changed since the last one (deltas).
Of deltas every file counts, for each holds what the others lack. So a file is replaced only by newer ones that repeat
nearly all of its records, and many of them unchanged: a delta repeats no unchanged record. If that is unclear,
all files count, and a warning says how many records are in older files only. Settings may say which it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icp_pipeline.catalog.kinds import KINDS, Kind
from icp_pipeline.duck import Connection
from icp_pipeline.names import quoted
from icp_pipeline.sources.repeats import record_key
from icp_pipeline.sources.usage.file_scan import scan_of

SNAPSHOT, DELTA = "snapshot", "delta"
# Fewer records than this can be repeated by chance.
_FEWEST = 20
# Shares of an older file's records: that newer ones must repeat, that must be unchanged, and below which a file is so
# different that no newer one is expected to replace it.
_REPEATED, _UNCHANGED, _ALIKE = 0.8, 0.2, 0.5

# By file: its records, those that newer files repeat, those of them that are unchanged or newer here, and whether all
# others are older than anything in the newer files, as when each file holds the last few days.
_FACTS = """
with
records as (
    select {key} as record_key, {modified} as modified, hash({values}) as content, file_index as place from {rows}
),
placed as (
    select
        *,
        max(place) over (partition by record_key) as last_place,
        max(place) over (partition by record_key, coalesce(cast(modified as varchar), cast(content as varchar)))
            as last_place_unchanged,
        max(modified) over (
            partition by record_key order by place desc range between unbounded preceding and 1 preceding
        ) as newest_after
    from records
),
starts as (
    select place, min(modified) as first_modified from records group by place
)
select
    placed.place,
    count(distinct record_key) as records,
    count(distinct case when last_place > placed.place then record_key end) as repeated,
    count(distinct case when last_place_unchanged > placed.place then record_key end) as unchanged,
    count(distinct case when modified > newest_after and last_place > placed.place then record_key end) as newer_here,
    coalesce(
        max(case when last_place = placed.place then modified end)
        < (select min(first_modified) from starts where starts.place > placed.place),
        false
    ) as is_window
from placed
group by placed.place
order by placed.place
"""


@dataclass(frozen=True)
class Snapshot:
    """One landed file in a group of files with the same kind of record."""

    path: str
    parquet: Path


def replaced_files(
    con: Connection, groups: Mapping[tuple[str, str], Sequence[Snapshot]], declared: Mapping[str, str], known: Path
) -> tuple[set[tuple[str, str]], list[dict[str, Any]]]:
    """Files (path and kind) that no longer count, and rows of `lake.repeated_record` about them.

    `groups` are by kind and source, newest file last. `known` caches the answers.
    """
    known.mkdir(parents=True, exist_ok=True)
    gone, rows, used = set(), [], set()
    for (kind, source), files in sorted(groups.items()):
        way = declared.get(source)
        if len(files) < 2 or way == DELTA or not KINDS[kind].identity or not (way or KINDS[kind].is_exported_whole):
            continue
        answer = known / f"{_digest(kind, files)}.json"
        used.add(answer)
        facts = _facts(con, KINDS[kind], files, answer)
        old = {fact["place"] for fact in facts[:-1] if _is_replaced(fact, way)}
        gone |= {(files[place].path, kind) for place in old}
        rows += _told(kind, source, files, facts[:-1], old)
    for path in known.iterdir():
        if path not in used:
            path.unlink()
    return gone, rows


def _is_replaced(fact: Mapping[str, Any], way: str | None) -> bool:
    if way == SNAPSHOT:
        # Parts of one export share no records.
        return bool(fact["repeated"])
    return bool(
        fact["records"] >= _FEWEST
        and fact["repeated"] >= _REPEATED * fact["records"]
        and fact["unchanged"] >= _UNCHANGED * fact["records"]
        and not fact["newer_here"]
        and not fact["is_window"]
    )


def _told(
    kind: str, source: str, files: Sequence[Snapshot], facts: Iterable[Mapping[str, Any]], old: set[int]
) -> list[dict[str, Any]]:
    """Records that are in no newer file: of a replaced one, and of one that looks as if it should be replaced."""
    rows = []
    for fact in facts:
        alone, place = fact["records"] - fact["repeated"], fact["place"]
        looks_whole = fact["records"] >= _FEWEST and fact["repeated"] >= _ALIKE * fact["records"]
        if not alone or not (place in old or (looks_whole and not fact["is_window"])):
            continue
        rows.append(
            {
                "code": "REPLACED_FILE" if place in old else "OLDER_FILES_ONLY",
                "table_name": kind,
                "source_name": source,
                "path": files[-1].path,
                "records": alone,
                "other_path": files[place].path,
            }
        )
    return rows


def _facts(con: Connection, kind: Kind, files: Sequence[Snapshot], answer: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(answer.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        query = _FACTS.format(
            key=record_key(kind),
            modified=f"try_cast({quoted(kind.modified)} as timestamp)" if kind.modified else "cast(null as timestamp)",
            values=", ".join(quoted(name) for name in kind.columns if name not in (*kind.identity, kind.modified)),
            rows=scan_of([file.parquet for file in files]),
        )
        found = list(con.sql(query).to_arrow_table().to_pylist())
        unfinished = answer.with_suffix(".tmp")
        unfinished.write_text(json.dumps(found), encoding="utf-8")
        unfinished.replace(answer)
        return found


def _digest(kind: str, files: Sequence[Snapshot]) -> str:
    text = json.dumps([kind, [file.parquet.parent.name for file in files]])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
