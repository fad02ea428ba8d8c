"""What is removed from free text before it is stored or counted: addresses, numbers and names, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_pipeline.sources.words.scrub import _STREETS, _Street, name_words, pieces, scrub

NAMES = frozenset({"Jane Okonkwo", "José", "Jean-Luc Dupré", "Müller", "Li", "Price", "May", "O’Brien"})

DROPPED = {
    "e-mail": ("Ask jane.doe+crm@mail.acme.co.uk about pricing", "Ask about pricing"),
    "e-mail in brackets": ("The CFO (jane@acme.com) said no", "The CFO said no"),
    "url": ("See https://acme.com/a?b=c#d before the call", "See before the call"),
    "url without scheme": ("See www.acme.com, then acme.io/pricing.", "See then"),
    "domain": ("They left rivalytics.example last year", "They left last year"),
    "umlaut domain": ("Sie nutzen müller-bau.de seit Jahren", "Sie nutzen seit Jahren"),
    "international phone": ("Call +49 (0) 30 1234-5678 tomorrow", "Call tomorrow"),
    "american phone": ("Call (415) 555-0123 ext. 12 tomorrow", "Call ext. tomorrow"),
    "phone with dots": ("Tel 030.1234.5678 please", "Tel please"),
    "amounts": ("$12,500 a year, 15% off for 3 years", "a year, off for years"),
    "numbers in words": ("In Q3 with a 200-seat plan, ticket #4711", "In with a plan, ticket"),
    "other digits": ("٤٥٦ and ４５６ stay out", "and stay out"),
    "ip and id": ("10.0.0.1 or 006Ax00000ABCde broke", "or broke"),
    "handle": ("ping @jdoe on that", "ping on that"),
    "english street": ("They moved to 221b Baker Street last week", "They moved to last week"),
    "lower-case street": ("visit 10 downing street on monday", "visit on monday"),
    "american address": ("Ship to 1600 Amphitheatre Pkwy, Mountain View, CA 94043 today", "Ship to, today"),
    "street without number": ("Office in Old Market Street is closed", "Office in is closed"),
    "british post code": ("The office in London SW1A 1AA is closed", "The office in is closed"),
    "german street": ("Besuch in der Friedrichstraße 12, 10117 Berlin am Montag", "Besuch in der am Montag"),
    "german short street": ("Lieferung an Lange Str. 5a bitte", "Lieferung an bitte"),
    "german square": ("Treffen Am Alten Markt 3 um zwölf", "Treffen um zwölf"),
    "french street": ("Le bureau, 12 bis, rue de la Paix est fermé", "Le bureau, est fermé"),
    "italian street": ("Ci vediamo in Via Roma, 10 domani", "Ci vediamo in domani"),
    "spanish street": ("Está en Calle Mayor 5 ahora", "Está en ahora"),
    "dutch street": ("Kantoor aan de Keizersgracht 104 is dicht", "Kantoor aan de is dicht"),
    "post box": ("Send it to P.O. Box 1234 please", "Send it to please"),
    "names": ("Jane okonkwo and JOSE agreed", "and agreed"),
    "name without its accent": ("Mueller nicht, aber Muller und müller schon", "Mueller nicht, aber und schon"),
    "genitives": ("Jane's team, Okonkwos Budget, O'Brien's call", "team, Budget, call"),
    "hyphened name": ("jean-luc agreed, Dupre did not", "agreed, did not"),
    "name in a compound": ("das Okonkwo-Projekt ist tot", "das ist tot"),
}

KEPT = {
    "ordinary words that are names": "the price may rise, we will see",
    "prices in lower case": "prices are too high",
    "abbreviations": "They report by hand, e.g. in spreadsheets, z.B. nachts",
    "german compound": "Datenschutzgrundverordnung und Vertriebssteuerung fehlen",
    "terms with a digit": "a B2B company, B2B-Vertrieb",
    "ways and streets of speech": "on the way to a single source of truth",
    "apostrophes": "we don't know what's in the pipeline",
}


@pytest.mark.parametrize("case", DROPPED)
def test_what_tells_who_or_where_somebody_is_is_dropped(case: str) -> None:
    text, expected = DROPPED[case]
    assert scrub(text, NAMES) == expected


@pytest.mark.parametrize("case", KEPT)
def test_what_was_said_is_kept(case: str) -> None:
    assert scrub(KEPT[case], NAMES) == KEPT[case]


def test_a_name_that_is_a_word_is_dropped_with_its_capital_letter() -> None:
    assert scrub("Price said that the price is right", NAMES) == "said that the price is right"


def test_blanks_and_lines_become_single_blanks() -> None:
    assert scrub("  flying\tblind \n on  pipeline ") == "flying blind on pipeline"


def test_without_names_only_addresses_and_numbers_go() -> None:
    assert scrub("Jane says 3 of 4") == "Jane says of"


def test_words_around_something_dropped_are_not_one_phrase() -> None:
    assert pieces("call Jane about pricing", name_words(NAMES)) == ["call", "about pricing"]


def test_names_of_several_lists_are_dropped() -> None:
    people, companies = name_words({"Jane"}), name_words({"Acme"})
    assert pieces("call Jane about Acme's price", people, companies) == ["call", "about", "price"]


def test_initials_are_not_names() -> None:
    assert name_words({"J. Li"}) == {"li"}


AROUND = st.text(st.sampled_from(" \t\n\u2003aZ7é\u0301ſİẞß.,-/'"), max_size=8)


@pytest.mark.parametrize("street", _STREETS)
@given(data=st.data())
def test_wherever_a_pattern_of_streets_matches_a_word_has_its_clue(street: _Street, data: st.DataObject) -> None:
    text = data.draw(AROUND) + data.draw(st.from_regex(street.pattern)) + data.draw(AROUND)
    assert not street.pattern.search(text) or any(map(street.clue.search, text.split()))


@pytest.mark.parametrize("street", [street for street in _STREETS if street.has_digit])
@given(data=st.data())
def test_other_patterns_of_streets_need_a_digit(street: _Street, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(street.pattern))
    assert any(map(str.isnumeric, text))


@pytest.mark.parametrize(
    "street",
    [
        "BAKER STREET",
        "Friedrichſtraße",
        "FRIEDRICHSTRAẞE",
        "vİa Roma",
        "Rue de la Paix",
        "An der Alten Mühle",
        "Lange Str.",
    ],
)
def test_a_street_goes_in_any_case_of_its_letters(street: str) -> None:
    assert scrub(f"we meet, 12 {street} 12, today").replace(",", "") == "we meet today"


@pytest.mark.parametrize("unit", ["a", "a.", "a@", "1", "1 ", "Aa ", "rue de la ", "Main Street ", "a-", "("])
def test_a_long_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    # Of the processor, whatever else the machine does.
    started = time.process_time()
    scrub(unit * (200_000 // len(unit)), NAMES)
    assert time.process_time() - started < 3
