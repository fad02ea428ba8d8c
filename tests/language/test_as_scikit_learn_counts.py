"""Phrases are counted as scikit-learn counts them, without the seconds that its import takes."""

from __future__ import annotations

import random
import subprocess
import sys

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from icp_pipeline.language import corpus
from icp_pipeline.language.phrase_table import PhraseTable


def test_presence_is_that_of_a_binary_count_vectorizer() -> None:
    dice = random.Random(4)
    vocabulary = sorted(f"phrase {number}" for number in range(60))
    places = [sorted(dice.sample(range(60), k=dice.randint(0, 12))) for _ in range(40)]
    held = [[vocabulary[place] for place in row] for row in places]
    expected = CountVectorizer(analyzer=list, vocabulary=vocabulary, binary=True).transform(held)
    speeches = [corpus.Speech("call", f"a{number}") for number in range(40)]
    found = PhraseTable(speeches, vocabulary, places, [1] * 40).presence
    assert found.shape == expected.shape and (found != expected).nnz == 0 and found.max() == 1


def test_words_are_cut_and_stop_as_there() -> None:
    cut = CountVectorizer(token_pattern=r"(?u)[^\W\d_]+(?:[-'’][^\W\d_]+)*").build_tokenizer()
    text = "Don’t re-sell it's 3rd-party_data, naïve über-Nutzer - 42 l'été"
    assert corpus._tokens(text) == cut(text)
    assert corpus._english_stop_words() == ENGLISH_STOP_WORDS


def test_counting_words_imports_no_scikit_learn() -> None:
    code = "import sys; from icp_pipeline.language import counting, corpus; corpus._of_language('english')\n"
    subprocess.run([sys.executable, "-c", f"{code}assert 'sklearn' not in sys.modules"], check=True)
