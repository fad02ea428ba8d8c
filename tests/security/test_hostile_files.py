"""Headers, values, settings and sizes meant to do harm: refused with a reason, or taken as the plain text they are.

Hostile file names, links and pipes are among the held files of `end_to_end/test_held_files.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from icp_pipeline.errors import SourceError
from icp_pipeline.orchestration.plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.sources.lake import LakeState, land

SQL = "x'; drop table lake.account; attach '/etc/passwd' as p; --"
QUOTED = 'a"; drop table "lake"."account"; --'
ACCOUNTS = "Id,Name,Website\n001Hs00004kXyZaIAK,Halden,halden.example\n"


def landed(home: Path, settings: str, **files: str) -> LakeState:
    """Land files given as `salesforce__Account=text`."""
    (home / "icp.yaml").write_text(settings, encoding="utf-8")
    for name, text in files.items():
        path = home / "landing" / (name.replace("__", "/") + ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return land(home / "landing", home / "lake", read_plan(load_settings(home)))


def column(state: LakeState, kind: str, name: str) -> list[str]:
    return [value for path in state.parquet[kind] for value in pq.read_table(path)[name].to_pylist()]


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@pytest.mark.parametrize("hostile", [SQL, QUOTED, "a\\'; b", "$1", "?", "{x}", "%s", "*"])
def test_headers_and_values_that_are_sql_are_text(hostile: str, tmp_path: Path) -> None:
    settings = (
        "attributes:\n  odd: {field: 'salesforce.account." + hostile.replace("'", "''") + "', type: categorical}\n"
        "sources:\n  other:\n    file: other/a.csv\n    kind: account\n"
        "    columns: {id: Id, name: '" + hostile.replace("'", "''") + "'}\n"
    )
    header, cell = quoted(hostile), quoted(hostile)
    state = landed(
        tmp_path,
        settings,
        salesforce__Account=f"Id,Name,Website,{header}\n001Hs00004kXyZaIAK,{cell},halden.example,{cell}\n",
        other__a=f"Id,a,b,c,d,e,{header}\n1,,,,,,{cell}\n",
        usage__tracks=f"id,received_at,timestamp,event,user_id,context_group_id\ne1,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,{cell},{cell},{cell}\n",
    )
    assert column(state, "salesforce_account", "name") == [hostile]
    assert column(state, "account", "name") == [hostile]
    assert column(state, "field_values", "value") == [hostile]
    assert column(state, "usage_daily", "group_id") == [hostile]


@pytest.mark.parametrize(
    "pattern", ["../outside/*.csv", "/etc/*", "salesforce/../../outside/a.csv", "**/../outside/a.csv"]
)
def test_a_mapping_reaches_nothing_outside_the_landing_folder(pattern: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.csv").write_text("Id,Name\n1,very secret\n")
    settings = f"sources: {{other: {{file: '{pattern}', kind: account, columns: {{id: Id, name: Name}}}}}}\n"
    try:
        state = landed(tmp_path, settings, salesforce__Account=ACCOUNTS)
    except SourceError as error:
        assert "very secret" not in str(error)
        return
    assert "account" not in state.parquet or state.parquet["account"] == ()
    assert {file.path for file in state.files if file.status != "missing"} == {"salesforce/Account.csv"}


def test_more_columns_than_any_export_has_are_refused(tmp_path: Path) -> None:
    wide = ",".join(["Id", "Name", *(f"c{number}" for number in range(10_000))])
    with pytest.raises(SourceError, match="10,002 columns, expected at most 10,000"):
        landed(tmp_path, "", salesforce__Account=wide + "\n")


def test_a_file_larger_than_the_disk_could_bear_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "landing" / "salesforce" / "Huge.csv"
    path.parent.mkdir(parents=True)
    path.write_text(ACCOUNTS)
    # A hole: it takes no room.
    os.truncate(path, 65 * 1024**3)
    with pytest.raises(SourceError, match=r"Huge\.csv.*larger than 64 GB"):
        landed(tmp_path, "", salesforce__Account=ACCOUNTS)
