"""What a SQL model is: a name, a SELECT, described columns with tags, and the tables it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from icp_pipeline.errors import ModelError
from icp_pipeline.models.twins import with_twin
from icp_pipeline.names import TableName

if TYPE_CHECKING:
    from sqlglot import exp

Severity = Literal["critical", "warning"]
Origin = tuple[TableName, str]
# By column of a table, the columns that it is made from.
Lineage = dict[str, list[Origin]]


@dataclass(frozen=True)
class Finding:
    """One broken rule, with the file and line to open."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class BrokenModel(ModelError):
    """A file that is not a proper model; carries the finding for `icp check`."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        self.finding = Finding(path, line, message)
        super().__init__(str(self.finding))


@dataclass(frozen=True)
class Tag:
    """A check written in a column's comment, such as `#between[0,1]!warn`."""

    name: str
    args: tuple[str, ...] = ()
    severity: Severity = "critical"

    def __str__(self) -> str:
        args = f"[{','.join(self.args)}]" if self.args else ""
        return f"#{self.name}{args}" + ("!warn" if self.severity == "warning" else "")


@dataclass(frozen=True)
class Column:
    """A column of the final SELECT; tags and meaning come from its comment, or the meaning from the catalog's words."""

    name: str
    description: str
    tags: tuple[Tag, ...] = ()
    line: int = 1


@dataclass(frozen=True)
class Model:
    """One file under `sql/`; folder = schema, file = table."""

    name: TableName
    path: Path
    sql: str
    description: str
    columns: tuple[Column, ...]
    depends_on: tuple[TableName, ...]
    tree: Callable[[], exp.Query] = field(repr=False, compare=False)
    # The column of `#by[...]` or `#compared_by[...]`: a part of the table is all rows with one value there, such as a
    # day or an account, and what changes is told by part.
    partition_column: str | None = None
    # `#by` only: a partition depends only on the same partition of the inputs that have that column.
    builds_partitions: bool = False

    @property
    def expression(self) -> exp.Query:
        """The syntax tree, parsed on first use; a run that does not learn never needs it."""
        return self.tree()

    def column_names(self) -> tuple[str, ...]:
        """Names in the order of the final SELECT."""
        return tuple(column.name for column in self.columns)


def read_sql(path: Path) -> str:
    """A model's SELECT as it is executed: without the blanks and the semicolon around it, a twin's in full.

    Raises BrokenModel for a twin of nothing.
    """
    text = path.read_text(encoding="utf-8")
    try:
        return with_twin(path, text).strip().rstrip(";")
    except ValueError as error:
        raise BrokenModel(path, 1, str(error)) from error


def line_of(node: exp.Expr) -> int:
    """First line of a part of a query; 1 if the parser kept none."""
    return min((inner.meta["line"] for inner in node.walk() if "line" in inner.meta), default=1)
