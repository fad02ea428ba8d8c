"""One spelling per company, and none for shared hosts."""

from __future__ import annotations

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values import domains
from icp_pipeline.sources.values.domains import _private_suffixes, registrable_domain
from icp_pipeline.sources.values.shared_hosts import PROVIDERS, TENANTS


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
        ("acme.github.io", "acme.github.io"),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://www.harrow-tools.uk.com/home", "harrow-tools.uk.com"),
        ("harrow.de.com", "harrow.de.com"),
        ("shop.harrow.myshopify.com/collections/all", "harrow.myshopify.com"),
        ("jo@harrow.onmicrosoft.com", "harrow.onmicrosoft.com"),
        ("harrow.sharepoint.com/sites/x", "harrow.sharepoint.com"),
        ("harrow.blogspot.com", "harrow.blogspot.com"),
        ("harrow.wixsite.com/site", "harrow.wixsite.com"),
        ("harrow.herokuapp.com", "harrow.herokuapp.com"),
        ("harrow.azurewebsites.net", "harrow.azurewebsites.net"),
        ("harrow.s3.amazonaws.com", "harrow.s3.amazonaws.com"),
        ("harrow.wordpress.com", "harrow.wordpress.com"),
        ("harrow.squarespace.com", "harrow.squarespace.com"),
        ("harrow.zendesk.com/hc/en-us", "harrow.zendesk.com"),
        ("harrow.my.salesforce.com", "harrow.my.salesforce.com"),
        ("harrow.notion.site", "harrow.notion.site"),
        # The providers keep their own names.
        ("https://help.shopify.com/en", "shopify.com"),
        ("www.zendesk.com", "zendesk.com"),
        ("salesforce.com", "salesforce.com"),
        ("squarespace.com", "squarespace.com"),
        ("amazonaws.com", "amazonaws.com"),
        ("https://www.g2.com/de", "g2.com"),
    ],
)
def test_each_name_at_a_provider_is_one_company(text: str, expected: str) -> None:
    assert registrable_domain(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "sites.google.com/view/harrow",
        "linktr.ee/harrow",
        "https://github.com/harrow",
        "www.wordpress.com",
        "en.wordpress.com/harrow",
        "https://www.g2.com/products/harrow",
        "notion.so/harrow",
        "apps.apple.com/us/app/harrow",
    ],
)
def test_a_page_on_a_shared_host_names_no_company(text: str) -> None:
    assert registrable_domain(text) is None


@pytest.mark.parametrize(
    "suffix", ["uk.com", "www.uk.com", "myshopify.com", "onmicrosoft.com", "eu.org", "x.compute.amazonaws.com"]
)
def test_what_many_companies_have_behind_their_names_is_none_of_theirs(suffix: str) -> None:
    assert registrable_domain(suffix) is None


@given(
    st.sampled_from(sorted({*_private_suffixes(), *TENANTS, *PROVIDERS})),
    st.lists(st.from_regex(r"[b-d]{4,8}", fullmatch=True), min_size=2, max_size=2, unique=True),
)
def test_no_two_names_below_a_suffix_are_one_company(suffix: str, names: list[str]) -> None:
    if suffix.startswith("!"):
        return
    hosts = [f"{name}.{suffix.replace('*', 'any')}" for name in names]
    ascii_hosts = [host if host.isascii() else idna.encode(host, uts46=True).decode() for host in hosts]
    assert [registrable_domain(host) for host in hosts] in (ascii_hosts, [None, None])


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


def test_what_is_kept_of_the_public_suffix_list_is_what_the_list_says(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {rule.split(".")[-1] for rule in domains._in_both_spellings(domains._extractor().tlds) if "." in rule}
    for forget in (domains.deep_suffixes, domains._divided_domains):
        forget.cache_clear()
    assert registrable_domain("shop.acme.com") == "acme.com"
    for forget in (domains.deep_suffixes, domains._divided_domains):
        forget.cache_clear()
    monkeypatch.setattr(domains, "_extractor", lambda: pytest.fail("the list is read again"))
    assert registrable_domain("shop.acme.com") == "acme.com"
    assert domains.deep_suffixes() == rules and {"uk", "jp"} <= rules
