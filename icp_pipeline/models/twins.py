"""A model that reuses another one's SELECT for other subjects: one rule for accounts and leads, written once.

Its file has only comments, which name that model and what to replace:

    -- One row per lead and ICP: the sums that its tier is made from.
    -- #twin_of[icp.account_points]
    -- account_id = lead_id
    -- icp.known_criteria = icp.lead_known_criteria

Its SELECT is the other file's with these names in place of those, so whatever changes there changes here. A table that
is about accounts and has no name here fails `icp check` by the column that it has not got.
"""

from __future__ import annotations

import re
from pathlib import Path

_TWIN = re.compile(r"^-- #twin_of\[(\w+)\.(\w+)\]\n((?:--.*(?:\n|\Z))*)", re.MULTILINE)
_PAIR = re.compile(r"^-- ([\w.]+) = ([\w.]+)$")
_FIRST_COMMENT = re.compile(r"\A(?:--.*\n)+")


def with_twin(path: Path, text: str) -> str:
    """The text of a model's file; for a twin, the other file's SELECT under its own first comment.

    Raises ValueError, with what to write, where the comment does not say which model it is of.
    """
    found = _TWIN.search(text)
    if not found:
        return text
    source = path.parents[1] / found[1] / f"{found[2]}.sql"
    if not source.exists():
        raise ValueError(f"#twin_of[{found[1]}.{found[2]}]: there is no such model")
    pairs = {}
    for line in found[3].splitlines():
        pair = _PAIR.match(line)
        if not pair:
            raise ValueError(
                f"'{line}': expected lines such as `-- core.accounts = core.lead_companies` after #twin_of"
            )
        pairs[pair[1]] = pair[2]
    select = _FIRST_COMMENT.sub("", source.read_text(encoding="utf-8"))
    return text[: found.start()] + "\n".join(_renamed(line, pairs) for line in select.splitlines())


def _renamed(line: str, pairs: dict[str, str]) -> str:
    is_comment = line.lstrip().startswith("--")
    for name, other in pairs.items():
        schema, _, table = name.rpartition(".")
        word = rf"(?<![\w.]){re.escape(name)}\b"
        if not schema or is_comment:
            # A plain word is a column, which may stand behind a table's name.
            line = re.sub(word if schema else rf"\b{name}\b", other, line)
            continue
        # Columns are qualified by the name that the table had.
        line = re.sub(rf"{word}(?! as\b)", f"{other} as {table}", line)
        line = re.sub(word, other, line)
    return line
