"""From landed files to a corpus: allow-listed columns and transcripts, and the names that are removed from all of it.

Any error in here is reported only by file and place in the code: a library's error may quote the text that
caused it, and would carry it into logs.
"""

from __future__ import annotations

import re
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.errors import SourceError
from icp_pipeline.language.corpus import Corpus, Speech
from icp_pipeline.language.transcripts import FOLDER, read_transcript, transcript_files
from icp_pipeline.settings.language import CALL, TextField
from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.landed_text import TextRows, UnreadText, text_columns
from icp_pipeline.sources.words.scrub import name_words

Result = TypeVar("Result")

# Files of people: their names are read only as words to remove.
# NOT_USED: any CRM file that fills no table may contain people.
NOT_USED = ""
NAME_KINDS = ("salesforce_contact", "salesforce_lead", "hubspot_contact", NOT_USED)
# The source of a file whose names could not be read.
NAMES = "names"
_NAMES = {
    "first": ("FirstName", "First Name"),
    "last": ("LastName", "Last Name"),
    "full": ("Full Name", "Contact Name", "Lead Name"),
}
# A word in the names of this many accounts is a kind of company (software, group, gmbh).
_GENERIC = 3


@dataclass(frozen=True)
class LandedFile:
    """A file that the lake has: its path below landing/, its kind of rows and the hash of what it holds."""

    path: str
    kind: str
    sha256: str


@dataclass(frozen=True)
class TextFile:
    """The result for one file with text: how many `texts` were read, and why others, or all, were not."""

    path: str
    source: str
    texts: int = 0
    without_account: int = 0
    problem: str | None = None


@dataclass
class WhoSpoke:
    """Account and side of each row, by kind, file and line; accounts by what a transcript may call them."""

    rows: Mapping[tuple[str, str], Mapping[int, tuple[str, str]]]
    account_of: Callable[[str], str | None]
    account_names: Mapping[str, Sequence[str]]


@dataclass
class Reading:
    """A corpus and what was read for it; for the texts of a category, deals by its value."""

    corpus: Corpus
    files: list[TextFile] = field(default_factory=list)
    categories: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))


def text_in_hand(path: str, work: Callable[[], Result]) -> Result:
    """The result of `work`. Any error leaves as a SourceError with only the file and the place in the code.

    A function and not a context manager: an error raised in the exit of a `with` carries the first error along.
    """
    try:
        return work()
    except UnreadText:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "icp_pipeline" in frame.filename] or list(frames)
        place = f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"
        # Its frames hold the text; nothing may refer to them from here on.
        traceback.clear_frames(error.__traceback__)
    raise SourceError(
        f"{path}: its text could not be read ({place}). Take the file out of landing/, or switch `language` off in "
        "icp.yaml, and report the place; nothing of the text is in this message"
    )


def read_texts(
    landing: Path,
    files: Sequence[LandedFile],
    plan: ReadPlan,
    fields: Sequence[TextField],
    who: WhoSpoke,
    stop_phrases: Sequence[str] = (),
) -> Reading:
    """Read every allow-listed text. An unreadable file is reported in `files`; the others are still read."""
    calls = transcript_files(landing) if any(item.kind == CALL for item in fields) else []
    companies, own = _company_words(who.account_names)
    try:
        people = _people(landing, files, plan, calls)
    except UnreadText as unread:
        # Without the names no text is safe to count.
        return Reading(Corpus(), [TextFile(str(unread.args[1]), NAMES, problem=str(unread.args[0]))])
    reading = Reading(Corpus(people, companies, own, stop_phrases))
    by_kind = defaultdict(list)
    for item in fields:
        by_kind[item.kind].append(item)
    for file in files:
        wanted = by_kind.get(file.kind, [])
        if wanted:
            _read_table(landing, file, plan, wanted, who, reading)
    for path in calls:
        _read_calls(path, landing, who, reading)
    return reading


def _read_table(
    landing: Path, file: LandedFile, plan: ReadPlan, fields: Sequence[TextField], who: WhoSpoke, reading: Reading
) -> None:
    rows = who.rows.get((file.kind, file.path), {})
    counts = {item.source: [0, 0] for item in fields}
    headers = {item.source: item.headers for item in fields}

    def take() -> None:
        for part in text_columns(landing, file.path, plan, headers):
            for item in fields:
                if item.source in part.cells:
                    _take_column(part, item, rows, reading, counts[item.source])

    try:
        text_in_hand(file.path, take)
    except UnreadText as unread:
        reading.files += [TextFile(file.path, item.source, problem=str(unread)) for item in fields]
        return
    reading.files += [
        TextFile(file.path, source, texts, missed) for source, (texts, missed) in counts.items() if texts or missed
    ]


def _take_column(
    part: TextRows, item: TextField, rows: Mapping[int, tuple[str, str]], reading: Reading, counts: list[int]
) -> None:
    cells = part.cells[item.source]
    filled = pc.fill_null(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(cells)), 0), False)
    lines = part.lines[filled.to_numpy(zero_copy_only=False)].tolist()
    for line, text in zip(lines, cells.filter(filled).to_pylist(), strict=True):
        spoke = rows.get(line)
        if spoke is None:
            counts[1] += 1
            continue
        account, side = spoke
        if item.side is None or item.side == side:
            counts[0] += 1
            reading.corpus.add(Speech(item.source, account, side), text)
            if item.side == "lost":
                reading.categories[item.source].append((account, text))


def _read_calls(path: Path, landing: Path, who: WhoSpoke, reading: Reading) -> None:
    name = path.relative_to(landing).as_posix()

    def take() -> TextFile:
        found, texts, missed = read_transcript(path), 0, 0
        for call in found.calls:
            account = who.account_of(call.account)
            if account is None:
                missed += 1
                continue
            texts += 1
            reading.corpus.add(Speech(CALL, account), "\n".join(call.sentences))
        problems = "; ".join(f"{n:,} {'call' if n == 1 else 'calls'} of it {why}" for why, n in found.without.items())
        return TextFile(name, CALL, texts, missed, problems or None)

    try:
        reading.files.append(text_in_hand(name, take))
    except UnreadText as unread:
        reading.files.append(TextFile(name, CALL, problem=str(unread)))


def _people(landing: Path, files: Sequence[LandedFile], plan: ReadPlan, calls: Sequence[Path]) -> frozenset[str]:
    """Words that name a person, in memory only. Raises UnreadText, with the file, if names cannot be read."""
    people: set[str] = set()

    def of_table(path: str) -> Iterator[str]:
        for part in text_columns(landing, path, plan, _NAMES):
            for cells in part.cells.values():
                yield from _filled(cells)

    for file in files:
        if file.kind in NAME_KINDS:
            try:
                people |= text_in_hand(file.path, lambda path=file.path: set(of_table(path)))  # type: ignore[misc]
            except UnreadText as unread:
                if file.kind != NOT_USED:
                    raise UnreadText(str(unread), file.path) from None
    for path in calls:
        name = path.relative_to(landing).as_posix()
        try:
            found = text_in_hand(name, lambda path=path: read_transcript(path))  # type: ignore[misc]
            people |= {person for call in found.calls for person in call.people}
        except UnreadText:
            continue  # reported when its text is read
    return name_words(people)


def _filled(cells: pa.Array) -> list[str]:
    return [name for name in pc.unique(cells).to_pylist() if name and not re.search(r"\d|@", name)]


def _company_words(names: Mapping[str, Sequence[str]]) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """Words that name a company, all and by account; without those in many names, which say what kind it is."""
    words = {account: name_words(own) for account, own in names.items()}
    uses = Counter(word for own in words.values() for word in own)
    own = {
        account: frozenset(w for w in found if uses[w] < _GENERIC and len(w) > 2) for account, found in words.items()
    }
    return frozenset().union(*own.values()), own


__all__ = ["FOLDER", "NOT_USED", "LandedFile", "Reading", "TextFile", "WhoSpoke", "read_texts", "text_in_hand"]
