"""Columns that say how long a deal's amount is for: names that companies give such fields, for their CRM has none."""

from __future__ import annotations

from icp_pipeline.sources.table.cell_columns import Cells

_OF = ("Contract", "Subscription", "Agreement", "License", "Service")


def _custom(*names: str) -> tuple[str, ...]:
    """A field's label, and the API name that Salesforce makes of it."""
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
# Read for `fill_term` only: by units of their own, and of unknown unit.
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


def fill_term(cells: Cells) -> None:
    """Months by whichever column says them."""
    cells.fill("term_months", "term_years", "term")
