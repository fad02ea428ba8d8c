"""The currency that an amount states in its own cell, wherever the mark is."""

from __future__ import annotations

import pytest

from icp_pipeline.settings.schema import CurrencySettings, Settings
from icp_pipeline.settings.tables import usd_per_unit
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.currency_marks import SHARED_SIGNS, split_mark


@pytest.mark.parametrize(
    ("text", "number", "mark"),
    [
        # A code takes precedence over a sign: before, after, or next to it.
        *(("$1,200.00 CAD", "1,200.00", "CAD"), ("CAD $1,200.00", "1,200.00", "CAD"), ("$CAD 5", "5", "CAD")),
        *(("1,200.00 CAD", "1,200.00", "CAD"), ("usd 5", "5", "USD"), ("EUR10K", "10K", "EUR"), ("5USD", "5", "USD")),
        # A country next to the sign.
        *(
            ("CA$1,200", "1,200", "CAD"),
            ("C $5", "5", "CAD"),
            ("US$7", "7", "USD"),
            ("1 200,00 $ CA", "1 200,00", "CAD"),
        ),
        *(("A$5", "5", "AUD"), ("R$ 1.200,00", "1.200,00", "BRL"), ("HK$5", "5", "HKD"), ("U$S 9", "9", "USD")),
        # Signs of one currency.
        *(
            ("€48,000,000", "48,000,000", "EUR"),
            ("500 zł", "500", "PLN"),
            ("500 Kč", "500", "CZK"),
            ("R10M", "10M", "ZAR"),
        ),
        *(("CHF 1'200", "1'200", "CHF"), ("SFr. 5", "5", "CHF"), ("10 k€", "10 k", "EUR"), ("£10M", "10M", "GBP")),
        # Signs that several share stay signs.
        *(
            ("$5", "5", "$"),
            ("1.200 kr.", "1.200", "KR"),
            ("¥5", "5", "¥"),
            ("￥5", "5", "¥"),
            ("Rs. 500", "500", "RS"),
        ),
        # Ranges, signs and brackets.
        *(("€10M-€50M", "10M-50M", "EUR"), ("CAD $1-5M", "1-5M", "CAD"), ("($5)", "(5)", "$"), ("-$500", "-500", "$")),
        *(("1,200.00 (CAD)", "1,200.00", "CAD"), ("5M$", "5M", "$"), ("5 M$", "5 M", "$"), ("$100 M", "100 M", "$")),
        # No mark: units, months, and codes that are not currencies are left to the number parser.
        *(("100K+", "100K+", None), ("10-Jan", "10-Jan", None), ("MEUR 5", "MEUR 5", None), ("5 XXX", "5 XXX", None)),
        *(("1 bil.", "1 bil.", None), ("5 B", "5 B", None), ("1e5", "1e5", None), ("₿5", "₿5", None)),
    ],
)
def test_the_mark_is_taken_from_the_number(text: str, number: str, mark: str | None) -> None:
    assert split_mark(text) == (number, mark)


@pytest.mark.parametrize("text", ["EUR 5 (USD 6)", "€5 USD", "$5 EUR", "20$00", "1€200"])
def test_a_cell_that_names_two_currencies_or_hides_its_decimals_is_refused(text: str) -> None:
    with pytest.raises(Unusable):
        split_mark(text)


def test_a_dollar_sign_is_the_home_dollar_or_the_american_one() -> None:
    rates = {"CAD": 0.7, "EUR": 1.08, "JPY": 0.0064, "SEK": 0.1}

    def of(home: str) -> dict[str, float]:
        found = usd_per_unit(Settings(currency=CurrencySettings(rates=rates, home=home)))
        return {sign: float(found[sign]) for sign in ("home", *SHARED_SIGNS) if sign in found}

    assert of("USD") == {"home": 1, "$": 1}
    assert of("CAD") == {"home": 0.7, "$": 0.7}
    assert of("EUR") == {"home": 1.08, "$": 1}
    assert of("JPY") == {"home": 0.0064, "$": 1, "¥": 0.0064}
    assert of("SEK") == {"home": 0.1, "$": 1, "KR": 0.1}
