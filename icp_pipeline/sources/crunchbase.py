"""Crunchbase funding rounds. `Money Raised Currency (in USD)` is the amount in dollars, in spite of its name."""

from __future__ import annotations

from icp_pipeline.sources.layout import Layout

LAYOUTS = (
    Layout(
        name="Crunchbase funding rounds",
        source="crunchbase",
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
        must=("organization", "announced_on"),
    ),
)
