"""Parses the catalog's text into tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from icp_pipeline.errors import ModelError

_TAG = re.compile(r"#(\w+)(?:\[([^\]\s]*)\])?")
_COLUMN = re.compile(r"(\w+)(?::(\w+(?:\([\w,]+\))?))?")


@dataclass(frozen=True)
class Entry:
    """One table of the catalog: types by column, meanings of columns that have their own, tags with items."""

    name: str
    meaning: str
    path: Path
    line: int
    columns: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_entries(path: Path, plain_type: str) -> Iterator[Entry]:
    """The tables of one file; `plain_type` is that of a column without one. Raises ModelError, with the line."""
    entry: Entry | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        where = f"{path}:{number}"
        said, _, meaning = (part.strip() for part in line.partition(" -- "))
        if not said or said.startswith("--"):
            continue
        if not line[0].isspace():
            if entry:
                yield entry
            entry = Entry(said, meaning, path, number)
        elif entry is None:
            raise ModelError(f"{where}: a column without a table: begin with a line `table -- One row per ...`")
        elif said.startswith("#"):
            entry.tags.update(_tags(said, where))
        else:
            names = _columns(said, plain_type, where)
            entry.columns.update(names)
            entry.meanings.update(dict.fromkeys(names, meaning) if meaning else {})
    if entry:
        yield entry


def _tags(text: str, where: str) -> dict[str, tuple[str, ...]]:
    for word in text.split():
        if not _TAG.fullmatch(word):
            raise ModelError(f"{where}: '{word}' is not a tag: expected such as #is_per_folder or #identity[id,role]")
    return {tag[1]: tuple(tag[2].split(",")) if tag[2] else () for tag in _TAG.finditer(text)}


def _columns(text: str, plain_type: str, where: str) -> dict[str, str]:
    found = {word: _COLUMN.fullmatch(word) for word in text.split()}
    for word, column in found.items():
        if not column:
            raise ModelError(f"{where}: '{word}' is not a column: expected such as id:sf_id or amount:money(currency)")
    return {column[1]: column[2] or plain_type for column in found.values() if column}
