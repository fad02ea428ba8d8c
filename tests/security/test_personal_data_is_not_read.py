"""Names, addresses and numbers of people are planted in every file; none may appear in anything that a run leaves.

They fill all columns outside a source's allow-list and some extra columns, and needed addresses (of which only the
domain is kept) get personal local parts.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from end_to_end.pipeline_runs import read_rows, write_rows

from icp_pipeline.run.read_plan import read_plan
from icp_pipeline.settings.load import load_settings
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.known_vendors import known_vendors
from icp_pipeline.sources.refusal import Held, Ignored
from icp_pipeline.sources.vendor_files import fields_of, open_match

# In every planted value, and in nothing else.
MARK = "zzprivate"
_MARK = re.compile(MARK.encode(), re.IGNORECASE)
ADDRESS = re.compile(r"^[^@\s]+@([^@\s]+)$")
MORE = {
    "Contact Name": "Zzprivate Müller {n}",
    "Contact Email": "zzprivate.{n}@people.example",
    "Phone": "+49 170 zzprivate {n}",
    "Comment": 'my boss Zzprivate said: "no, never"\nand called {n}',
    "First Name": "Zzprivate",
    "Owner.Email": "zzprivate@owner.example",
}


def needed(path: Path, source: str, plan: ReadPlan) -> set[int]:
    """Columns of a file that its source's allow-list names, or that icp.yaml requests."""
    match = open_match(path, known_vendors()[source], plan.format_of(source, f"{source}/{path.name}"))
    asked = {request.column.casefold() for request in fields_of(plan, match.layout.kind or "")}
    asked_at = {number for number, name in enumerate(match.header) if name.casefold() in asked}
    return {*match.at.values(), *asked_at}


def plant(home: Path) -> int:
    """Fill a landing folder; return how many cells now contain personal data."""
    plan = read_plan(load_settings(home))
    planted = 0
    for path in sorted((home / "landing").rglob("*.csv")):
        header, rows = read_rows(path)
        try:
            kept = needed(path, path.parent.name, plan)
        except (Held, Ignored):
            kept = set()
        added = [name for name in MORE if name not in header and source_takes(path, name)]
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                address = ADDRESS.match(cell)
                if at not in kept:
                    row[at] = f"Zzprivate {number}"
                elif address:
                    row[at] = f"zzprivate.{number}@{address[1]}"
                else:
                    continue
                planted += 1
            row.extend(MORE[name].format(n=number) for name in added)
            planted += len(added)
        write_rows(path, [*header, *added], rows)
    return planted + plant_json(home)


def source_takes(path: Path, name: str) -> bool:
    """Some names would make the file another kind of file, such as contacts among HubSpot's companies."""
    return not (path.parent.name == "hubspot" and name in ("First Name", "Contact Email"))


def plant_json(home: Path) -> int:
    planted = 0
    for path in (home / "landing" / "usage").glob("*.jsonl"):
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for number, event in enumerate(events):
            event["properties"] |= {
                "$set": {"email": f"zzprivate{number}@people.example", "name": "Zzprivate", "phone": "zzprivate 0170"},
                "$ip": "zzprivate",
                "$current_url": "https://app.example/?user=zzprivate",
            }
            event["person_properties"] = {"email": f"zzprivate{number}@people.example"}
            event["elements_chain"] = "Zzprivate clicked"
            planted += 1
        path.write_text("\n".join(map(json.dumps, events)) + "\n", encoding="utf-8")
    return planted


def icp(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [str(Path(sys.executable).with_name("icp")), *arguments, "--home", str(home)]
    environment = {**os.environ, "CRM_TOKEN": f"{MARK}-token", "ICP_UNRELATED": MARK}
    return subprocess.run(command, capture_output=True, check=False, env=environment)


def traces(home: Path) -> Iterator[tuple[str, bytes]]:
    """Everything in a home except its landing folder: Parquet, DuckDB and SQLite as text, and raw bytes."""
    for path in sorted(home.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.is_relative_to(home / "landing"):
            continue
        name = str(path.relative_to(home))
        if path.suffix == ".parquet":
            yield name, pq.read_table(path).to_pandas().to_csv().encode()
        elif path.suffix == ".duckdb":
            yield from tables(path, name)
        elif path.read_bytes()[:15] == b"SQLite format 3":
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                yield f"{name} as SQL", "\n".join(connection.iterdump()).encode(errors="replace")
        yield name, path.read_bytes()


def tables(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert len(found) > 80
        for schema, table in found:
            frame = connection.execute(f'select * from "{schema}"."{table}"').df()
            yield f"{name} {schema}.{table}", frame.to_csv().encode()


def found_in(home: Path, *said: bytes) -> list[str]:
    """Where the mark was found, with the text around it."""
    everything = [*traces(home), *(("said", text) for text in said)]
    assert len(everything) > 200
    return [
        f"{name}: ...{text[max(0, hit.start() - 60) : hit.end() + 20]!r}"
        for name, text in everything
        if (hit := _MARK.search(text))
    ]


@pytest.mark.slow
def test_no_trace_of_a_person_in_lake_warehouse_exports_logs_or_history(landed: Path) -> None:
    assert plant(landed) > 10_000
    done = icp(landed, "run")
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert found_in(landed, done.stdout, done.stderr) == []
    # The test finds what it is looking for.
    (landed / "state" / "note.txt").write_text(f"call {MARK.title()}")
    assert len(found_in(landed)) == 1


def broken_cells(home: Path) -> None:
    """The mark in cells that are read and rejected: a number, a date, an id, an amount; and as a whole broken row."""
    for name, columns in {
        "salesforce/Account.csv": ("AnnualRevenue", "CreatedDate", "Referrals_Given__c"),
        "salesforce/Opportunity.csv": ("AMOUNT", "CLOSEDATE", "ACCOUNTID"),
        "stripe/subscriptions.csv": ("Amount", "Start (UTC)"),
        "zendesk/tickets.csv": ("Created at",),
        "nps/responses.csv": ("Score", "Responded at"),
        "triggers/events.csv": ("happened_on",),
    }.items():
        path = home / "landing" / name
        header, rows = read_rows(path)
        for number, column in enumerate(columns):
            rows[number][header.index(column)] = f"Zzprivate Person {number}"
        write_rows(path, header, [*rows, ["zzprivate", "too short"]])


@pytest.mark.slow
def test_values_that_are_refused_are_quoted_nowhere(landed: Path) -> None:
    broken_cells(landed)
    done = icp(landed, "run", "--verbose")
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert found_in(landed, done.stdout, done.stderr) == []
    with duckdb.connect(str((landed / "warehouse" / "icp.duckdb").resolve()), read_only=True) as connection:
        (rejected,) = connection.execute("select count(*) from quality.rejected_rows").fetchone() or (0,)
    assert rejected >= 17
    # A blocked file, and a failed run.
    account = landed / "landing" / "salesforce" / "Account.csv"
    account.write_bytes(account.read_bytes() + b'"001Hs0000d8U8gAIAS","zzprivate never closed\n')
    for arguments in (("run",), ("run", "--verbose"), ("run", "--dry-run")):
        done = icp(landed, *arguments)
        assert done.returncode == 1
        assert found_in(landed, done.stdout, done.stderr) == []


@pytest.mark.parametrize("line", [f"api_key: {MARK}", f"exports: {{salesforce: {{token: {MARK}}}}}"])
def test_a_secret_in_the_settings_is_refused_and_not_repeated(line: str, landed: Path) -> None:
    with (landed / "icp.yaml").open("a", encoding="utf-8") as file:
        file.write(("\n" if line.startswith("api") else "\n# ") + line + "\n")
    if not line.startswith("api"):
        (landed / "icp.yaml").write_text(line + "\n", encoding="utf-8")
    done = icp(landed, "check")
    assert done.returncode == 1 and b"unknown setting" in done.stderr
    assert not _MARK.search(done.stdout + done.stderr)
