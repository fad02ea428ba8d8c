"""The file of an interview, written atomically and never over another one; and the same as a blank form."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

import yaml

from icp_pipeline.errors import IcpError
from icp_pipeline.interview.known import Known
from icp_pipeline.interview.questions import CLAIMS, GROUPS, HEAD, MISSING, Group, Question

FOLDER = Path("voice") / "interviews"
_WIDTH = 110
# How often an entry appears in the form; more can be copied.
_ROUNDS = 3
_VALUES_SHOWN = 8


def write_interview(landing: Path, interview: dict[str, Any]) -> Path:
    """Write a finished interview below landing/; returns its path. Raises IcpError if it cannot be written."""
    text = yaml.safe_dump(interview, allow_unicode=True, sort_keys=False, width=_WIDTH)
    folder = landing / FOLDER
    name = f"{interview['date']}-{re.sub(r'[^a-z0-9]+', '-', str(interview['respondent']).casefold()).strip('-')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _placed(folder, name, text)
    except OSError as error:
        raise IcpError(
            f"{folder}: the interview cannot be written there ({error.strerror}). The answers are saved: fix the "
            "cause, then continue with `icp interview --new`."
        ) from error


def _placed(folder: Path, name: str, text: str) -> Path:
    # Its name starts with a dot, so that a run that starts meanwhile does not read half of it.
    handle, unfinished = tempfile.mkstemp(dir=folder, prefix=".interview-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(unfinished).chmod(0o644)
    try:
        for number in range(1, 1_000):
            target = folder / (f"{name}.yaml" if number == 1 else f"{name}-{number}.yaml")
            try:
                # Unlike a rename, a link does not replace an existing file.
                os.link(unfinished, target)
            except FileExistsError:
                continue
            return target
    finally:
        Path(unfinished).unlink()
    raise IcpError(
        f"{folder / name}.yaml: there are already a thousand interviews of this respondent and day: move some away."
    )


def write_blank(path: Path, known: Known) -> None:
    """Write the form; raises IcpError if a file is already there, or none can be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(blank_form(known))
    except FileExistsError:
        raise IcpError(f"{path} already exists: nothing was written. Choose another file.") from None
    except OSError as error:
        raise IcpError(f"{path} cannot be written ({error.strerror}): choose another file.") from error


def blank_form(known: Known) -> str:
    """The form: every question as a comment above its blanks, in the order of the conversation."""
    lines = [
        *_comment(
            "An interview, in about 30 minutes. Fill in what you know, leave blank what you do not, and put the file "
            "into landing/voice/interviews/. Put a text in quotes where it has : or # in it."
        ),
        "",
    ]
    for question in HEAD.questions:
        lines += [*_asked(question), f"{question.key}:", ""]
    section = ""
    for number, group in enumerate(GROUPS[1:], start=1):
        first = group.questions[0]
        lines += [f"# --- {number}. {group.title} ".ljust(_WIDTH, "-")]
        for question in group.questions:
            lines += _asked(question)
        if group is CLAIMS:
            lines += _traits(known)
        if first.section != section:
            section = first.section
            lines.append(f"{section}:")
        lines += [*_blanks(group), ""]
    return "\n".join(lines)


def _asked(question: Question) -> list[str]:
    """The question for one key, and an example."""
    if question.only == "unrecorded":
        return _comment(
            f"{question.text} Then write that as the attribute, leave `segment` blank, and add `not_recorded: true`; "
            f"for example: {question.example}"
        )
    several = " Several: one line each." if question.several else ""
    key = "" if not question.section or question.section == question.key else f"{question.key}: "
    example = question.example.replace("; ", ", or ")
    return _comment(f"{key}{question.text}{several} For example: {example}")


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)]


def _traits(known: Known) -> Iterator[str]:
    """Attributes that can be tested, with the values that most customers have."""
    if known.claimable:
        yield "# These traits are recorded:"
    for name in known.claimable:
        values = known.segments.get(name, ())
        more = f" and {len(values) - _VALUES_SHOWN} more" if len(values) > _VALUES_SHOWN else ""
        shown = f": {'; '.join(values[:_VALUES_SHOWN])}{more}" if values else ""
        yield from (f"#   {line}" for line in wrap(f"{name}{shown}", _WIDTH - 4, break_long_words=False))


def _blanks(group: Group) -> Iterator[str]:
    if group is MISSING:
        yield from ["  -"] * _ROUNDS
        return
    # What is asked only for some claims comes last.
    keys = list(dict.fromkeys(each.key for each in sorted(group.questions, key=lambda each: each.only == "unrecorded")))
    if group.questions[0].fixed:
        for question in group.questions:
            entry = [f"  - {question.key}:", *(f"    {key}: {text}" for key, text in question.fixed.items())]
            yield from entry * _ROUNDS
        return
    if any(question.several for question in group.questions):
        keys_of_entry = [line for key in keys for line in (f"{key}:", "  -")]
        yield f"  - {keys_of_entry[0]}"
        yield from (f"    {line}" for line in keys_of_entry[1:])
        return
    for _ in range(_ROUNDS):
        yield f"  - {keys[0]}:"
        yield from (f"    {key}:" for key in keys[1:])
