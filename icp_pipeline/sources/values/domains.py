"""Company domains: one spelling per company, from whatever a person typed into a website field.

The public-suffix list is the one bundled with tldextract: no network and no cache folder, so the same text gives the
same domain on every machine.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import idna

from icp_pipeline.code_digest import code_digest
from icp_pipeline.kept_json import kept_file, read_kept, write_kept
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.shared_hosts import DIRECTORIES, FREE_MAIL, PROVIDERS, SERVICE_PAGES, SOCIAL, TENANTS

if TYPE_CHECKING:
    from tldextract import TLDExtract

_CODE = Path(__file__).parent
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:/{0,2}", re.IGNORECASE)
_PLAIN_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PLAIN_LABELS = re.compile(r"(?!.*xn--)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PORT = re.compile(r":\d{0,5}$")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PAGE = re.compile(r"^[^/]*//[^/]+/(?!([a-z]{2}([-_][a-z]{2})?|home|index\.\w+)?/?([?#]|$))", re.IGNORECASE)
_BLANKS = re.compile("[\\s\u200b-\u200f\u2060\ufeff\u00ad]+")


@cache
def _extractor() -> TLDExtract:
    from tldextract import TLDExtract  # and with it `requests`, which a run that reads no new file does without

    return TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True, include_psl_private_domains=False)


def registrable_domain(text: str) -> str | None:
    """`https://www.Example.co.uk/de` -> `example.co.uk`, `shop.acme.myshopify.com` -> `acme.myshopify.com`.

    None for hosts that everybody uses (mail providers, `myshopify.com` itself) and for bare IP addresses. Raises
    Unusable for text that is not a host, for a registry's suffix such as `co.uk`, and for labels that mix scripts,
    which imitate another company's domain.
    """
    host = _host(text)
    if not host or _is_address(host):
        return None
    if "." not in host:
        raise Unusable("not a domain: expected a name such as example.com")
    host = _ascii(host)
    if is_shared(host.removeprefix("www.")):
        return None
    domain = _registered(host)
    if domain in DIRECTORIES and _shows_a_page(text):
        return None
    return None if domain is None or is_shared(domain) else domain


def is_shared(domain: str) -> bool:
    """Whether the domain is a shared one (mail providers, social networks) and names no company."""
    return domain in FREE_MAIL or domain in SOCIAL


def is_free_mail(address: str) -> bool:
    """Whether the host of an address (or the host alone) is a public mail provider's."""
    try:
        host = _host(address)
    except Unusable:
        return False
    return host in FREE_MAIL or ".".join(host.split(".")[-2:]) in FREE_MAIL


@cache
def no_company_hosts() -> frozenset[str]:
    """Two-label names that do not belong to one company: shared hosts, and suffixes that providers opened to others."""
    suffixes = (suffix for suffix in _private_suffixes() if suffix.count(".") == 1)
    return frozenset((*FREE_MAIL, *SOCIAL, *suffixes, *(host for host in TENANTS if host.count(".") == 1)))


def _shows_a_page(text: str) -> bool:
    return _PAGE.match(text if "://" in text else f"//{text}") is not None


def _host(text: str) -> str:
    if _PLAIN_HOST.fullmatch(text):
        return text.lower()
    text = unicodedata.normalize("NFKC", text).strip().strip("<>\"'").strip()
    if "@" in text and "/" not in text.split("@")[0]:
        text = text.rsplit("@", 1)[1]
    text = _SCHEME.sub("", text, count=1) if "://" in text or text.lower().startswith(("mailto:", "http:")) else text
    text = re.split(r"[/?#\\]", text.lstrip("/"), maxsplit=1)[0]
    text = text.rsplit("@", 1)[-1].strip()
    if text.startswith("["):
        return text.strip("[]")
    text = _PORT.sub("", text).rstrip(".").lower()
    if _BLANKS.search(text):
        raise Unusable("not a domain: it holds blanks or invisible characters")
    return text


def _is_address(host: str) -> bool:
    if ":" not in host and not host[-1].isdigit():
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _ascii(host: str) -> str:
    if _PLAIN_LABELS.fullmatch(host):
        return host
    labels = []
    for label in re.split("[.\u3002\uff0e\uff61]", host):
        shown = _decoded(label)
        if _mixes_scripts(shown):
            raise Unusable("domain that mixes alphabets in one label: it imitates another one")
        labels.append(label if label.isascii() else _encoded(label))
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise Unusable("not a domain: a label is empty, too long or has an invalid character")
    return ".".join(labels)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        raise Unusable("not a domain: broken punycode") from None


def _encoded(label: str) -> str:
    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise Unusable("not a domain: a character that domains cannot contain") from None


def _mixes_scripts(label: str) -> bool:
    scripts = {unicodedata.name(char, "?").split()[0] for char in label if char.isalpha()}
    # Japanese and Korean mix these normally.
    east = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "KATAKANA-HIRAGANA", "LATIN"}
    return len(scripts) > 1 and not scripts <= east


def _registered(host: str) -> str | None:
    """The name that one company registered, at a registry or a provider; None if it belongs to no one company."""
    domain = _below_registry(host)
    if domain not in _divided_domains():
        return domain
    name, suffix = _below_provider(host)
    if suffix in PROVIDERS and (not name or name in SERVICE_PAGES):
        return domain
    if not name or name == "www":
        # A shared host, such as a mail provider's.
        return None
    if suffix in TENANTS and name in SERVICE_PAGES:
        return None
    return f"{name}.{suffix}"


def _below_provider(host: str) -> tuple[str, str]:
    """The label that a provider gave to one company, and the provider's suffix after it."""
    parts = _extractor().extract_str(host, include_psl_private_domains=True)
    labels = host.split(".")
    for start in range(len(labels) - 1):
        suffix = ".".join(labels[start:])
        if suffix in TENANTS or suffix in PROVIDERS:
            own = labels[start - 1] if start else ""
            return (own, suffix) if len(suffix) > len(parts.suffix) else (parts.domain, parts.suffix)
    return parts.domain, parts.suffix


def _below_registry(host: str) -> str:
    labels = host.split(".")
    if labels[-1] not in deep_suffixes():
        # Known or not, such a top-level domain is itself a suffix of one label.
        return ".".join(labels[-2:])
    parts = _extractor().extract_str(host)
    if parts.suffix and parts.domain:
        return f"{parts.domain}.{parts.suffix}"
    if parts.suffix:
        raise Unusable("a public suffix, not a company's domain")
    # The list's default rule: an unknown top-level domain is a suffix of one label.
    return ".".join(labels[-2:])


@cache
def _private_suffixes() -> frozenset[str]:
    """Suffixes that their owners opened to others, such as `uk.com` and `myshopify.com`."""
    from tldextract.suffix_list import extract_tlds_from_suffix_list

    text = (resources.files("tldextract") / ".tld_set_snapshot").read_text(encoding="utf-8")
    return _in_both_spellings(extract_tlds_from_suffix_list(text)[1])


def _in_both_spellings(suffixes: Collection[str]) -> frozenset[str]:
    """As written in the list, and as hosts are compared: in punycode."""
    encoded = (
        ".".join(label if label.isascii() else _encoded(label) for label in each.split("."))
        for each in suffixes
        if not each.isascii()
    )
    return frozenset((*suffixes, *encoded))


@cache
def _divided_domains() -> frozenset[str]:
    """Registered domains below which others have names of their own."""
    return _of_the_list("divided_domains", _find_divided_domains)


def _find_divided_domains() -> frozenset[str]:
    divided = {*TENANTS, *PROVIDERS, *_private_suffixes()}
    return frozenset(_below_registry(suffix.removeprefix("!").removeprefix("*.")) for suffix in divided)


@cache
def deep_suffixes() -> frozenset[str]:
    """Top-level domains with suffixes of more than one label, such as `uk` with its `co.uk`."""
    return _of_the_list("deep_suffixes", _find_deep_suffixes)


def _find_deep_suffixes() -> frozenset[str]:
    last = {suffix.rpartition(".")[2] for suffix in _extractor().tlds if "." in suffix}
    return _in_both_spellings(last)


def _of_the_list(name: str, found: Callable[[], frozenset[str]]) -> frozenset[str]:
    """What was found in the list before: a run that reads no new file needs no more, and does without tldextract."""
    kept, key = kept_file(f"{name}.json"), f"{code_digest(_CODE).hex()} tldextract {version('tldextract')}"
    names: list[str] | None = read_kept(kept, key)
    if names is None:
        names = sorted(found())
        write_kept(kept, key, names)
    return frozenset(names)
