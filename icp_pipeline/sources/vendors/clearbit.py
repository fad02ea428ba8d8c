"""Clearbit-style company data: dotted, prefixed, camel-case and plain headers are the same after folding."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from icp_pipeline.sources.table import derive
from icp_pipeline.sources.table.cell_columns import Cells
from icp_pipeline.sources.table.recognition import Layout
from icp_pipeline.sources.table.vendor import Vendor


def _size_and_revenue(cells: Cells) -> None:
    """The exact number if there is one, else the middle of the range; both ends are kept."""
    derive.range_ends("employees_range", "employees_low", "employees_high")(cells)
    derive.range_ends("revenue_range", "revenue_low", "revenue_high", money=True)(cells)
    cells.fill("employees", "employees_range")
    exact = pc.is_valid(cells.get("annual_revenue_usd"))
    # The ends of an unused range may be in another currency.
    for end in ("revenue_low", "revenue_high"):
        cells.columns[end] = pc.if_else(exact, None, cells.get(end))
    derive.second_amount("annual_revenue_usd", "annual_revenue_currency", "revenue_range", "range_currency")(cells)


def _no_mail_providers(cells: Cells) -> None:
    if cells.has("email_provider"):
        is_provider = pc.equal(cells.get("email_provider"), "true")
        cells.refuse("domain", pc.cast(is_provider, pa.bool_()), "domain of an e-mail provider, not a company's")


LAYOUTS = (
    Layout(
        name="Clearbit companies",
        kind="clearbit_company",
        prefixes=("", "company.", "company_clearbit_"),
        nulls=frozenset({"null", "None", "N/A", "-"}),
        list_commas=True,
        aliases={
            "domain": ("domain", "Company Domain", "website", "url"),
            "name": ("name", "legalName"),
            "sector": ("category.sector", "sector"),
            "industry_group": ("category.industryGroup", "industryGroup"),
            "industry": ("category.industry", "industry"),
            "sub_industry": ("category.subIndustry", "subIndustry"),
            "employees": ("metrics.employees", "employees", "employee_count"),
            "annual_revenue_usd": ("metrics.annualRevenue", "annualRevenue"),
            "raised_usd": ("metrics.raised", "raised"),
            "country": ("geo.country", "country"),
            "country_code": ("geo.countryCode", "countryCode"),
            "state": ("geo.state", "state", "geo.stateCode", "stateCode"),
            "company_type": ("type", "company_type"),
            "founded_year": ("foundedYear", "founded"),
            "indexed_at": ("indexedAt",),
        },
        lists={
            "tech": ("tech", "technologies"),
            "tech_categories": ("techCategories",),
            "tags": ("tags",),
            "domain_aliases": ("domainAliases",),
        },
        scratch={
            "employees_range": ("range", ("metrics.employeesRange", "employeesRange", "employee_range")),
            "revenue_range": (
                "money_range",
                ("metrics.estimatedAnnualRevenue", "estimatedAnnualRevenue", "revenueRange"),
            ),
            "email_provider": ("boolean", ("emailProvider", "metrics.emailProvider")),
        },
        any_of=(
            *(
                "metrics.employees",
                "metrics.employeesRange",
                "employeesRange",
                "category.industry",
                "industry",
                "sector",
            ),
            *(
                "tech",
                "techCategories",
                "tags",
                "employees",
                "geo.country",
                "country",
                "countryCode",
                "geo.countryCode",
            ),
            *("metrics.estimatedAnnualRevenue", "estimatedAnnualRevenue", "foundedYear", "name"),
        ),
        finish=derive.chain(_size_and_revenue, derive.country("country", "country_code"), _no_mail_providers),
    ),
)

VENDOR = Vendor(LAYOUTS)
