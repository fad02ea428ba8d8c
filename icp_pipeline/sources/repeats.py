"""Records that landed more than once with different values and no modified date to decide between them.

One row of each wins, in the order in which the models take them; the result says how often, and which
file won. The answer for a list of lake entries is cached, because it cannot change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from icp_pipeline.catalog.kinds import KINDS, Kind
from icp_pipeline.duck import Connection
from icp_pipeline.names import literal, quoted
from icp_pipeline.sources.usage.file_scan import scan_of

# Rows of one key: those of the newest modified date, and those without one. The first by `place` wins.
_FINDINGS = """
with
records as (select {key} as record_key, {modified} as modified, file_index as place, * from {rows}),
repeated as (
    select record_key, max(modified) as newest from records where {is_known} group by record_key having count(*) > 1
),
contested as (
    select
        records.record_key, records.place, records.source_path, records.source_line, {source_name} as source_name,
        records.modified is null as is_undated, hash({values}) as own_content
    from records
    inner join repeated using (record_key)
    where records.modified is null or records.modified = repeated.newest
),
fields as ({fields}),
valued as (
    select contested.*, hash(own_content, field_content) as content
    from contested
    left join fields using (source_path, source_line)
),
differing as (
    select record_key from valued group by record_key having min(content) <> max(content)
),
ranked as (
    select
        *,
        first_value(place) over newest_first as won_place,
        first_value(source_path) over newest_first as won_path,
        first_value(source_line) over newest_first as won_line,
        first_value(content) over newest_first as won_content
    from valued
    semi join differing using (record_key)
    window newest_first as (
        partition by record_key order by is_undated, place desc, source_path desc, source_line desc
    )
),
beaten as (
    select
        record_key, source_name, won_path, won_line, place = won_place as is_same_file,
        arg_max(source_path, place) as other_path, max(source_line) as other_line
    from ranked
    where content <> won_content
    group by all
)
select
    case when is_same_file then 'DUPLICATE_IDS' else 'DIFFERING_SNAPSHOTS' end as code,
    {table_name} as table_name,
    source_name,
    won_path as path,
    count(*) as records,
    min(won_line) as first_line,
    arg_min(other_path, won_line) as other_path,
    arg_min(other_line, won_line) as other_line
from beaten
group by is_same_file, source_name, won_path
order by all
"""


def repeated_records(con: Connection, parquet: Mapping[str, Sequence[Path]], known: Path) -> pa.Table:
    """`lake.repeated_record` rows for these files, the newest of each kind last; `known` caches the answers."""
    known.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    used = set()
    for name, files in sorted(parquet.items()):
        # A day that is counted again is how a table of days grows: not worth reporting.
        if not KINDS[name].identity or KINDS[name].grows_by:
            continue
        text = json.dumps([name, [path.parent.name for path in files]])
        answer = known / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
        used.add(answer)
        rows += _answer(con, KINDS[name], files, answer)
    for path in known.iterdir():
        if path not in used:
            path.unlink()
    return pa.Table.from_pylist(rows, schema=KINDS["repeated_record"].schema)


def _answer(con: Connection, kind: Kind, files: Sequence[Path], answer: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(answer.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        found = _found(con, kind, files)
        unfinished = answer.with_suffix(".tmp")
        unfinished.write_text(json.dumps(found), encoding="utf-8")
        unfinished.replace(answer)
        return found


def _found(con: Connection, kind: Kind, files: Sequence[Path]) -> list[dict[str, Any]]:
    rows, key = scan_of(files), record_key(kind)
    is_known = " and ".join(f"{quoted(name)} is not null" for name in kind.identity if name == "id") or "true"
    repeats = f"select 1 from {rows} where {is_known} group by {key} having count(*) > 1 limit 1"
    if not con.execute(repeats).fetchall():
        return []
    of_record = [*kind.identity, kind.modified]
    query = _FINDINGS.format(
        rows=rows,
        key=key,
        is_known=is_known,
        modified=f"try_cast({quoted(kind.modified)} as timestamp)" if kind.modified else "cast(null as timestamp)",
        source_name="source_name" if "source_name" in kind.types else "cast(null as varchar)",
        values=", ".join(quoted(name) for name in kind.columns if name not in of_record),
        fields=_fields(kind, files),
        table_name=literal(kind.name),
    )
    return list(con.sql(query).to_arrow_table().to_pylist())


def record_key(kind: Kind) -> str:
    """The key of a record; ids of tickets and answers are unique within a folder only."""
    parts = [f"coalesce(cast({quoted(name)} as varchar), '')" for name in kind.identity]
    if kind.is_per_folder:
        parts.append("split_part(source_path, '/', 1)")
    return " || chr(31) || ".join(parts)


def _fields(kind: Kind, files: Sequence[Path]) -> str:
    """Lists and configured columns of the contested rows, which are stored beside the records."""
    values = [beside for path in files if (beside := path.with_name("field_values.parquet")).exists()]
    if not values:
        return "select '' as source_path, 0 as source_line, cast(null as ubigint) as field_content limit 0"
    return (
        f"select source_path, source_line, bit_xor(hash(attribute, value, currency)) as field_content "
        f"from {scan_of(values)} semi join contested using (source_path, source_line) "
        f"where record_kind = {literal(kind.name)} group by source_path, source_line"
    )
