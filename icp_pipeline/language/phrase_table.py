"""Which speech contains which phrase, as one sparse matrix for all ICPs and comparisons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from icp_pipeline.language.corpus import Corpus, Speech
from icp_pipeline.settings.language import TEXT_FIELDS


class PhraseTable:
    """Speeches by phrases. `held` are the places in `phrases` of those in each speech, `words` how long each is."""

    def __init__(
        self, speeches: Sequence[Speech], phrases: Sequence[str], held: Sequence[Sequence[int]], words: Sequence[int]
    ) -> None:
        self.speeches, self.held = speeches, held
        self.phrases: npt.NDArray[np.object_] = np.array(phrases, dtype=object)
        self.presence = _presence(held, len(phrases))
        self.words = np.array(words, dtype=np.int64)
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, speech in enumerate(speeches):
            self._rows[speech.source].append(row)

    @classmethod
    def of_corpus(cls, corpus: Corpus) -> PhraseTable:
        """The phrases of all texts that were added."""
        speeches, found, volumes = corpus.phrases()
        vocabulary = sorted({phrase for phrases in found for phrase in phrases})
        places = {phrase: place for place, phrase in enumerate(vocabulary)}
        held = [sorted({places[phrase] for phrase in phrases}) for phrases in found]
        return cls(speeches, vocabulary, held, [volumes[speech] for speech in speeches])

    @property
    def sources(self) -> list[str]:
        """Sources with any text, in the order of the allow-list."""
        return [source for source in TEXT_FIELDS if source in self._rows]

    def of_accounts(
        self, source: str, accounts: Mapping[str, object], by_account: Mapping[str, str] | None = None
    ) -> tuple[list[str], sparse.csr_matrix, npt.NDArray[np.int64]]:
        """Accounts of `accounts` with text in a source, in order; their phrases, and how many words they have.

        With `by_account`, only texts about deals with that outcome count for an account, if the source is about deals.
        """
        rows = [
            row
            for row in self._rows[source]
            if (speech := self.speeches[row]).account_id in accounts
            and (by_account is None or not speech.side or speech.side == by_account[speech.account_id])
        ]
        if by_account is not None and any(self.speeches[row].side for row in self._rows[source]):
            rows = [row for row in rows if self.speeches[row].side]
        names = sorted({self.speeches[row].account_id for row in rows})
        places = {name: place for place, name in enumerate(names)}
        at = [places[self.speeches[row].account_id] for row in rows]
        gather = sparse.csr_matrix(
            (np.ones(len(rows), dtype=np.int32), (at, range(len(rows)))), (len(names), len(rows))
        )
        together = sparse.csr_matrix(gather @ self.presence[rows])
        together.data = np.minimum(together.data, 1)
        words = np.bincount(at, weights=self.words[rows], minlength=len(names)).astype(np.int64)
        return names, together, words


def _presence(held: Sequence[Sequence[int]], phrases: int) -> sparse.csr_matrix:
    """1 where a speech contains a phrase, however often."""
    ends = np.cumsum([0, *map(len, held)])
    columns = np.fromiter((place for row in held for place in row), dtype=np.int32, count=int(ends[-1]))
    ones = np.ones(len(columns), dtype=np.int32)
    return sparse.csr_matrix((ones, columns, ends), shape=(len(held), phrases))
