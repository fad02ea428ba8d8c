"""The encoding of a text file: as declared, as its bytes show, and advice if the two disagree."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path

from charset_normalizer import from_bytes

from icp_pipeline.sources.refusal import Held

WHERE = "in icp.yaml, under `vendors:` and the folder's name or in its `sources:` entry"
# Encodings that exports are written in, most frequent first, and who uses them.
_KNOWN = {
    "cp1252": "Windows, Western Europe",
    "cp1250": "Windows, Central Europe",
    "mac_roman": "older Macs",
    "cp1251": "Cyrillic",
    "cp932": "Shift-JIS, Japanese",
    "euc_jp": "EUC, Japanese",
    "gb18030": "GBK, Chinese",
    "big5": "traditional Chinese",
    "cp949": "Korean",
    "cp1253": "Greek",
    "cp1254": "Turkish",
    "cp1255": "Hebrew",
    "cp1256": "Arabic",
    "cp874": "Thai",
}
_LATIN = frozenset({"cp1252", "cp1250", "cp1254", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15", "mac-roman"})
_LATIN_NAMES = frozenset({"cp1252", "cp1250", "cp1254", "mac_roman"})
# Above this share of odd characters, and this many in all, a text is not in a Latin encoding.
_ODD_SHARE, _FEWEST = 0.3, 4
_SAMPLE = 1 << 13
_SEARCHED = 1 << 20
_CHAOS = 0.15
_USUAL = frozenset("‘’‚“”„–—…€£§°®™©«»·•¿¡ªº\u00a0½¼¾²³×±µ´`¨‹›†‡‰")
# Three letters beyond ASCII in a row are rare in Latin script, and common in all others.
_RUN = re.compile(r"[^\W\d_a-zA-Z]{3,}")
# So are marks beside such a letter: a two-byte encoding shows as a half of a letter each.
_MARK_IN_WORD = re.compile(f"[^\\x00-\\x7f][{''.join(_USUAL)}]|[{''.join(_USUAL)}][^\\x00-\\x7f]")
# UTF-8 that was read as Windows-1252 and written as UTF-8 once more.
_TWICE = re.compile(
    "[\u00c2-\u00c3][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]|\u00e2\u20ac"
)


def encoding_found(path: Path, declared: str) -> str:
    """The encoding to read with; raises Held if the declared one gives nonsense.

    A byte-order mark counts more than settings, and so do letters that are clearly UTF-8 if a one-byte
    encoding is declared: such an encoding reads any bytes.
    """
    marked = _marked(path)
    if marked:
        return marked
    if is_utf_8(path, declared):
        return "utf-8"
    if codecs.lookup(declared).name in _LATIN:
        _refuse_nonsense(path, declared)
    return declared


def is_utf_8(path: Path, encoding: str) -> bool:
    """Whether a file is read as UTF-8: declared so, or clearly so although a one-byte encoding is declared."""
    name = codecs.lookup(encoding).name
    return name in ("utf-8", "utf-8-sig") or (_takes_any_byte(name) and _holds_utf_8(path))


def undecodable(error: UnicodeDecodeError, path: Path) -> Held:
    """Why a file cannot be decoded: the line, and the likely encodings."""
    encoding = error.encoding
    line = _first_bad_line(path, encoding)
    return Held(f"line {line}: bytes that are not {encoding.upper()}; {_advice(path, encoding)}")


def lines_encoded_twice(text: str) -> list[int]:
    """Lines whose letters were encoded as UTF-8 twice, such as `MÃ¼ller`."""
    found: list[int] = []
    if text.isascii() or not _TWICE.search(text):
        return found
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        match = _TWICE.search(line)
        if match and _was_utf_8(line[match.start() : match.start() + 3]):
            found.append(number)
    return found


def _was_utf_8(text: str) -> bool:
    for size in (3, 2):
        try:
            text[:size].encode("cp1252").decode()
        except UnicodeError:
            continue
        return True
    # Windows-1252 leaves five bytes without a letter; a C1 control character stands for itself.
    return len(text) > 1 and "\u0080" <= text[1] <= "\u009f"


def _marked(path: Path) -> str | None:
    with path.open("rb") as data:
        head = data.read(4)
    if head in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        return "utf-32"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def utf_16_or_32(head: bytes) -> str | None:
    """The encoding of text without a byte-order mark in which half the bytes or more are zero."""
    least = len(head) * 0.3
    if head[1::4].count(0) + head[2::4].count(0) > len(head) * 0.4:
        return "UTF-32-LE" if head[0] else "UTF-32-BE"
    if head[1::2].count(0) > least:
        return "UTF-16-LE"
    return "UTF-16-BE" if head[0::2].count(0) > least else None


def _takes_any_byte(name: str) -> bool:
    """One byte, one letter: such an encoding also reads UTF-8, as letters that nobody wrote."""
    return name.startswith(("cp", "iso8859", "latin", "mac-")) and len("\u00e9".encode(name, "replace")) == 1


def _holds_utf_8(path: Path) -> bool:
    """Whether a file has letters beyond ASCII, all of them in UTF-8. By chance that hardly ever happens, and a folder
    whose older files are cp1252 may have newer ones that are not.
    """
    decoder, beyond_ascii = codecs.getincrementaldecoder("utf-8")(), False
    try:
        with path.open("rb") as data:
            while chunk := data.read(1 << 20):
                decoder.decode(chunk)
                beyond_ascii = beyond_ascii or not chunk.isascii()
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return beyond_ascii


def _refuse_nonsense(path: Path, declared: str) -> None:
    sample = _beyond_ascii(path)
    text = sample.decode(declared, "replace")
    letters = [char for char in text if not char.isascii()]
    odd = sum(not char.isalpha() and char not in _USUAL for char in letters)
    odd += sum(len(run) for run in (*_RUN.findall(text), *_MARK_IN_WORD.findall(text)))
    if len(letters) < _FEWEST or odd < _ODD_SHARE * len(letters):
        return
    others = [name for name in _likely(sample, declared) if name not in _LATIN_NAMES]
    if others:
        raise Held(f"`encoding: {declared}` is declared, but the text makes no sense in it; {_declare(others)}")


def _advice(path: Path, encoding: str) -> str:
    likely = _likely(_beyond_ascii(path), encoding)
    if not likely:
        return f"save it as UTF-8, or declare its `encoding` {WHERE}"
    return _declare(likely)


def _declare(likely: list[str]) -> str:
    shown = [f"{name} ({_KNOWN[name]})" for name in likely[:3]]
    choice = " or ".join(shown)
    return f"the file is probably {choice}. Declare `encoding: {likely[0]}` {WHERE}, or save it as UTF-8"


def _likely(sample: bytes, declared: str) -> list[str]:
    """Encodings in which these bytes make words, best first; never the one that failed."""
    tried = {codecs.lookup(declared).name}
    names = [name for name in _KNOWN if codecs.lookup(name).name not in tried]
    found: dict[str, tuple[float, int]] = {}
    for match in from_bytes(sample, cp_isolation=names, threshold=_CHAOS):
        for name in (match.encoding, *match.could_be_from_charset):
            if name in names:
                found.setdefault(name, (round(match.chaos, 2), list(_KNOWN).index(name)))
    best = min((chaos for chaos, _ in found.values()), default=0.0)
    return sorted((name for name in found if found[name][0] <= best + 0.1), key=lambda name: found[name])


def _beyond_ascii(path: Path) -> bytes:
    """Lines with letters beyond ASCII, enough to recognise an encoding."""
    taken = bytearray()
    with path.open("rb") as data:
        for line in data.read(_SEARCHED).splitlines(keepends=True):
            if not line.isascii():
                taken += line
            if len(taken) >= _SAMPLE:
                break
    return bytes(taken)


def _first_bad_line(path: Path, encoding: str) -> int:
    """The text layer decodes ahead, so the error does not know its line."""
    number = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return number
