"""Texts split by speaker and source into sentences of words that do not identify anybody."""

from __future__ import annotations

import importlib.util
import re
import runpy
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
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


# Texts are counted as arrays: a word, a sentence or a stretch of words is a number, and `_NONE` stands for none.
# Numbers are of 32 bits, as there may be a hundred million uses of words; pairs of them, and counts, take 64.
_Numbers = npt.NDArray[np.int32]
_MOST_PLACES = np.iinfo(np.int32).max
_Large = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_NONE = -1
# The first "word": where a phrase ends at punctuation.
_PAUSE = 0


class _Numbered(dict[Any, int]):
    """Numbers things in the order in which they are first asked for."""

    def __missing__(self, thing: Any) -> int:
        self[thing] = len(self)
        return self[thing]


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
    texts: Counter[str] = field(default_factory=Counter)
    # Words by number, sentences as numbers of words, and which sentences are in which speech.
    _words: _Numbered = field(default_factory=lambda: _Numbered({"": _PAUSE}))
    _sentences: _Numbered = field(default_factory=_Numbered)
    _said: dict[Speech, dict[int, None]] = field(default_factory=lambda: defaultdict(dict))
    _lengths: Counter[Speech] = field(default_factory=Counter)

    def add(self, speech: Speech, text: str) -> None:
        """Split one text. The original is not kept; a repeated sentence of one speech is kept once."""
        if not text.strip():
            return
        self.texts[speech.source] += 1
        own = self.own_names.get(speech.account_id, frozenset())
        said = self._said[speech]
        for piece in pieces(text[:_MOST_CHARACTERS], self.people, own):
            for sentence in _SENTENCE.split(piece):
                words = self._taken_apart(sentence)
                if words and self._lengths[speech] < _MOST_WORDS:
                    said[self._sentences[words]] = None
                    self._lengths[speech] += len(words) - 1

    def _taken_apart(self, sentence: str) -> tuple[int, ...]:
        """Words, and a pause after each stretch of them."""
        words: list[int] = []
        for run in _BREAK.split(sentence):
            found = _tokens(run)
            if found:
                words += map(self._words.__getitem__, found)
                words.append(_PAUSE)
        return tuple(words)

    def phrases(self) -> tuple[list[Speech], list[list[str]], dict[Speech, int]]:
        """Speeches in order, the phrases of each, and how many words each has.

        Only phrases of at least `MIN_ACCOUNTS` accounts, over all sources, are included.
        """
        speeches = sorted(self._said)
        said = _Said(speeches, [self._said[speech] for speech in speeches], list(self._sentences), list(self._words))
        spelling = _Spelling(said, self.companies)
        counted = _Numbered()
        numbers = np.array(
            [_NONE if (low := spelling.counted(word)) is None else counted[low] for word in said.words], np.int32
        )
        runs = numbers[said.text]
        _cut_out(runs, [[counted.get(word.lower(), _NONE) for word in _tokens(stop)] for stop in self.stop_phrases])
        words = list(counted)
        uses = runs[said.place] != _NONE
        volumes = np.bincount(said.speech[uses], minlength=len(speeches)).tolist()
        spoken = _languages(said.speech[uses], runs[said.place[uses]], words, len(speeches))

        grams: list[tuple[str, ...]] = []
        held = []
        for length, stretches in enumerate(_frequent(said, runs), 1):
            at = stretches[said.place]
            frequent, first = np.unique(stretches, return_index=True)
            held.append(_pairs(said.speech[at != _NONE], at[at != _NONE] + len(grams)))
            grams += [
                tuple(words[n] for n in runs[place : place + length].tolist())
                for number, place in zip(frequent.tolist(), first.tolist(), strict=True)
                if number != _NONE
            ]
        shown = {
            name: [spelling.shown(gram) if _says_something(gram, _stop_words(name)) else None for gram in grams]
            for name in {_LANGUAGES[n] for n in np.unique(spoken).tolist()}
        }
        said_by, said_grams = (np.concatenate(column) for column in zip(*held, strict=True))
        order = np.argsort(said_by, kind="stable")
        starts = np.searchsorted(said_by, np.arange(len(speeches)), sorter=order)
        found = []
        for language, own in zip(spoken.tolist(), np.split(said_grams[order], starts)[1:], strict=True):
            phrases = {shown[_LANGUAGES[language]][gram] for gram in own.tolist()} - {None}
            found.append(sorted(phrases))
        return speeches, found, dict(zip(speeches, volumes, strict=True))


class _Said:
    """All that was said, without what most accounts said: each use of a word as its speech and its place in `text`."""

    def __init__(
        self,
        speeches: Sequence[Speech],
        said: Sequence[Sequence[int] | Mapping[int, None]],
        sentences: Sequence[tuple[int, ...]],
        words: Sequence[str],
    ) -> None:
        accounts = _Numbered()
        self.account_of = np.array([accounts[speech.account_id] for speech in speeches], np.int32)
        self.accounts = len(accounts)
        self.words = words
        lows = _Numbered()
        self.low_of = np.array([lows[word.lower()] for word in words], np.int32)
        self.lows = list(lows)
        # Each sentence once, one after the other.
        self.text = np.fromiter(chain.from_iterable(sentences), np.int32)
        if len(self.text) > _MOST_PLACES:
            raise SourceError(
                f"What customers say has {len(self.text):,} words in different sentences, and phrases are counted in "
                f"{_MOST_PLACES:,} at most. Land texts of fewer years, then run again."
            )
        lengths = np.fromiter(map(len, sentences), np.int32, len(sentences))
        starts = np.cumsum(lengths, dtype=np.int32) - lengths
        self.begins = np.zeros(len(self.text), dtype=bool)
        self.begins[starts] = True
        speech = np.repeat(np.arange(len(speeches), dtype=np.int32), [len(own) for own in said])
        sentence = np.fromiter(chain.from_iterable(said), np.int32, len(speech))
        kept = self._is_no_boilerplate(speeches, speech, sentence, starts, lengths)
        speech, sentence = speech[kept], sentence[kept]
        self.speech = np.repeat(speech, lengths[sentence])
        # Words are said more often than there are places: counted in 64 bits.
        ends = np.cumsum(lengths[sentence], dtype=np.int64)
        place = np.arange(len(self.speech)) + np.repeat(starts[sentence] - ends + lengths[sentence], lengths[sentence])
        self.place = place.astype(np.int32)
        self.account = self.account_of[self.speech]

    def _is_no_boilerplate(
        self, speeches: Sequence[Speech], speech: _Numbers, sentence: _Numbers, starts: _Numbers, lengths: _Numbers
    ) -> _Flags:
        """For each sentence of a speech, whether few enough accounts have it word for word."""
        small = self.low_of[self.text]
        alike = _Numbered()
        ends = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
        folded = np.array([alike[small[start:end].tobytes()] for start, end in ends], np.int32)[sentence]
        account = self.account_of[speech]
        kept = np.ones(len(speech), dtype=bool)
        sources = np.array([own.source for own in speeches], dtype=object)
        for source in {own.source for own in speeches} - _SHORT_ANSWERS:
            own = sources == source
            everybody = len(np.unique(self.account_of[own]))
            uttered = own[speech]
            uses = _accounts_of(folded[uttered], account[uttered], len(alike))
            kept[uttered] = uses[folded[uttered]] <= max(MIN_ACCOUNTS, BOILERPLATE_SHARE * everybody)
        return kept


def _pairs(first: _Numbers, second: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Each pair of numbers once, in order."""
    most = int(second.max(initial=0)) + 1
    # Sorted here: `np.unique` hashes, which takes several times as long.
    pairs: _Large = first * np.int64(most) + second
    pairs.sort()
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]
    return (pairs // most).astype(np.int32), (pairs % most).astype(np.int32)


def _accounts_of(things: _Numbers, accounts: _Numbers, count: int) -> _Large:
    """For each of `count` things, how many accounts are beside it."""
    return np.bincount(_pairs(things, accounts)[0], minlength=count)


# A reason that every third lost deal has, word for word, is a choice from a list, not a habit of writing.
_SHORT_ANSWERS = frozenset(("loss_reason", "closed_lost_reason", "closed_won_reason"))


class _Spelling:
    """Which capitalised words are ordinary words: those that accounts also write in lower case, and German nouns.

    Any other capitalised word may be a name that is in no contact file, so it is removed.
    """

    def __init__(self, said: _Said, companies: frozenset[str]) -> None:
        lows, count = said.lows, len(said.lows)
        low = said.low_of[said.text]
        is_small = np.array([word[:1].islower() for word in said.words])[said.text]
        is_capital = ~is_small & ~said.begins & (said.text != _PAUSE)
        is_noun = is_capital & np.roll(np.array([word in _DETERMINERS for word in lows])[low], 1)

        def uses(flags: _Flags) -> _Large:
            return np.bincount(low[said.place[flags[said.place]]], minlength=count)

        def accounts(flags: _Flags) -> _Large:
            used = flags[said.place]
            return _accounts_of(low[said.place[used]], said.account[used], count)

        capitals, smalls, small = uses(is_capital), uses(is_small), accounts(is_small)
        common = max(_COMMON, _COMMON_SHARE * said.accounts)
        may_be_name = (small > 0) & ((small < common) | (capitals > _CAPITALS * (capitals + smalls)))
        self._companies = {lows[n] for n in np.flatnonzero(may_be_name).tolist() if is_name(lows[n], companies)}
        nouns = accounts(is_noun) > 2
        self._nouns = {lows[n] for n in np.flatnonzero(nouns).tolist()}
        self._known = {lows[n] for n in np.flatnonzero(small > 1).tolist()} | self._nouns | _all_stop_words()
        self._capital = {lows[n] for n in np.flatnonzero(nouns & (capitals > smalls)).tolist()}

    def counted(self, word: str) -> str | None:
        """A word as it is counted, in lower case; None if it may be a name, or is a pause."""
        low = word.lower()
        if not word or low in self._companies:
            return None
        # Three capitals are an abbreviation (CRM, SSO).
        is_known = word[0].islower() or low in self._known or (word.isupper() and len(word) <= 3)
        return low.replace("’", "'") if is_known else None

    def shown(self, gram: Sequence[str]) -> str:
        """A phrase as people read it: lower case, German nouns capitalised."""
        return " ".join(word[0].upper() + word[1:] if word in self._capital else word for word in gram)


def _cut_out(runs: _Numbers, stops: Sequence[list[int]]) -> None:
    """Remove each stop phrase, from left to right; where several begin at one word, the first that is given."""
    stops = [stop for stop in stops if stop and _NONE not in stop]
    for place in np.flatnonzero(np.isin(runs, [stop[0] for stop in stops])).tolist():
        for stop in stops:
            if runs[place : place + len(stop)].tolist() == stop:
                runs[place : place + len(stop)] = _NONE
                break


def _frequent(said: _Said, runs: _Numbers) -> Iterator[_Numbers]:
    """At each place, which stretch of one to four words begins there, if at least `MIN_ACCOUNTS` accounts used it.

    Length by length (Agrawal and Srikant 1994): a stretch that contains a rare one is as rare, so few are ever counted.
    """
    stretches = runs
    for length in range(1, LONGEST + 1):
        joined: _Large = stretches.astype(np.int64)
        if length > 1:
            # Two stretches that overlap in all but a word make one.
            after = np.append(joined[1:], _NONE)
            joined = np.where((joined == _NONE) | (after == _NONE), _NONE, joined * (joined.max(initial=0) + 1) + after)
        begins = joined != _NONE
        # Numbered without gaps.
        stretches = np.full(len(joined), _NONE, np.int32)
        stretches[begins] = np.unique(joined[begins], return_inverse=True)[1]
        at = stretches[said.place]
        used = at != _NONE
        is_frequent = _accounts_of(at[used], said.account[used], int(stretches.max(initial=0)) + 1) >= MIN_ACCOUNTS
        numbers = np.where(is_frequent, np.cumsum(is_frequent, dtype=np.int32) - 1, _NONE)
        stretches = np.where(begins, numbers[stretches], _NONE)
        yield stretches


def _says_something(gram: Sequence[str], stop_words: frozenset[str]) -> bool:
    """Whether a stretch starts and ends with a content word, or starts with a negation."""
    first, last = gram[0], gram[-1]
    if len(gram) == 1:
        return len(first) > 2 and not _is_stop(first, stop_words) and first not in _NEGATIONS
    begins = first in _NEGATIONS or not _is_stop(first, stop_words)
    return begins and not _is_stop(last, stop_words) and last not in _NEGATIONS and len(last) > 1


def _is_stop(word: str, stop_words: frozenset[str]) -> bool:
    return word in stop_words or (("'" in word) and word.split("'")[0] in stop_words)


def _languages(speech: _Numbers, uses: _Numbers, words: Sequence[str], speeches: int) -> _Large:
    """For each speech, the language with the most stop words among its words; the first, English, if there are none."""
    of_word = _languages_of_stop_words()
    shares = [
        np.bincount(
            speech[np.array([name in of_word.get(word, ()) for word in words], dtype=bool)[uses]], minlength=speeches
        )
        for name in _LANGUAGES
    ]
    return np.argmax(shares, axis=0)


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
