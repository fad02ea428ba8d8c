"""Reads what the report shows: one query per frame, in `queries/`. A table that this version lacks gives no frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from icp_pipeline.report.figures import Frames

_QUERIES = Path(__file__).with_name("queries")
_TABLES = """
select table_schema || '.' || table_name as name from information_schema.tables
where table_catalog = current_catalog()
"""
# Queries name tables of the warehouse with their schema, and their own steps without.
_READS = re.compile(r"\b(?:from|join)\s+([a-z_]+\.[a-z_]+)")


def read(query: Callable[[str], pd.DataFrame]) -> Frames:
    """Run the queries whose tables are all there, by name; `query` runs one statement on the warehouse."""
    there = set(query(_TABLES)["name"])
    return {name: query(sql) for name, sql in _queries() if needed(sql) <= there}


def needed(sql: str) -> set[str]:
    """The warehouse tables that a query reads, as `schema.table`."""
    return set(_READS.findall(sql))


def _queries() -> Iterator[tuple[str, str]]:
    for path in sorted(_QUERIES.glob("*.sql")):
        yield path.stem, path.read_text(encoding="utf-8")
