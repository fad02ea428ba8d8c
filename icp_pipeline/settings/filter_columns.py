"""Columns that filters of ICPs and audiences may use, and filters as the rows that SQL models evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from icp_pipeline.settings.defaults import ATTRIBUTES
from icp_pipeline.settings.filter_terms import Column, Term
from icp_pipeline.settings.schema import Settings

Kind = Literal["text", "number", "boolean", "date", "year"]

# Columns of core.accounts; sql/core/filter_members.sql reads each of them by its name.
ACCOUNT_COLUMNS: dict[str, Kind] = {
    "account_id": "text",
    "name": "text",
    "domain": "text",
    "salesforce_account_id": "text",
    "hubspot_company_id": "text",
    "source_system": "text",
    "is_customer": "boolean",
    "relationship": "text",
    "customer_since": "date",
    "churned_at": "date",
    "industry": "text",
    "sub_industry": "text",
    "employees": "number",
    "annual_revenue_usd": "number",
    "country": "text",
    "region": "text",
    "growth_stage": "text",
    "ownership": "text",
    "founded_year": "number",
    "business_model": "text",
    "account_source": "text",
    "created_at": "date",
}
# The level of a date attribute is its year (core.configured_values).
_KINDS: dict[str, Kind] = {
    "categorical": "text",
    "multi": "text",
    "numeric": "number",
    "boolean": "boolean",
    "date": "year",
}


def filter_columns(settings: Settings) -> dict[str, Column]:
    """Every name that a filter may use.

    A predefined attribute that the settings read from another field means that field, not the column of core.accounts.
    One that is disabled is unknown, unless core.accounts has a column with that name.
    """
    columns = {name: Column(name, kind, True, False) for name, kind in ACCOUNT_COLUMNS.items()}
    for name in {*ATTRIBUTES, *settings.attributes}:
        item, default = settings.attributes.get(name), ATTRIBUTES.get(name)
        if item is not None and not item.enabled:
            continue
        declared = (item and item.type) or (default.type if default else "categorical")
        is_replaced = item is not None and bool(item.fields)
        has_column = name in ACCOUNT_COLUMNS and not is_replaced
        kind = ACCOUNT_COLUMNS[name] if has_column else _KINDS[declared]
        columns[name] = Column(name, kind, has_column, True)
    return columns


def filters_of(settings: Settings) -> dict[tuple[str, str], str]:
    """Every filter, by its section of icp.yaml and its name."""
    wheres = {
        "icps": {name: item.where for name, item in sorted(settings.icps.items())},
        "audiences": {name: item.where for name, item in sorted(settings.audiences.items())},
    }
    return {
        (section, name): where
        for section, items in wheres.items()
        for name, where in items.items()
        if where is not None
    }


def filter_rows(settings: Settings) -> list[dict[str, Any]]:
    """Rows of `settings.filters`: one per filter, clause, term and value; empty without any filter."""
    filtered = filters_of(settings)
    if not filtered:
        return []
    from icp_pipeline.settings.filters import filter_clauses  # sqlglot, which most settings do not need

    columns = filter_columns(settings)
    return [
        {"section": section, "name": name, "clause": clause, "clause_terms": len(terms), "term": place, **row}
        for (section, name), where in filtered.items()
        for clause, terms in enumerate(filter_clauses(where, columns), start=1)
        for place, term in enumerate(terms, start=1)
        for row in _term_rows(term)
    ]


def _term_rows(term: Term) -> Iterator[dict[str, Any]]:
    for value in term.values or (None,):
        yield {
            "column_name": term.column.name,
            "is_account_column": term.column.is_account_column,
            "is_attribute": term.column.is_attribute,
            "letter_case": term.letter_case,
            "operator": term.operator,
            "is_negated": term.is_negated,
            "text_value": value if isinstance(value, str) else None,
            "number_value": value if isinstance(value, float) else None,
        }
