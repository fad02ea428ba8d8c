"""What somebody wrote, cell by cell: the account they mean, and the words that would reveal it in a text."""

from __future__ import annotations

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.by_type import parse_key
from icp_pipeline.sources.values.domains import registrable_domain


def account_of(text: str) -> str | None:
    """The CRM id or domain as written; for an e-mail address its domain. None for a mail provider's."""
    if "@" in text:
        return registrable_domain(text)
    return parse_key(text, Rules())


def domain_of(key: str) -> str | None:
    """The registrable domain of an account that is given by domain, else None."""
    try:
        return registrable_domain(key) if "." in key else None
    except Unusable:
        return None


def account_words(key: str | None) -> frozenset[str]:
    """What an account may be called in a text: as written, and by the name in its domain."""
    if not key:
        return frozenset()
    domain = domain_of(key)
    return frozenset({key, *([domain, domain.split(".")[0]] if domain else [])})
