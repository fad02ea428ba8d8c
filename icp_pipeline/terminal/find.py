"""Finds the account a person means: by account id, CRM id (merged ones too), domain, URL, name, or a part of it."""

from __future__ import annotations

from icp_pipeline.duck import Connection
from icp_pipeline.errors import IcpError
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.values.domains import registrable_domain
from icp_pipeline.terminal.live import Row, one, rows

# Surest first: the first of them that finds anything is the answer. A 15-character Salesforce id is case-sensitive.
_WAYS = (
    "select account_id from core.accounts where lower(account_id) = lower($1)",
    """
    select account_id from core.account_keys
    where key_type <> 'domain' and (key_value = $1
        or (key_type = 'salesforce' and length($1) = 18 and lower(key_value) = lower($1))
        or (key_type = 'salesforce' and length($1) = 15 and substr(key_value, 1, 15) = $1))
    """,
    """
    select account_id from core.accounts where lower(domain) = lower($1)
    union
    select account_id from core.account_domains where lower(domain) = lower($1)
    """,
    "select account_id from core.accounts where lower(trim(name)) = lower($1)",
)
# A part of a domain or name: `acme` is acme.com before acmecorp.com or Old Acme.
_PARTS = (
    "select account_id from core.accounts where starts_with(lower(domain), lower($1) || '.')",
    """
    select account_id from core.accounts
    where starts_with(lower(domain), lower($1)) or starts_with(lower(trim(name)), lower($1))
    """,
    "select account_id from core.accounts where contains(lower(domain), lower($1)) or contains(lower(name), lower($1))",
)
_FEWEST_LETTERS = 3
_MOST_LISTED = 20
_LISTED = """
select accounts.account_id, accounts.name, accounts.domain, accounts.is_customer, tiers.tier,
    accounts.salesforce_account_id, accounts.hubspot_company_id
from core.accounts as accounts
left join icp.account_tiers as tiers on tiers.account_id = accounts.account_id and tiers.icp_id = $2
where list_contains($1, accounts.account_id)
order by accounts.is_customer desc, accounts.name, accounts.account_id
"""
_LABELS = """
select coalesce(name, domain) as label from core.accounts
where list_contains($1, account_id) order by label, account_id limit 3
"""
# How alike two texts are, 0 to 1; a text that starts with or contains the query comes before one that only resembles
# it.
_NEAR = """
with named as (
    select account_id, name as label from core.accounts where name is not null
    union
    select account_id, domain as label from core.accounts where domain is not null
)
select label,
    jaro_winkler_similarity(lower(label), $1) + case when contains(lower(label), $1) then 1 else 0 end as likeness
from named
where likeness > 0.8
order by likeness desc, label, account_id
limit 3
"""


def find_accounts(connection: Connection, wanted: str, icp_id: str) -> list[Row]:
    """The matching accounts, with facts that distinguish them; raises IcpError, with near matches, if there is none.

    A full match counts before a partial one: the first way that finds anything is the answer.
    """
    if not wanted.strip():
        raise IcpError("which account? Give its domain, CRM id or name, or part of one.")
    for text in dict.fromkeys((wanted.strip(), _domain(wanted))):
        for way in _WAYS if text else ():
            found = [row["account_id"] for row in rows(connection, way, text)]
            if found:
                return rows(connection, _LISTED, sorted(set(found)), icp_id)
    found = _with_part(connection, wanted.strip())
    if found:
        return rows(connection, _LISTED, found, icp_id)
    near = [row["label"] for row in rows(connection, _NEAR, wanted.strip().lower())]
    hint = f" Nearest: {', '.join(near)}." if near else " `exports/latest/accounts_review.csv` lists all."
    raise IcpError(f"no account has the domain, id or name '{wanted}'.{hint}")


def _with_part(connection: Connection, text: str) -> list[str]:
    """The accounts whose domain or name starts with the text, else contains it; raises IcpError for too many."""
    for way in _PARTS if len(text) >= _FEWEST_LETTERS else ():
        found = sorted({str(row["account_id"]) for row in rows(connection, way, text)})
        if len(found) > _MOST_LISTED:
            some = rows(connection, _LABELS, found)
            raise IcpError(
                f"'{text}' matches the domain or name of {len(found):,} accounts: type more of it."
                f" Among them: {', '.join(str(row['label']) for row in some)}."
                " `exports/latest/accounts_review.csv` lists all accounts."
            )
        if found:
            return found
    return []


def account_facts(connection: Connection, account_id: str) -> Row:
    """What the CRM has for it: name, domain, ids, customer or prospect."""
    found = one(
        connection,
        """
        select accounts.account_id, name, domain, salesforce_account_id, hubspot_company_id, is_customer,
            customer_since, churned_at, accounts.relationship, relationships.because
        from core.accounts as accounts
        inner join core.account_relationships as relationships on relationships.account_id = accounts.account_id
        where accounts.account_id = $1
        """,
        account_id,
    )
    return found or {"account_id": account_id}


def _domain(wanted: str) -> str:
    """The domain in `https://www.acme.com/team` or `jo@acme.com`."""
    try:
        return registrable_domain(wanted) or ""
    except Unusable:
        return ""
