"""Job titles -> role and seniority; the title itself is not kept. A title that names neither gives neither."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_WORDS = Path(__file__).with_name("title_words.txt")
_NOT_WORDS = re.compile(r"[^\w]+|_")
# Former, acting and deputy positions: the word after them is not what the person is.
_LEADING = re.compile(r"^(?:ex|former|formerly|ehemalige[rs]?|ancien|ancienne) .*")
# Endings with which German and French write both genders: Leiter/in, Leiter*innen, directeur(trice).
_GENDERS = re.compile(r"[/*:(](?:innen|in|r|e|trice|euse|a|o)\b\)?", re.IGNORECASE)
_MARKS = re.compile(r"\((?:m/?w/?d|f/?m/?d|m/?f/?d|w/?m/?d|m/?f|h/?f|f/?h|all genders)\)", re.IGNORECASE)
_INITIALS = re.compile(r"(?<=\b\w)\.(?=\w\b)")
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d"})


def role_of(title: str) -> str | None:
    """The first role in the title, such as `sales`; the head of a field has that role and is not an `executive`."""
    text = _folded(title)
    # Stable order: the earliest position, then the longest word. `executive` only if there is nothing else.
    found = sorted(
        (meaning == "executive", match.start(), -len(match[0]), meaning)
        for meaning, pattern in _patterns("role")
        for match in pattern.finditer(text)
    )
    return found[0][-1] if found else None


def seniority_of(title: str) -> str | None:
    """c_level, vp, director, manager, individual or entry."""
    text = _folded(title)
    return next((meaning for meaning, pattern in _patterns("seniority") if pattern.search(text)), None)


def _folded(title: str) -> str:
    """Words in lower case without accents, one blank between and around them; empty for a former position."""
    text = _INITIALS.sub("", _GENDERS.sub("", _MARKS.sub(" ", title)))
    text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    # Accents of Japanese letters make other letters; only those of Latin letters are removed.
    text = unicodedata.normalize("NFC", "".join(char for char in text if not "\u0300" <= char <= "\u036f"))
    text = " ".join(_NOT_WORDS.sub(" ", text).split())
    return "" if _LEADING.match(text) else f" {text} "


@cache
def _patterns(kind: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((meaning, re.compile("|".join(map(_word, words)))) for meaning, words in _entries(kind))


def _entries(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Meaning and words of each entry, longest word first: it is tried first, so it wins at a position."""
    lines = _WORDS.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    for head, words in re.findall(r"^(\w+ \w+)\n((?:    .*\n?)+)", text, re.MULTILINE):
        if head.startswith(f"{kind} "):
            found = {" ".join(word.split()) for word in words.split(",")} - {""}
            yield head.removeprefix(f"{kind} "), sorted(found, key=lambda word: (-len(word), word))


def _word(word: str) -> str:
    # In scripts without blanks, words are found inside others.
    if not word.isascii():
        return re.escape(word.strip("*"))
    pattern = re.escape(word.strip("*"))
    before = "" if word.startswith("*") else "(?<= )"
    return before + pattern + ("" if word.endswith("*") else "(?= )")
