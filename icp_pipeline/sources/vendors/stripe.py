"""Stripe subscriptions, as the Dashboard exports them. Amount is per unit, in major units."""

from __future__ import annotations

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor

_LINKS = (
    "crm_account_id",
    "account_id",
    "salesforce_account_id",
    "salesforce_id",
    "hubspot_company_id",
    "hubspot_id",
    "crm_id",
)


def _domain(cells: Cells) -> None:
    cells.fill("domain", "email_domain")
    derive.domain_from_key(cells)


LAYOUTS = (
    Layout(
        name="Stripe subscriptions",
        kind="subscription",
        aliases={
            "id": ("id", "Subscription ID"),
            "account_key": (*(f"{link} (metadata)" for link in _LINKS), *_LINKS),
            "domain": ("domain (metadata)", "website (metadata)", "company_domain (metadata)"),
            "plan": ("Plan", "Price ID", "Plan ID"),
            "quantity": ("Quantity",),
            "currency": ("Currency",),
            "billing_interval": ("Interval", "Billing Interval", "Plan Interval", "price_recurring_interval"),
            "interval_count": (
                *("Interval Count", "Plan Interval Count", "Recurring Interval Count"),
                *("price_recurring_interval_count", "Billing Interval Count"),
            ),
            "unit_amount": ("Amount",),
            "status": ("Status",),
            "created_at": ("Created (UTC)", "Created"),
            "started_at": ("Start Date (UTC)", "Start (UTC)", "Start Date"),
            "trial_start": ("Trial Start (UTC)", "Trial Start"),
            "trial_end": ("Trial End (UTC)", "Trial End"),
            "current_period_end": ("Current Period End (UTC)", "Current Period End"),
            "canceled_at": ("Canceled At (UTC)", "Canceled At"),
            "ended_at": ("Ended At (UTC)", "Ended At"),
        },
        scratch={"email_domain": ("domain", ("Customer Email",))},
        must=("id", "unit_amount", "billing_interval", "status"),
        finish=derive.chain(_domain, derive.intervals),
    ),
)

VENDOR = Vendor(LAYOUTS, is_named=True)
