"""Columns that say how long a deal's amount is for: CRMs have none, so these are names that companies use."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.table.cell_columns import Cells

_OF = ("Contract", "Subscription", "Agreement", "License", "Service")


def _custom(*names: str) -> tuple[str, ...]:
    """A field's label, and the API name that Salesforce derives from it."""
    return tuple(spelling for name in names for spelling in (name, f"{name.replace(' ', '_')}__c"))


ALIASES = {
    "term_months": (
        *_custom(
            *(f"{of} {unit}" for of in (*_OF, "Deal") for unit in ("Term Months", "Term in Months", "Length Months")),
            *(f"{of} {unit}" for of in _OF for unit in ("Duration Months", "Duration in Months", "Months")),
            *("Term Months", "Term in Months", "Months Term", "Months of Term"),
        ),
        "SBQQ__SubscriptionTerm__c",
    ),
    "starts_on": (
        *_custom(*(f"{of} {day}" for of in (*_OF, "Term") for day in ("Start Date", "Start")), "Start Date"),
        "SBQQ__StartDate__c",
    ),
    "ends_on": (
        *_custom(*(f"{of} {day}" for of in (*_OF, "Term") for day in ("End Date", "End")), "End Date"),
        "SBQQ__EndDate__c",
    ),
}
# Read for `fill_term` only: in their own units, or in an unknown unit.
SCRATCH = {
    "term_years": (
        "years",
        _custom(
            *(f"{of} {unit}" for of in (*_OF, "Deal") for unit in ("Term Years", "Term in Years", "Length Years")),
            *("Term Years", "Term in Years", "Contract Years"),
        ),
    ),
    "term": ("term", _custom(*(f"{of} {what}" for of in _OF for what in ("Term", "Length", "Duration")), "Term")),
}


# HubSpot adds up a deal's line items: the value of a year, and of the whole term.
VALUES = {
    "annual_value": ("money", ("Annual contract value", "hs_acv")),
    "total_value": ("money", ("Total contract value", "hs_tcv")),
}
# The share of an amount by which it may differ from the value it stands for.
_ALIKE = Decimal("0.01")


def fill_term_from_values(cells: Cells) -> None:
    """Months that the amount is for, if it is the total value and the value of a year is known; else unknown."""
    if not (cells.has("annual_value") and cells.has("total_value") and cells.has("amount")):
        return
    rows = zip(*(cells.get(name).to_pylist() for name in ("amount", "annual_value", "total_value")), strict=True)
    cells.columns["term_months"] = pc.coalesce(
        cells.get("term_months"), pa.array([_months(*row) for row in rows], pa.string())
    )


def _months(amount: str | None, annual: str | None, total: str | None) -> str | None:
    if amount is None or annual is None or total is None:
        return None
    whole, year = Decimal(total), Decimal(annual)
    if not 0 < year < whole or abs(Decimal(amount) - whole) > _ALIKE * whole:
        return None
    return str(round(12 * whole / year))


def fill_term(cells: Cells) -> None:
    """Months from whichever column has them."""
    cells.fill("term_months", "term_years", "term")
