"""`python harlequin_window.py DATABASE QUERY`: one headless window of Harlequin.

Prints the query's result and the schemas of its catalogue as a JSON line; then, for each line on standard input, the
query's result on the connection that the window keeps open.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from harlequin import Harlequin
from harlequin_duckdb import DuckDbAdapter


async def _until(pilot: Any, ask: Callable[[], Any]) -> Any:
    for _ in range(300):
        await pilot.pause(0.1)
        if found := ask():
            return found
    raise SystemExit("Harlequin does not answer")


async def main() -> None:
    """Open, query, and stay open."""
    database, query = sys.argv[1:]
    app: Any = Harlequin(DuckDbAdapter([database], read_only=True))
    async with app.run_test(size=(120, 40)) as pilot:
        editor = await _until(pilot, lambda: app.editor)
        await _until(pilot, lambda: app.connection)
        editor.text = query
        await pilot.press("ctrl+j")

        def shown() -> Any:
            table = app.results_viewer.get_visible_table()
            return table if table is not None and table.row_count else None

        value = (await _until(pilot, shown)).get_row_at(0)[0]
        databases = {item.label: item for item in app.connection.get_catalog().items}
        schemas = [schema.label for schema in databases["live"].fetch_children()]
        print(json.dumps([value, schemas]), file=sys.__stdout__, flush=True)
        for _ in sys.stdin:
            held = app.connection.execute(query).fetchall().column(0).to_pylist()[0]
            print(held, file=sys.__stdout__, flush=True)


asyncio.run(main())
