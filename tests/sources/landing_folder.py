"""A landing folder to put files into, and the resulting lake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from icp_pipeline.errors import SourceError
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.lake import LakeState, land

ACCOUNTS = "Id,Name,Website\n001Hs00004kXyZaIAK,Halden Freight GmbH,halden-freight.example\n"


class Landing:
    """Files in, lake rows out. There is a Salesforce account file unless `accounts` is False."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "landing"
        self.lake = home / "lake"
        self.folder.mkdir()
        self.state: LakeState | None = None

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, plan: ReadPlan | None = None, accounts: bool = True) -> Landing:
        if accounts and not any((self.folder / "salesforce").glob("*ccount*.csv")):
            self.put("salesforce/zz_accounts.csv", ACCOUNTS)
        self.state = land(self.folder, self.lake, plan or ReadPlan())
        return self

    def held(self, plan: ReadPlan | None = None) -> str:
        """The message of the error that this landing folder must cause."""
        with pytest.raises(SourceError) as caught:
            self.land(plan)
        return str(caught.value)

    def rows(self, kind: str, *columns: str, path: str = "") -> list[Any]:
        """Rows of one kind: plain values of one column, dicts of several, else dicts of all columns with a value."""
        assert self.state is not None
        found = [
            row
            for file in self.state.parquet.get(kind, ())
            for row in pq.read_table(file).to_pylist()
            if row["source_path"].startswith(path) and not row["source_path"].endswith("zz_accounts.csv")
        ]
        if len(columns) == 1:
            return [row[columns[0]] for row in found]
        if columns:
            return [{name: row[name] for name in columns} for row in found]
        return [{name: value for name, value in row.items() if value is not None} for row in found]

    def rejects(self) -> list[tuple[int, str | None, str, str]]:
        assert self.state is not None
        return [
            (row["line"], row["column_name"], row["reason"], row["scope"]) for row in self.state.rejects.to_pylist()
        ]

    def notes(self) -> list[tuple[str, str, int, int]]:
        """Notes about files: path, code, lines, first line."""
        assert self.state is not None
        found = [row for file in self.state.parquet.get("file_note", ()) for row in pq.read_table(file).to_pylist()]
        return [(row["path"], row["code"], row["lines"], row["first_line"]) for row in found]

    def counts(self, path: str) -> tuple[int, int, int]:
        """Rows read, loaded and rejected of one file."""
        assert self.state is not None
        file = next(file for file in self.state.files if file.path == path)
        return file.rows_read, file.rows_loaded, file.rows_rejected

    def status(self, path: str) -> tuple[str, str | None]:
        assert self.state is not None
        file = next(file for file in self.state.files if file.path == path)
        return file.status, file.reason

    def parsed(self) -> set[str]:
        """Files that the last landing read, not reused."""
        assert self.state is not None
        return {file.path for file in self.state.files if file.parsed}

    def daily(self) -> dict[tuple[str | None, str | None, str], int]:
        """Events by group, user and day, over all files."""
        total: dict[tuple[str | None, str | None, str], int] = {}
        for row in self.rows("usage_daily", "group_id", "user_id", "usage_date", "events"):
            key = (row["group_id"], row["user_id"], row["usage_date"].isoformat())
            total[key] = total.get(key, 0) + row["events"]
        return total
