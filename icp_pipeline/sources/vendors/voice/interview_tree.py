"""The YAML of an interview with its lines: no objects are built from it, and aliases cannot expand it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from icp_pipeline.sources.refusal import Held

# An interview of an hour is a few pages of text.
_LARGEST = 4 * 1024**2
_DEEPEST = 12


def documents(path: Path) -> Iterator[yaml.Node]:
    """Each document of a file that is not empty; raises Held, with the line, for what is not plain YAML."""
    if path.stat().st_size > _LARGEST:
        raise Held(
            f"larger than {_LARGEST // 1024**2} MB, and an interview is a few pages of text: is it another file? Take "
            "it out of landing/voice, or split it"
        )
    text = _text(path)
    try:
        _refuse_what_grows(text)
        yield from (node for node in yaml.compose_all(text, yaml.SafeLoader) if node is not None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise Held(_problem(mark.line + 1 if mark else None, said)) from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        raise Held(_problem(line, "a character that YAML does not allow")) from None


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Held(f"line {line}: not UTF-8: save the file as UTF-8, then run again") from None


def _refuse_what_grows(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise Held(_problem(line, "a reference to another place (`*`)"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise Held(_problem(line, "lists within lists"))


def _problem(line: int | None, said: str) -> str:
    where = f"line {line}: " if line else ""
    return (
        f"{where}not readable as an interview: {said}. Put texts with : or # in quotes; `icp interview --blank FILE` "
        "writes a form to compare with"
    )
