"""The example queries of `docs/queries.sql`: each a question in a comment, a SELECT, a semicolon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline.errors import ModelError

_TABLE = re.compile(r"\b(?:from|join)\s+([a-z_]+\.[a-z_0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Example:
    """A question, the query that answers it, and the tables it reads."""

    question: str
    sql: str
    tables: tuple[str, ...]


def read_examples(path: Path) -> list[Example]:
    """The queries of a file in its order; raises ModelError for one without a question above it."""
    found = []
    for text in path.read_text(encoding="utf-8").split(";\n"):
        lines = text.strip().splitlines()
        if not lines:
            continue
        if not lines[0].startswith("-- "):
            raise ModelError(f"{path}: '{lines[0]}' has no question above it: expected a line such as `-- Who ...?`.")
        sql = "\n".join(lines[1:]) + ";"
        found.append(Example(lines[0].removeprefix("-- "), sql, tuple(dict.fromkeys(_TABLE.findall(sql)))))
    return found
