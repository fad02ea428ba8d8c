"""What reading all texts gave, without any text: phrases by speech, labels of reasons, and how each file was read.

It depends on files, names and settings, not on what accounts turned out to be, so it can be kept from run to run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from icp_pipeline.language.corpus import MIN_ACCOUNTS, Speech
from icp_pipeline.language.phrase_table import PhraseTable
from icp_pipeline.language.text_reading import NAMES, Reading, TextFile
from icp_pipeline.sources.words.scrub import scrub

# A picklist value is a few words; anything longer was typed.
_LONGEST_LABEL = 80

# Account and label of each lost deal with a reason; None for a reason that is not shown.
Reasons = Sequence[tuple[str, str | None]]


@dataclass(frozen=True)
class TextPhrases:
    """The phrases of all texts; `reasons` by source."""

    table: PhraseTable
    reasons: Mapping[str, Reasons]
    files: Sequence[TextFile]
    texts: int

    @property
    def has_names(self) -> bool:
        """Whether the names to remove could be read; without them nothing was counted."""
        return all(file.source != NAMES for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """Everything in it as plain values."""
        table = self.table
        return {
            "speeches": table.speeches,
            "phrases": table.phrases.tolist(),
            "held": table.held,
            "words": table.words.tolist(),
            "reasons": self.reasons,
            "files": [astuple(file) for file in self.files],
            "texts": self.texts,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TextPhrases:
        """The reverse of `as_json`."""
        speeches = [Speech(*speech) for speech in value["speeches"]]
        return cls(
            PhraseTable(speeches, value["phrases"], value["held"], value["words"]),
            {source: [(account, label) for account, label in reasons] for source, reasons in value["reasons"].items()},
            [TextFile(*file) for file in value["files"]],
            value["texts"],
        )


def phrases_of(reading: Reading) -> TextPhrases:
    """Find the phrases of everything that was read."""
    corpus = reading.corpus
    reasons = {source: _labelled(given, corpus.people) for source, given in reading.categories.items()}
    return TextPhrases(PhraseTable.of_corpus(corpus), reasons, reading.files, sum(corpus.texts.values()))


def _labelled(reasons: Sequence[tuple[str, str]], names: frozenset[str]) -> list[tuple[str, str | None]]:
    """Each reason in its most common spelling; None if fewer than five accounts have it, or it is not a mere label."""
    spelled = [(account, " ".join(text.split())) for account, text in reasons]
    accounts: dict[str, set[str]] = defaultdict(set)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for account, text in spelled:
        accounts[text.casefold()].add(account)
        spellings[text.casefold()][text] += 1
    shown = {
        key: min(found, key=lambda text: (-found[text], text))
        for key, found in spellings.items()
        if len(accounts[key]) >= MIN_ACCOUNTS and len(key) <= _LONGEST_LABEL
    }
    safe = {key: text for key, text in shown.items() if scrub(text, names) == text}
    return [(account, safe.get(text.casefold())) for account, text in spelled]
