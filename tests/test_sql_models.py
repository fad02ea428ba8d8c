"""Rows in, rows out: every folder `tests/sql/<schema>/<model>/<case>/` is a test, written without Python.

A case has one `<schema>.<table>.csv` per input and `expect.csv`. Columns left out of an input are NULL, missing inputs
are empty, an empty cell is NULL. `expect.csv` has only the columns to compare; row order does not matter.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from project_models import create_table

from icp_pipeline import duck
from icp_pipeline.catalog.inputs import INPUTS
from icp_pipeline.models.graph import read_models
from icp_pipeline.models.model import Model
from icp_pipeline.names import TableName, quoted

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted(path.parent for path in (ROOT / "tests" / "sql").glob("*/*/*/expect.csv"))

Schema = dict[str, str]
Row = tuple[str | float | None, ...]


class Schemas:
    """Column types of every table, found by building the models on empty inputs."""

    def __init__(self) -> None:
        self.graph, self.findings = read_models(ROOT / "sql")
        self.tables: dict[TableName, Schema] = dict(INPUTS)
        self.problems: dict[TableName, str] = {}
        with duck.connect() as connection:
            for name, columns in INPUTS.items():
                create_table(connection, name, columns)
            for model in self.graph.in_order():
                self._build_empty(connection, model)

    def _build_empty(self, connection: duck.Connection, model: Model) -> None:
        connection.execute(f"create schema if not exists {model.name.schema}")
        try:
            connection.execute(f"create table {model.name} as {model.sql}")
        except duck.DuckError as error:
            self.problems[model.name] = str(error)
            return
        described = connection.execute(f"describe {model.name}").fetchall()
        self.tables[model.name] = {row[0]: row[1] for row in described}

    def model(self, name: TableName) -> Model:
        for finding in self.findings:
            if finding.path == ROOT / "sql" / name.schema / f"{name.table}.sql":
                pytest.fail(str(finding), pytrace=False)
        if name not in self.graph:
            pytest.fail(f"there is no sql/{name.schema}/{name.table}.sql", pytrace=False)
        return self.graph[name]

    def columns(self, name: TableName) -> Schema:
        if name not in self.tables:
            pytest.fail(f"{name} cannot be built: {self.problems.get(name, 'there is no such model')}", pytrace=False)
        return self.tables[name]


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return Schemas()


@pytest.fixture(scope="session")
def memory() -> Iterator[duck.Connection]:
    """An empty database that all cases share: opening one takes longer than most cases."""
    with duck.connect() as connection:
        yield connection


@pytest.fixture
def tables(memory: duck.Connection) -> Iterator[duck.Connection]:
    """A database without tables: what a case creates is rolled back after it."""
    memory.begin()
    yield memory
    memory.rollback()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.relative_to(ROOT / "tests" / "sql").as_posix())
def test_rows_in_rows_out(case: Path, schemas: Schemas, tables: duck.Connection) -> None:
    model = schemas.model(TableName(case.parent.parent.name, case.parent.name))
    inputs = {TableName.parse(path.stem): path for path in case.glob("*.*.csv")}
    strangers = sorted(str(name) for name in set(inputs) - set(model.depends_on))
    assert not strangers, f"{model.name} does not read {', '.join(strangers)}"
    for name in model.depends_on:
        columns = schemas.columns(name)
        create_table(tables, name, columns)
        if name in inputs:
            load_rows(tables, name, columns, inputs[name])
    compare(tables, model, schemas.columns(model.name), case / "expect.csv")


def load_rows(connection: duck.Connection, name: TableName, known: Schema, path: Path) -> None:
    header, rows = read_csv(path)
    unknown = [column for column in header if column not in known]
    if unknown:
        message = f"{path.name}: {name} has no column {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        pytest.fail(message, pytrace=False)
    names = ", ".join(quoted(column) for column in header)
    marks = ", ".join("?" for _ in header)
    if rows:
        connection.executemany(f"insert into {name} ({names}) values ({marks})", rows)


def read_csv(path: Path) -> tuple[list[str], list[list[str | None]]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    assert lines, f"{path}: empty; a header line is needed"
    header, rows = [cell.strip() for cell in lines[0]], lines[1:]
    for number, row in enumerate(rows, start=2):
        assert len(row) == len(header), f"{path}:{number}: {len(row)} cells, the header has {len(header)}"
    return header, [[cell if cell != "" else None for cell in row] for row in rows]


def compare(connection: duck.Connection, model: Model, columns: Schema, expect: Path) -> None:
    header, wanted_cells = read_csv(expect)
    unknown = sorted(set(header) - set(model.column_names()))
    assert not unknown, f"expect.csv: {model.name} has no column {', '.join(unknown)}"
    numeric = [is_number(columns[column]) for column in header]
    texts = ", ".join(f"cast(result.{quoted(column)} as varchar)" for column in header)
    found_cells = connection.execute(f"select {texts} from ({model.sql}\n) as result").fetchall()
    found = ordered([as_row(cells, numeric) for cells in found_cells], numeric)
    wanted = ordered([as_row(cells, numeric) for cells in wanted_cells], numeric)
    if len(found) != len(wanted) or not all(map(same, wanted, found)):
        pytest.fail(difference(header, wanted, found), pytrace=False)


def is_number(kind: str) -> bool:
    return kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or "INT" in kind.split("(")[0].replace("INTERVAL", "")


def as_row(cells: list[str | None] | tuple[str | None, ...], numeric: list[bool]) -> Row:
    return tuple(
        float(cell) if cell is not None and number else cell for cell, number in zip(cells, numeric, strict=True)
    )


def ordered(rows: list[Row], numeric: list[bool]) -> list[Row]:
    """Texts come first, so that a number's last digit cannot change which rows are compared."""
    columns = sorted(range(len(numeric)), key=lambda index: numeric[index])

    def key(row: Row) -> list[tuple[bool, str, float]]:
        cells = [row[index] for index in columns]
        return [
            (cell is not None, cell if isinstance(cell, str) else "", round(cell, 5) if isinstance(cell, float) else 0)
            for cell in cells
        ]

    return sorted(rows, key=key)


def same(wanted: Row, found: Row) -> bool:
    return all(map(same_cell, wanted, found))


def same_cell(wanted: str | float | None, found: str | float | None) -> bool:
    if isinstance(wanted, float) and isinstance(found, float):
        both_nan = math.isnan(wanted) and math.isnan(found)
        return both_nan or math.isclose(wanted, found, rel_tol=1e-6, abs_tol=1e-6)
    return wanted == found


def difference(header: list[str], wanted: list[Row], found: list[Row]) -> str:
    """Expected rows that are missing (-) and unexpected rows (+), under the header."""
    unasked = list(found)
    missing = []
    for row in wanted:
        match = next((other for other in unasked if same(row, other)), None)
        if match is None:
            missing.append(row)
        else:
            unasked.remove(match)
    lines = ["  " + ",".join(header)]
    lines += ["- " + as_line(row) for row in missing] + ["+ " + as_line(row) for row in unasked]
    return f"{len(wanted)} rows wanted, {len(found)} came\n" + "\n".join(lines[:60])


def as_line(row: Row) -> str:
    return ",".join("" if cell is None else f"{cell:.9g}" if isinstance(cell, float) else cell for cell in row)


@pytest.mark.parametrize("schema", ["outcomes", "segments", "icp", "results"])
def test_every_model_that_judges_has_a_case(schema: str, schemas: Schemas) -> None:
    tested = {TableName(case.parent.parent.name, case.parent.name) for case in CASES}
    # A twin has the SELECT of a model that has cases.
    bare = [
        str(model.name)
        for model in schemas.graph.of_schema(schema)
        if model.name not in tested and "#twin_of[" not in model.path.read_text(encoding="utf-8")
    ]
    assert not bare, f"add tests/sql/<schema>/<model>/<case>/ for {', '.join(bare)}"
