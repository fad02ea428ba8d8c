"""Texts become phrases of one to four words, in several languages, used by at least five accounts, without names."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from icp_pipeline.errors import SourceError
from icp_pipeline.language import corpus as counting
from icp_pipeline.language.corpus import Corpus, Speech
from icp_pipeline.sources.words.scrub import name_words

OTHERS = ("they asked for a demo", "the budget is fixed", "nothing else was said today")


def phrases(texts: Iterable[str], source: str = "call", filler: int = 40, **given: object) -> set[str]:
    """The phrases of texts, each from its own account, among other texts that say something else."""
    corpus = Corpus(**given)  # type: ignore[arg-type]
    for number, text in enumerate(texts):
        corpus.add(Speech(source, f"a{number}"), text)
    for number in range(filler):
        corpus.add(Speech(source, f"z{number}"), f"{OTHERS[number % 3]}, take {chr(97 + number % 26)}")
    _, found, _ = corpus.phrases()
    return {phrase for each in found for phrase in each}


def test_a_phrase_begins_and_ends_with_a_word_of_content() -> None:
    found = phrases(["we are flying blind on pipeline"] * 6)
    assert {"flying blind on pipeline", "flying blind", "blind on pipeline", "pipeline"} <= found
    assert not {"we are flying", "blind on", "on pipeline", "on", "are"} & found


def test_four_accounts_are_too_few_and_five_are_enough() -> None:
    assert "zigzag" not in phrases(["a zigzag in the handover"] * 4)
    assert "zigzag" in phrases(["a zigzag in the handover"] * 5)


def test_more_words_than_can_be_counted_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_MOST_PLACES", 8)
    # A word and a pause in each sentence; what several accounts say in the same words is one sentence.
    said = [(account, word) for account in "abc" for word in ("price", "budget", "handover", "pipeline")]
    corpus = Corpus()
    for account, word in said:
        corpus.add(Speech("call", account), word)
    corpus.phrases()
    corpus.add(Speech("call", "a"), "rollout")
    with pytest.raises(SourceError, match=r"10 words in different sentences, .* in 8 at most\. Land texts of fewer"):
        corpus.phrases()


def test_one_account_that_repeats_itself_is_one() -> None:
    corpus = Corpus()
    for _ in range(9):
        corpus.add(Speech("call", "a"), "a zigzag in the handover")
    assert corpus.phrases()[1] == [[]]


def test_a_negation_stays_with_what_it_denies() -> None:
    found = phrases(["there is no visibility", "we have no visibility", "with no visibility"] * 2)
    assert "no visibility" in found and "no" not in found


def test_no_phrase_goes_over_punctuation_or_something_dropped() -> None:
    found = phrases(["reports are slow, setup is hard", "ask for slow 4711 setup"] * 5)
    assert {"slow", "setup"} <= found and not {"slow setup", "slow 4711 setup"} & found


def test_german_compounds_and_nouns_stay_whole_and_keep_their_capital() -> None:
    texts = [f"wir haben keine Übersicht und die Vertriebssteuerung fehlt {ending}" for ending in "abcdef"]
    found = phrases(texts)
    assert {"keine Übersicht", "Vertriebssteuerung fehlt"} <= found
    assert "und" not in found and "wir haben" not in found


def test_unknown_capitalised_words_are_dropped_and_abbreviations_are_not() -> None:
    found = phrases([f"met with Thessalyne about the CRM rollout {ending}" for ending in "abcdef"])
    assert "crm rollout" in found and not any("thessalyne" in phrase.lower() for phrase in found)


def test_names_of_people_are_dropped_in_small_letters_too() -> None:
    found = phrases(["quendolyn wants a rollout"] * 6, people=name_words(["Quendolyn"]))
    assert "rollout" in found and not any("quendolyn" in phrase for phrase in found)


def test_a_companys_name_is_dropped_from_its_own_texts_and_where_it_is_a_name() -> None:
    own = {f"a{number}": name_words(["Zebulonica"]) for number in range(6)}
    assert not any("zebulonica" in phrase for phrase in phrases(["zebulonica needs it"] * 6, own_names=own))
    company = name_words(["Zebulonica"])
    assert not any("zebulonica" in phrase for phrase in phrases(["zebulonica needs it"] * 6, companies=company))
    # "Pipeline Inc." does not remove a word that everybody uses.
    everybody = phrases(
        [f"the pipeline is {x}" for x in "abcdefghijklmnopqrstuvwxy"], companies=name_words(["Pipeline"])
    )
    assert "pipeline" in everybody


def test_sentences_that_most_accounts_have_word_for_word_are_left_out() -> None:
    texts = [f"Closed after renewal talks. they need zigzag {number % 7}" for number in range(40)]
    assert not any("renewal" in phrase for phrase in phrases(texts, filler=20))
    assert "too high" in phrases(["price too high"] * 40, source="loss_reason", filler=0), "a choice of a list stays"


def test_stop_phrases_are_not_told() -> None:
    found = phrases(["our product saves hours"] * 6, stop_phrases=["Our Product"])
    assert "saves hours" in found and not any("product" in phrase for phrase in found)


def test_no_phrase_goes_from_one_sentence_into_the_next() -> None:
    found = phrases(["zigzag handover. wobbly forecast", "wobbly forecast! zigzag handover"] * 5)
    assert {"zigzag handover", "wobbly forecast"} <= found
    assert not {"handover wobbly", "forecast zigzag"} & found


def test_of_stop_phrases_that_begin_alike_the_first_is_left_out() -> None:
    texts = ["wobbly zigzag handover helps"] * 6
    assert "handover helps" in phrases(texts, stop_phrases=["wobbly zigzag", "wobbly zigzag handover"])
    found = phrases(texts, stop_phrases=["wobbly zigzag handover", "wobbly zigzag"])
    assert "helps" in found and not any("handover" in phrase for phrase in found)


def test_nothing_said_is_no_phrase() -> None:
    assert Corpus(stop_phrases=["zigzag"]).phrases() == ([], [], {})
    corpus = Corpus()
    corpus.add(Speech("call", "a"), "4711")
    assert corpus.phrases()[1:] == ([[]], {Speech("call", "a"): 0})
