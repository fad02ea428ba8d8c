"""The term of a deal's amount: from the fields that companies use for it, in any unit they state."""

from __future__ import annotations

import pytest

from icp_pipeline.sources.declared.cell_rules import Rules
from icp_pipeline.sources.refusal import Unusable
from icp_pipeline.sources.table.recognition import fold
from icp_pipeline.sources.values.by_type import PARSERS
from icp_pipeline.sources.vendors import hubspot
from icp_pipeline.sources.vendors.salesforce.salesforce_layouts import LAYOUTS

RULES = Rules()


@pytest.mark.parametrize(
    ("type_", "text", "months"),
    [
        ("months", "36", "36"),
        ("months", "36.0", "36"),
        ("months", "36 months", "36"),
        ("months", "3 years", "36"),
        ("months", "Annual", "12"),
        ("months", "3-year term", "36"),
        ("months", "0", None),
        ("years", "3", "36"),
        ("years", "1.5", "18"),
        ("years", "18 months", "18"),
        ("term", "24", "24"),
        ("term", "2 years", "24"),
        ("term", "6 months", "6"),
    ],
)
def test_months_of_a_term(type_: str, text: str, months: str | None) -> None:
    assert PARSERS[type_](text, RULES) == months


@pytest.mark.parametrize(
    ("type_", "text"), [("term", "3"), ("months", "Evergreen"), ("months", "-12"), ("years", "99")]
)
def test_what_is_no_term_is_told(type_: str, text: str) -> None:
    with pytest.raises(Unusable):
        PARSERS[type_](text, RULES)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("ContractTermMonths__c", "term_months"),
        ("CONTRACT_TERM_MONTHS__C", "term_months"),
        ("Contract Term (Months)", "term_months"),
        ("SBQQ__SubscriptionTerm__c", "term_months"),
        ("Contract_Term_Years__c", "term_years"),
        ("Contract Term", "term"),
        ("Contract_Start_Date__c", "starts_on"),
        ("Subscription End Date", "ends_on"),
    ],
)
def test_fields_are_known_by_their_names(header: str, column: str) -> None:
    for layout in (*LAYOUTS, *hubspot.LAYOUTS):
        if layout.kind in ("salesforce_opportunity", "hubspot_deal"):
            scratch = {name: names for name, (_, names) in layout.scratch.items()}
            found = [name for name, names in {**layout.aliases, **scratch}.items() if fold(header) in map(fold, names)]
            assert found == [column], layout.name
