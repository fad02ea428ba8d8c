"""Cells found to be in normal form have the value that their parser would return."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.table import cell_columns
from icp_pipeline.sources.values import domains
from icp_pipeline.sources.values.plain_cells import plain_cells

_TYPES = ["id", "key", "sf_id", "text", "number", "money", "range", "money_range", "date", "datetime"]
_TYPES += ["domain"]
_KNOWN = [
    *("[90010000003]", "[a,b]", "[]", "[1E4]", "1,00,000", "1\u00d710^4"),
    *(
        "001Hs00004kXyZaIAK",
        "001Hs00004kXyZa",
        "001hs00004kxyzaiak",
        "001Hs00004kXyZaIAL",
        "001Hs00004kXyZaiak",
        "0015",
    ),
    *("2026-07-01", "2026-02-30", "1949-12-31", "1950-01-01", "2100-12-31", "2101-01-01", "2026-13-01", "0000-00-00"),
    *("2026-07-01T09:00:01.000Z", "2026-07-01T09:00:01Z", "2026-07-01 09:00:01Z", "2026-07-01T24:00:00Z"),
    *("2026-07-01T09:00:60Z", "2026-02-30T00:00:00Z", "2026-07-01T09:00:01.5Z", "1949-12-31T23:59:59Z"),
    *("2026-07-01 09:00", "2026-07-01T09:00Z", "2026-07-01 09:00:01 UTC", "2026-07-01 09:00 UTC", "2026-07-01 24:00"),
    *(
        "2026-07-01 09:00:01",
        "2026-07-01 09:60",
        "2026-07-01 09:00:01.50",
        "2026-07-01 09:00:01.00 Z",
        "2026-02-30 09:00",
    ),
    *(
        "h.example",
        "H.example",
        "a-b.de",
        "-a.de",
        "a_b.de",
        "a--b.io",
        "xn--a.de",
        "gmail.com",
        "linkedin.com",
        "h.com",
    ),
    *("uk.com", "a.uk.com", "myshopify.com", "onmicrosoft.com", "wordpress.com", "zendesk.com", "github.io"),
    *(
        "co.uk",
        "a.uk",
        "a.co.uk",
        "www.h.example",
        "h.example.",
        "1.2.3.4",
        "h.x1",
        "h.c",
        f"{'a' * 64}.de",
        "a@h.example",
    ),
    *("82.14", "82.10", "0.10", "100", "100.05", "0.000000001", "1.0000000001", "10.", ".5", "0.00"),
    *("0", "00", "007", "12.0", "12.50", "1.", "-3", "123456789012", "1234567890123", "1,200", "1.0000000", "$5"),
    *(
        "84.000",
        "1.200",
        "0.250",
        "1234.567",
        "84.0001",
        "1.234,5",
        "12.5",
        "12,5",
        "1.000-5.000",
        "1,000-5,000",
        "5.000+",
    ),
    *("NULL", "null", "\\N", "none", "(blank)", "--", "undefined", "nan", "1E5", "9.001E+10", "9.0010000003E10", "=x"),
    *(
        '="007"',
        "'007",
        '"a"',
        "#REF!",
        "1.100",
        "90,010,000,003",
        "90.010.000.003",
        "90010000003.00",
        "9.5E",
        "٣",
        "3'000",
    ),
    *("", " ", " a", "a ", "a b", "a\u00a0b", "u\u200b1", "ünï", "-", "#N/A", "1.0", "1e+5", "true", "a\nb", "\t", "~"),
]
_CELLS = st.lists(
    st.none()
    | st.sampled_from(_KNOWN)
    | st.text(st.characters(codec="utf-8"), max_size=4)
    | st.from_regex(r"[0-9.eE+-]{1,6}"),
    max_size=12,
)


@given(
    type_=st.sampled_from(_TYPES),
    texts=_CELLS,
    decimal=st.sampled_from([None, ".", ","]),
    dash=st.booleans(),
    zone=st.sampled_from(["UTC", "Europe/Berlin"]),
)
@settings(deadline=None, max_examples=400)
def test_plain_cells_have_the_value_their_parser_gives(
    type_: str, texts: list[str | None], decimal: str | None, dash: bool, zone: str
) -> None:
    agrees(pa.array(texts, pa.string()), type_, Rules(decimal=decimal, timezone=zone), frozenset({"-"} if dash else ()))


def agrees(raw: pa.Array, type_: str, rules: Rules, nulls: frozenset[str]) -> None:
    """The column has the values and problems that parsing each of its cells gives."""
    values, problem = cell_columns.normalise(raw, type_, rules, "x", nulls)
    expected, expected_problem = cell_columns._parse_each(
        raw, type_, cell_columns.column_rules(raw, type_, rules), "x", nulls
    )
    assert values.to_pylist() == expected.to_pylist()
    assert (problem is None) == (expected_problem is None)
    if problem and expected_problem:
        assert problem.rows.tolist() == expected_problem.rows.tolist() and problem.reasons == expected_problem.reasons


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize("type_", _TYPES)
def test_every_known_cell_has_that_value_in_a_column_of_its_own(type_: str, zone: str) -> None:
    for text in _KNOWN:
        agrees(pa.array([text]), type_, Rules(timezone=zone), frozenset())


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("sf_id", "001Hs00004kXyZaIAK"),
        ("key", "001Hs00004kXyZaIAK"),
        ("key", "18273645501"),
        ("id", "acct_1"),
        ("text", "Halden Freight GmbH"),
        ("money", "48000000.0"),
        ("date", "2026-07-01"),
        ("datetime", "2026-07-01T09:00:01.000Z"),
        ("datetime", "2026-07-01 09:00"),
        ("money", "82.10"),
        ("domain", "halden-freight.example"),
    ],
)
def test_what_vendors_write_most_needs_no_parser(type_: str, text: str) -> None:
    found = plain_cells(pa.array([text, None, ""]), type_, Rules(), frozenset())
    assert found is not None and found[0].to_pylist() == [True, False, False]


_LABEL = st.sampled_from(
    ["a", "co", "com", "www", "example", "uk", "jp", "kobe", "city", "gov", "de", "io", "ck", "np"]
)


@given(st.lists(_LABEL, min_size=2, max_size=4))
@settings(deadline=None, max_examples=400)
def test_domains_are_those_of_the_public_suffix_list(labels: list[str]) -> None:
    host = ".".join(labels)
    parts = domains._extractor().extract_str(host, include_psl_private_domains=True)
    try:
        found = domains._registered(host)
    except Unusable:
        assert parts.suffix and parts.domain in ("", "www")
    else:
        is_bare = parts.is_private and parts.domain in ("", "www")
        assert found == (None if is_bare else parts.top_domain_under_public_suffix or ".".join(labels[-2:]))
