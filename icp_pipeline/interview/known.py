"""What the published warehouse offers at the prompt: accounts, triggers, traits and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from icp_pipeline.errors import IcpError, nearest
from icp_pipeline.home import Home
from icp_pipeline.terminal.live import live, rows

_ACCOUNTS = """
select coalesce(domain, salesforce_account_id, hubspot_company_id, account_id) as reference, domain, name,
    account_id, salesforce_account_id, hubspot_company_id, is_customer
from core.accounts order by is_customer desc, name, account_id
"""
_TRIGGERS = "select trigger from core.account_triggers group by trigger order by count(*) desc, trigger"
# Values with many observations come first: people read a list from its start.
_SEGMENTS = """
select attribute, segment from segments.segment_lift where outcome = 'quality'
order by attribute, n_segment desc, segment
"""
# Likely signs of a good customer in most companies, until the data say more.
_USUAL_TRIGGERS = ("new_executive", "funding", "hiring", "acquisition", "failed_implementation", "compliance_deadline")
_MOST_OFFERED = 12


@dataclass(frozen=True)
class Account:
    """One account: what is written for it, its name, whether it is a customer, and its other ids."""

    reference: str
    name: str
    is_customer: bool
    others: tuple[str, ...] = ()

    @cached_property
    def found_by(self) -> str:
        """What somebody may type for it, in lower case."""
        return f"{self.reference} {self.name}".casefold()


@dataclass(frozen=True)
class Known:
    """What can be offered; empty lists if nothing is published yet. `attributes` are those in the settings."""

    attributes: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    triggers: tuple[str, ...] = _USUAL_TRIGGERS
    segments: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _exact(self) -> dict[str, Account]:
        found: dict[str, Account] = {}
        for account in self.accounts:
            for text in (account.reference, account.name, *account.others):
                found.setdefault(text.casefold(), account)
        return found

    @property
    def claimable(self) -> tuple[str, ...]:
        """Traits to offer: those that some account has, else all in the settings."""
        return tuple(name for name in self.attributes if name in self.segments) or self.attributes

    def account(self, text: str) -> Account | None:
        """The account that has exactly this domain, id or name."""
        return self._exact.get(text.strip().casefold())

    def like(self, text: str) -> list[Account]:
        """Accounts whose domain or name starts with the typed text, then those that contain it; customers first."""
        typed = " ".join(text.casefold().split())
        if not typed:
            return list(self.accounts[:_MOST_OFFERED])
        begin = [each for each in self.accounts if each.found_by.startswith(typed) or f" {typed}" in each.found_by]
        chosen = {account.reference for account in begin}
        hold = [each for each in self.accounts if typed in each.found_by and each.reference not in chosen]
        return [*begin, *hold][:_MOST_OFFERED]

    def near_account(self, text: str) -> str:
        """A hint at the likely account, or an empty string."""
        return nearest(text, self._exact)


def read_known(home: Home, attributes: Sequence[str]) -> Known:
    """What the live version has. Lists are empty without a published version, or with a file of another release."""
    try:
        with live(home) as connection:
            accounts = tuple(_account(row) for row in rows(connection, _ACCOUNTS))
            triggers = [str(row["trigger"]) for row in rows(connection, _TRIGGERS)]
            segments: dict[str, list[str]] = {}
            for row in rows(connection, _SEGMENTS):
                segments.setdefault(str(row["attribute"]), []).append(str(row["segment"]))
    except IcpError:
        return Known(tuple(attributes))
    return Known(
        tuple(attributes),
        accounts,
        tuple(dict.fromkeys((*triggers, *_USUAL_TRIGGERS))),
        {name: tuple(values) for name, values in segments.items()},
    )


def _account(row: dict[str, object]) -> Account:
    ids = (row["domain"], row["account_id"], row["salesforce_account_id"], row["hubspot_company_id"])
    others = tuple(str(each) for each in ids if each)
    return Account(str(row["reference"]), str(row["name"] or row["reference"]), bool(row["is_customer"]), others)
