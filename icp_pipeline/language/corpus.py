"""Texts split by speaker and source into sentences of words that do not identify anybody."""

from __future__ import annotations

import importlib.util
import re
import runpy
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from stop_words import get_stop_words

from icp_pipeline.errors import SourceError
from icp_pipeline.sources.words.scrub import is_name, name_words, pieces

# A phrase used by fewer accounts never leaves this room.
MIN_ACCOUNTS = 5
LONGEST = 4
# A sentence that this many of a source's accounts have word for word is a template, a signature or a habit.
BOILERPLATE_SHARE = 0.3
# A word in a company's name counts as an ordinary word (Apple, Segment) if this many accounts write it in lower case,
# and hardly any use inside a sentence is capitalised.
_COMMON, _COMMON_SHARE, _CAPITALS = 20, 0.02, 0.1
# The limits for one text, and for all texts of an account in a source: presence needs no more, and memory is bounded.
_MOST_CHARACTERS = 32_000
_MOST_WORDS = 20_000

_SENTENCE = re.compile(r"[.!?;\n\r\u2022]+")
_BREAK = re.compile(r"[,:()\[\]{}\"“”„«»/|*_=<>…–—]+|\s-+\s")
# An apostrophe or a hyphen inside a word is part of it; a compound stays whole.
_tokens = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*").findall

_LANGUAGES = ("english", "german", "french", "spanish", "italian", "dutch", "portuguese", "swedish", "danish")


@cache
def _edge_words(kind: str) -> frozenset[str]:
    """The words of one kind in `edge_words.txt`."""
    text = resources.files(__package__).joinpath("edge_words.txt").read_text(encoding="utf-8")
    lines = (line.partition(": ") for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for name, _, words in lines if name == kind for word in words.split())


_NEGATIONS = _edge_words("negations")
_CONTENT = _edge_words("content")
_DETERMINERS = _edge_words("determiners")


class Speech(NamedTuple):
    """Who spoke where: the source, the account, and the outcome of the deal it is about (won, lost or none)."""

    source: str
    account_id: str
    side: str = ""


@dataclass
class Corpus:
    """Texts are split as they are added; `phrases` then returns the phrases of each speech.

    Words as returned by `name_words`: `people` are removed from every text, `own_names` from the texts of the account
    with that name, and `companies` wherever they are capitalised, or hardly anybody writes them in lower case.
    """

    people: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()
    own_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stop_phrases: Sequence[str] = ()
    _sentences: dict[Speech, dict[tuple[str | None, ...], None]] = field(default_factory=lambda: defaultdict(dict))
    _words: Counter[Speech] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    _interned: dict[str, str] = field(default_factory=dict)

    def add(self, speech: Speech, text: str) -> None:
        """Split one text. The original is not kept; a repeated sentence of one speech is kept once."""
        if not text.strip():
            return
        self.texts[speech.source] += 1
        own = self.own_names.get(speech.account_id, frozenset())
        kept = self._sentences[speech]
        for piece in pieces(text[:_MOST_CHARACTERS], self.people, own):
            for sentence in _SENTENCE.split(piece):
                words = self._taken_apart(sentence)
                if words and self._words[speech] < _MOST_WORDS:
                    kept[words] = None
                    self._words[speech] += len(words)

    def _taken_apart(self, sentence: str) -> tuple[str | None, ...]:
        """Words, with None where a phrase ends at punctuation."""
        words: list[str | None] = []
        for run in _BREAK.split(sentence):
            found = _tokens(run)
            if found:
                words += [self._interned.setdefault(word, word) for word in found]
                words.append(None)
        return tuple(words[:-1])

    def phrases(self) -> tuple[list[Speech], list[list[str]], dict[Speech, int]]:
        """Speeches in order, the phrases of each, and how many words each has.

        Only phrases of at least `MIN_ACCOUNTS` accounts, over all sources, are included.
        """
        speeches = sorted(self._sentences)
        kept = self._without_boilerplate(speeches)
        spelling = _Spelling(kept, self.companies)
        stops = [tuple(word.lower() for word in _tokens(phrase)) for phrase in self.stop_phrases]
        runs = {
            speech: list(_runs(sentences, spelling, speech.account_id, [stop for stop in stops if stop]))
            for speech, sentences in kept.items()
        }
        volumes = {speech: sum(map(len, parts)) for speech, parts in runs.items()}
        frequent = _frequent(speeches, runs)

        @cache
        def shown(language: str) -> dict[tuple[str, ...], str]:
            """The display form of each stretch that is meaningful in a language."""
            stop_words = _stop_words(language)
            return {gram: spelling.shown(gram) for gram in frequent if _says_something(gram, stop_words)}

        found = []
        for speech in speeches:
            phrases = shown(_language(runs[speech]))
            found.append(sorted({phrases[gram] for run in runs[speech] for gram in _grams(run) if gram in phrases}))
        return speeches, found, volumes

    def _without_boilerplate(self, speeches: Sequence[Speech]) -> dict[Speech, list[tuple[str | None, ...]]]:
        accounts: Counter[str] = Counter()
        uses: Counter[tuple[str, tuple[str | None, ...]]] = Counter()
        folded = cache(_folded)
        for (source, _), group in groupby(speeches, key=lambda speech: (speech.source, speech.account_id)):
            accounts[source] += 1
            uses.update({(source, folded(words)) for speech in group for words in self._sentences[speech]})
        least = {source: max(MIN_ACCOUNTS, BOILERPLATE_SHARE * n) for source, n in accounts.items()}
        return {
            speech: [
                words
                for words in self._sentences[speech]
                if speech.source in _SHORT_ANSWERS or uses[speech.source, folded(words)] <= least[speech.source]
            ]
            for speech in speeches
        }


# A reason that every third lost deal has, word for word, is a choice from a list, not a habit of writing.
_SHORT_ANSWERS = frozenset(("loss_reason", "closed_lost_reason", "closed_won_reason"))


def _folded(words: Iterable[str | None]) -> tuple[str | None, ...]:
    return tuple(word and word.lower() for word in words)


class _Spelling:
    """Which capitalised words are ordinary words: those that accounts also write in lower case, and German nouns.

    Any other capitalised word may be a name that is in no contact file, so it is removed.
    """

    def __init__(self, kept: dict[Speech, list[tuple[str | None, ...]]], companies: frozenset[str]) -> None:
        small: dict[str, set[str]] = defaultdict(set)
        nouns: dict[str, set[str]] = defaultdict(set)
        capitals: Counter[str] = Counter()
        smalls: Counter[str] = Counter()
        for speech, sentences in kept.items():
            for words in sentences:
                before: str | None = None
                for place, word in enumerate(words):
                    if word is None:
                        before = None
                        continue
                    low = word.lower()
                    if word[0].islower():
                        small[low].add(speech.account_id)
                        smalls[low] += 1
                    elif place:
                        capitals[low] += 1
                        if before in _DETERMINERS:
                            nouns[low].add(speech.account_id)
                    before = low
        known = {low for low, accounts in small.items() if len(accounts) > 1}
        everybody = len({speech.account_id for speech in kept})
        common = max(_COMMON, _COMMON_SHARE * everybody)
        self._companies = {
            low
            for low in small
            if is_name(low, companies)
            and (len(small[low]) < common or capitals[low] > _CAPITALS * (capitals[low] + smalls[low]))
        }
        self._nouns = {low for low, accounts in nouns.items() if len(accounts) > 2}
        self._known = known | self._nouns | _all_stop_words()
        self._capital = {low for low in self._nouns if capitals[low] > smalls[low]}
        self.counted = cache(self._counted)

    def _counted(self, word: str) -> str | None:
        """A word as it is counted, in lower case; None if it may be a name."""
        low = word.lower()
        if low in self._companies:
            return None
        # Three capitals are an abbreviation (CRM, SSO).
        is_known = word[0].islower() or low in self._known or (word.isupper() and len(word) <= 3)
        return low.replace("’", "'") if is_known else None

    def shown(self, gram: Sequence[str]) -> str:
        """A phrase as people read it: lower case, German nouns capitalised."""
        return " ".join(word[0].upper() + word[1:] if word in self._capital else word for word in gram)


def _runs(
    sentences: Iterable[tuple[str | None, ...]],
    spelling: _Spelling,
    account_id: str,
    stops: Sequence[tuple[str, ...]],
) -> Iterator[tuple[str, ...]]:
    """Stretches of words that may be phrases, in lower case."""
    for words in sentences:
        run: list[str] = []
        for word in (*words, None):
            if word is not None and (counted := spelling.counted(word)) is not None:
                run.append(counted)
            elif run:
                yield from _cut_at(run, stops)
                run = []


def _cut_at(run: list[str], stops: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    if not stops:
        yield tuple(run)
        return
    start = place = 0
    while place < len(run):
        stop = next((stop for stop in stops if tuple(run[place : place + len(stop)]) == stop), None)
        if stop:
            if place > start:
                yield tuple(run[start:place])
            place = start = place + len(stop)
        else:
            place += 1
    if start < len(run):
        yield tuple(run[start:])


def _grams(run: Sequence[str], lengths: Iterable[int] = range(1, LONGEST + 1)) -> Iterator[tuple[str, ...]]:
    for length in lengths:
        for start in range(len(run) - length + 1):
            yield tuple(run[start : start + length])


def _frequent(speeches: Sequence[Speech], runs: dict[Speech, list[tuple[str, ...]]]) -> set[tuple[str, ...]]:
    """Stretches of one to four words that at least `MIN_ACCOUNTS` accounts used.

    Length by length (Agrawal and Srikant 1994): a stretch that contains a rare one is as rare, so few are ever counted.
    """
    by_account: dict[str, list[Speech]] = defaultdict(list)
    for speech in speeches:
        by_account[speech.account_id].append(speech)
    frequent: set[tuple[str, ...]] = set()
    for length in range(1, LONGEST + 1):
        counts: Counter[tuple[str, ...]] = Counter()
        for own in by_account.values():
            counts.update(
                {
                    gram
                    for speech in own
                    for run in runs[speech]
                    for gram in _grams(run, (length,))
                    if length == 1 or (gram[:-1] in frequent and gram[1:] in frequent)
                }
            )
        frequent |= {gram for gram, n in counts.items() if n >= MIN_ACCOUNTS}
    return frequent


def _says_something(gram: Sequence[str], stop_words: frozenset[str]) -> bool:
    """Whether a stretch starts and ends with a content word, or starts with a negation."""
    first, last = gram[0], gram[-1]
    if len(gram) == 1:
        return len(first) > 2 and not _is_stop(first, stop_words) and first not in _NEGATIONS
    begins = first in _NEGATIONS or not _is_stop(first, stop_words)
    return begins and not _is_stop(last, stop_words) and last not in _NEGATIONS and len(last) > 1


def _is_stop(word: str, stop_words: frozenset[str]) -> bool:
    return word in stop_words or (("'" in word) and word.split("'")[0] in stop_words)


def _language(runs: Sequence[tuple[str, ...]]) -> str:
    """The language with the most stop words among the words; English if there are none."""
    languages = _languages_of_stop_words()
    shares = Counter(name for run in runs for word in run for name in languages.get(word, ()))
    return max(_LANGUAGES, key=lambda name: shares[name])


def _english_stop_words() -> frozenset[str]:
    """Read from the package's file: importing scikit-learn takes two seconds, and nothing else of it is used."""
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise SourceError("scikit-learn is not installed, and it provides the English stop words: reinstall icp.")
    words = Path(package.origin).parent / "feature_extraction" / "_stop_words.py"
    return frozenset(runpy.run_path(str(words))["ENGLISH_STOP_WORDS"])


@cache
def _of_language(name: str) -> frozenset[str]:
    """Stop words of a language. English ones are scikit-learn's: the other list has "value" and "help" among them."""
    words = _english_stop_words() - _CONTENT if name == "english" else get_stop_words(name)
    return frozenset(word.lower() for word in words) - _NEGATIONS


@cache
def _stop_words(name: str) -> frozenset[str]:
    # Words of software are English in every language.
    return _of_language(name) | _of_language("english")


@cache
def _languages_of_stop_words() -> dict[str, tuple[str, ...]]:
    return {word: tuple(name for name in _LANGUAGES if word in _of_language(name)) for word in _all_stop_words()}


@cache
def _all_stop_words() -> frozenset[str]:
    return frozenset().union(*(_of_language(name) for name in _LANGUAGES)) | _NEGATIONS


__all__ = ["LONGEST", "MIN_ACCOUNTS", "Corpus", "Speech", "name_words"]
