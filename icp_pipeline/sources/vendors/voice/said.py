"""What somebody wrote, cell by cell: the account that is meant, and which words would give it away in a text."""

from __future__ import annotations

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.by_type import parse_key
from icp_pipeline.sources.values.domains import registrable_domain


def account_of(text: str) -> str | None:
    """The CRM id or domain that is written; of somebody's address its domain. None for a mail provider's."""
    if "@" in text:
        return registrable_domain(text)
    return parse_key(text, Rules())


def domain_of(key: str) -> str | None:
    """The registrable domain of an account that is named by one, else None."""
    try:
        return registrable_domain(key) if "." in key else None
    except Unusable:
        return None


def account_words(key: str | None) -> frozenset[str]:
    """How an account may be called in a text: as it is written, and by the name in its domain."""
    if not key:
        return frozenset()
    domain = domain_of(key)
    return frozenset({key, *([domain, domain.split(".")[0]] if domain else [])})
