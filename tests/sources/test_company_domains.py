"""One spelling per company, and none for hosts that everybody uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_pipeline.sources.domains import registrable_domain
from icp_pipeline.sources.refusal import Unusable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("halden-freight.example", "halden-freight.example"),
        ("https://www.Halden-Freight.example/de?x=1#y", "halden-freight.example"),
        ("HTTP://SHOP.ACME.CO.UK:8080/", "acme.co.uk"),
        ("acme.com.", "acme.com"),
        ("//acme.com/path", "acme.com"),
        ("kim@mail.nordwind.example", "nordwind.example"),
        ("Kim <kim@nordwind.example>", "nordwind.example"),
        ("mailto:kim@nordwind.example", "nordwind.example"),
        ("https://user:secret@acme.io/x?mail=a@b.example", "acme.io"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("ａｃｍｅ.com", "acme.com"),
        ("foo.bar.unknowntld", "bar.unknowntld"),
        ("acme.github.io", None),
        ("почта.рф", "xn--80a1acny.xn--p1ai"),
    ],
)
def test_spellings_of_one_domain(text: str, expected: str | None) -> None:
    assert registrable_domain(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "gmail.com",
        "kim@outlook.com",
        "https://www.linkedin.com/company/acme",
        "facebook.com/acme",
        "yahoo.co.uk",
        "10.1.2.3",
        "http://[2001:db8::1]/",
    ],
)
def test_hosts_of_everybody_name_no_company(text: str) -> None:
    assert registrable_domain(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("аcme.com", "mixes alphabets"),
        ("xn--cme-5cd.com", "mixes alphabets"),
        ("localhost", "not a domain"),
        ("Acme Inc", "blanks"),
        ("co.uk", "public suffix"),
        ("a..b", "label"),
        ("-acme.com", "label"),
        ("acme\u200b.com", "invisible"),
    ],
)
def test_what_is_no_domain_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        registrable_domain(text)


@given(st.text(max_size=40))
def test_no_text_makes_it_fail_in_any_other_way_and_results_are_stable(text: str) -> None:
    try:
        domain = registrable_domain(text)
    except Unusable:
        return
    assert domain is None or registrable_domain(domain) == domain


@given(st.from_regex(r"[a-z]{3,12}(-[a-z]{1,5})?\.(com|de|co\.uk|example)", fullmatch=True))
def test_scheme_www_case_path_and_dot_change_nothing(domain: str) -> None:
    plain = registrable_domain(domain)
    for spelling in (f"https://www.{domain}/a", domain.upper(), f"{domain}.", f"info@{domain}", f"http://{domain}:443"):
        assert registrable_domain(spelling) == plain
