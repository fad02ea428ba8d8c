"""The name of a table, and the order of schemas. Nobody else splits, joins or quotes names, nor texts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Left to right: a model reads only its own schema or one to its left.
MODEL_SCHEMAS = (
    "staging",
    "core",
    "outcomes",
    "segments",
    "icp",
    "activation",
    "results",
    "voice",
    "quality",
    "exports",
)
# What models may read besides each other; filled before the first model is built.
INPUT_SCHEMAS = ("lake", "settings", "history")

_MOST_LISTED = 3
_IDENTIFIER = re.compile(r"^[a-z_][a-z0-9_]{0,62}$")


@dataclass(frozen=True, order=True)
class TableName:
    """`schema.table`; both parts are plain lower-case identifiers, so printing it is already safe SQL."""

    schema: str
    table: str

    def __post_init__(self) -> None:
        for part in (self.schema, self.table):
            if not _IDENTIFIER.match(part):
                raise ValueError(f"'{part}' is not a table or schema name: expected lower-case letters, digits and _")

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    @classmethod
    def parse(cls, text: str) -> "TableName":
        """Read `schema.table`; raises ValueError for anything else."""
        schema, dot, table = text.partition(".")
        if not dot:
            raise ValueError(f"'{text}' is not a table name: expected schema.table")
        return cls(schema, table)


def quoted(identifier: str) -> str:
    """An identifier from outside (a column header) as safe SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def listed(names: Sequence[str]) -> str:
    """The first three: `core.accounts, core.deals, core.contacts and 4 more`; more would fill the line."""
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def literal(text: str) -> str:
    """A text from outside as safe SQL."""
    return "'" + text.replace("'", "''") + "'"
