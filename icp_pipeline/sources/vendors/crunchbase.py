"""Crunchbase funding rounds. `Money Raised Currency (in USD)` is the amount in dollars, in spite of its name."""

from __future__ import annotations

import pyarrow.compute as pc

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor


def _money_raised(cells: Cells) -> None:
    """The amount in dollars, else the original amount if its currency is known: it could be any."""
    derive.take_mark(cells, "money_raised", "raised_in")
    unknown = pc.and_(pc.is_null(cells.get("raised_in")), pc.is_null(cells.get("money_raised_usd")))
    reason = "amount without its currency: export the column 'Money Raised Currency' or the amount in USD too"
    cells.refuse("money_raised", pc.and_(unknown, pc.is_valid(cells.get("money_raised"))), reason)
    derive.second_amount("money_raised_usd", "money_raised_currency", "money_raised", "raised_in")(cells)


LAYOUTS = (
    Layout(
        name="Crunchbase funding rounds",
        kind="funding_round",
        nulls=frozenset({"—", "-"}),
        aliases={
            "domain": ("Organization Website", "Website"),
            "organization": ("Organization Name",),
            "funding_type": ("Funding Type", "Last Funding Type"),
            "money_raised_usd": (
                *("Money Raised Currency (in USD)", "Money Raised (in USD)"),
                *("Last Funding Amount Currency (in USD)", "Last Funding Amount (in USD)"),
            ),
            "announced_on": ("Announced Date", "Last Funding Date"),
        },
        # `Money Raised Currency` is the code of `Money Raised`, which counts if there is no amount in dollars.
        scratch={
            "money_raised": ("money", ("Money Raised", "Last Funding Amount")),
            "raised_in": ("currency", ("Money Raised Currency", "Last Funding Amount Currency")),
        },
        must=("organization", "announced_on"),
        finish=_money_raised,
    ),
)

VENDOR = Vendor(LAYOUTS)
