"""The kinds of rows the lake holds: canonical columns, their types, and what a file or a row cannot do without.

A type decides how a cell is brought to its normal form (see `values`); everything is text afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

SOURCE_COLUMNS = {"source_path": "VARCHAR", "source_line": "BIGINT"}


@dataclass(frozen=True)
class Kind:
    """One lake table: its columns with types, list-valued columns (kept in `field_values`), and what is required."""

    name: str
    types: dict[str, str]
    headers: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    lists: dict[str, str] = field(default_factory=dict)
    # Column of money -> the column that holds its currency. Every column of money has one.
    currency_of: dict[str, str] = field(default_factory=dict)

    @property
    def record_currency(self) -> str | None:
        """The column that holds the currency of a record's amounts, also of those that a CRM's users have added."""
        found = next((name for name in ("currency_iso_code", "currency") if name in self.types), None)
        # HubSpot keeps a company's other amounts in the portal's own currency.
        return None if self.name == "hubspot_company" else found

    @property
    def columns(self) -> tuple[str, ...]:
        """Canonical column names, without the source columns that every table ends with."""
        return tuple(self.types)

    @property
    def duckdb_types(self) -> dict[str, str]:
        """Every column of the lake view with its SQL type."""
        sql = {"bigint": "BIGINT", "day": "DATE"}
        tail = {} if self.name in _WITHOUT_SOURCE else SOURCE_COLUMNS
        return {name: sql.get(type_, "VARCHAR") for name, type_ in self.types.items()} | tail

    @property
    def schema(self) -> pa.Schema:
        """The Parquet schema of this kind."""
        arrow = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DATE": pa.date32()}
        return pa.schema([(name, arrow[type_]) for name, type_ in self.duckdb_types.items()])


_WITHOUT_SOURCE = frozenset({"file", "reject", "file_note"})
# Kinds of which no row takes the place of another, whichever file is newer.
WITHOUT_ORDER = _WITHOUT_SOURCE | {"field_values"}


def _kind(
    kind_name: str,
    /,
    *,
    headers: str = "",
    cells: str = "",
    lists: dict[str, str] | None = None,
    money: dict[str, str] | None = None,
    **types: str,
) -> Kind:
    return Kind(kind_name, types, tuple(headers.split()), tuple(cells.split()), lists or {}, money or {})


_ALL = (
    _kind(
        "salesforce_account",
        headers="id name",
        cells="id",
        money={"annual_revenue": "currency_iso_code", "converted_revenue": "converted_currency"},
        id="sf_id",
        is_deleted="boolean",
        master_record_id="sf_id",
        name="text",
        type="text",
        parent_id="sf_id",
        website_domain="domain",
        industry="text",
        annual_revenue="money",
        number_of_employees="number",
        ownership="text",
        billing_country="text",
        billing_country_code="country_code",
        billing_state="text",
        account_source="text",
        year_started="year",
        currency_iso_code="currency",
        converted_revenue="money",
        converted_currency="currency",
        created_at="datetime",
        modified_at="datetime",
    ),
    _kind(
        "salesforce_opportunity",
        headers="id account_id is_closed is_won",
        cells="id",
        money={"amount": "currency_iso_code", "converted_amount": "converted_currency"},
        id="sf_id",
        is_deleted="boolean",
        account_id="sf_id",
        stage_name="text",
        amount="money",
        currency_iso_code="currency",
        converted_amount="money",
        converted_currency="currency",
        close_date="date",
        type="text",
        lead_source="text",
        is_closed="boolean",
        is_won="boolean",
        outcome_from="code",
        created_at="datetime",
        modified_at="datetime",
    ),
    _kind(
        "salesforce_opportunity_history",
        headers="id opportunity_id stage_name",
        cells="id opportunity_id",
        money={"amount": "currency_iso_code"},
        id="sf_id",
        opportunity_id="sf_id",
        is_deleted="boolean",
        created_at="datetime",
        stage_name="text",
        amount="money",
        currency_iso_code="currency",
        close_date="date",
        probability="percent",
    ),
    _kind(
        "salesforce_opportunity_contact_role",
        headers="opportunity_id contact_id",
        cells="opportunity_id",
        id="sf_id",
        opportunity_id="sf_id",
        contact_id="sf_id",
        role="text",
        is_primary="boolean",
        is_deleted="boolean",
        created_at="datetime",
    ),
    _kind(
        "salesforce_lead",
        headers="id",
        cells="id",
        money={"annual_revenue": "currency_iso_code"},
        id="sf_id",
        company_domain="domain",
        industry="text",
        number_of_employees="number",
        annual_revenue="money",
        currency_iso_code="currency",
        lead_source="text",
        status="text",
        is_converted="boolean",
        converted_at="date",
        converted_account_id="sf_id",
        converted_opportunity_id="sf_id",
        created_at="datetime",
        is_deleted="boolean",
    ),
    _kind(
        "hubspot_company",
        headers="id",
        cells="id",
        lists={"additional_domains": "domain", "web_technologies": "text", "merged_company_ids": "id"},
        money={"annual_revenue": "currency"},
        id="id",
        name="text",
        domain="domain",
        salesforce_account_id="sf_id",
        industry="text",
        number_of_employees="number",
        annual_revenue="money",
        currency="currency",
        country="text",
        country_code="country_code",
        state="text",
        lifecycle_stage="text",
        type="text",
        founded_year="year",
        is_deleted="boolean",
        created_at="datetime",
        modified_at="datetime",
    ),
    _kind(
        "hubspot_deal",
        headers="id",
        cells="id",
        money={"amount": "currency", "amount_in_home_currency": "home_currency"},
        id="id",
        pipeline="text",
        deal_stage="text",
        amount="money",
        amount_in_home_currency="money",
        home_currency="currency",
        currency="currency",
        close_date="datetime",
        created_at="datetime",
        deal_type="text",
        is_closed_won="boolean",
        is_closed="boolean",
        outcome_from="code",
        company_id="id",
        company_id_is_guess="boolean",
        salesforce_opportunity_id="sf_id",
        modified_at="datetime",
    ),
    _kind(
        "account",
        headers="id",
        cells="id",
        money={"annual_revenue": "currency"},
        source_name="text",
        id="key",
        name="text",
        domain="domain",
        salesforce_account_id="sf_id",
        hubspot_company_id="id",
        industry="text",
        sub_industry="text",
        number_of_employees="range",
        annual_revenue="money_range",
        currency="currency",
        country="text",
        country_code="country_code",
        region="text",
        ownership="text",
        founded_year="year",
        business_model="text",
        growth_stage="text",
        customer_since="date",
        churned_at="date",
        is_customer="boolean",
        is_churned="boolean",
        is_deleted="boolean",
        created_at="datetime",
        modified_at="datetime",
    ),
    _kind(
        "deal",
        headers="id",
        cells="id",
        money={"amount": "currency"},
        source_name="text",
        id="id",
        account_id="key",
        amount="money",
        currency="currency",
        is_closed="boolean",
        is_won="boolean",
        stage_id="id",
        close_date="date",
        created_at="datetime",
        lead_source="text",
        modified_at="datetime",
        is_deleted="boolean",
    ),
    _kind(
        "deal_account",
        headers="deal_id account_id",
        cells="deal_id account_id",
        source_name="text",
        deal_id="id",
        account_id="key",
    ),
    _kind(
        "deal_stage",
        headers="stage_id",
        cells="stage_id",
        source_name="text",
        stage_id="id",
        label="text",
        probability="text",
        is_closed="boolean",
        is_won="boolean",
    ),
    _kind(
        "clearbit_company",
        headers="domain",
        cells="domain",
        lists={"tech": "text", "tech_categories": "text", "tags": "text", "domain_aliases": "domain"},
        money={
            "annual_revenue_usd": "annual_revenue_currency",
            "revenue_low": "annual_revenue_currency",
            "revenue_high": "annual_revenue_currency",
            "raised_usd": "raised_currency",
        },
        domain="domain",
        name="text",
        sector="text",
        industry_group="text",
        industry="text",
        sub_industry="text",
        employees="range",
        employees_low="number",
        employees_high="number",
        annual_revenue_usd="money_range",
        annual_revenue_currency="currency",
        revenue_low="money",
        revenue_high="money",
        raised_usd="money",
        raised_currency="currency",
        country="text",
        country_code="country_code",
        state="text",
        company_type="text",
        founded_year="year",
        indexed_at="datetime",
    ),
    _kind(
        "builtwith_technology",
        headers="domain",
        cells="domain technology",
        domain="domain",
        technology="text",
        category="text",
        first_detected="date",
        last_found="date",
        last_indexed="date",
        is_live="boolean",
    ),
    _kind("usage_daily", group_id="id", user_id="id", usage_date="day", events="bigint"),
    _kind(
        "usage_group",
        headers="group_id",
        cells="group_id",
        group_id="id",
        user_id="id",
        account_key="key",
        domain="domain",
        received_at="datetime",
    ),
    _kind(
        "subscription",
        headers="id",
        cells="id",
        money={"unit_amount": "currency", "mrr": "currency"},
        source_name="text",
        id="id",
        account_key="key",
        domain="domain",
        plan="text",
        quantity="number",
        currency="currency",
        billing_interval="interval",
        interval_count="number",
        unit_amount="money",
        mrr="money",
        status="text",
        created_at="datetime",
        started_at="datetime",
        trial_start="datetime",
        trial_end="datetime",
        current_period_end="datetime",
        canceled_at="datetime",
        ended_at="datetime",
    ),
    _kind(
        "survey_response",
        headers="score",
        id="id",
        account_key="key",
        domain="domain",
        survey_type="code",
        score="score",
        responded_at="datetime",
    ),
    _kind(
        "ticket",
        headers="id",
        cells="id",
        id="id",
        account_key="key",
        domain="domain",
        organization="text",
        status="text",
        priority="text",
        created_at="datetime",
        solved_at="datetime",
        satisfaction="rating",
        is_merged="boolean",
    ),
    _kind(
        "funding_round",
        headers="announced_on",
        money={"money_raised_usd": "money_raised_currency"},
        domain="domain",
        organization="text",
        funding_type="text",
        money_raised_usd="money",
        money_raised_currency="currency",
        announced_on="date",
    ),
    _kind(
        "trigger",
        headers="account_key trigger happened_on",
        cells="account_key trigger happened_on",
        account_key="key",
        domain="domain",
        trigger="text",
        happened_on="date",
        strength="strength",
        source="text",
    ),
    _kind(
        "engagement",
        headers="account_key happened_on",
        cells="account_key happened_on",
        account_key="key",
        domain="domain",
        happened_on="date",
        channel="text",
        kind="touch_kind",
    ),
    _kind(
        "field_values",
        source_name="text",
        record_kind="text",
        record_id="text",
        attribute="text",
        value="text",
        currency="currency",
        known_at="date",
    ),
    _kind(
        "file",
        path="text",
        sha256="text",
        source="text",
        table_name="text",
        rows_read="bigint",
        rows_loaded="bigint",
        rows_rejected="bigint",
        last_modified="text",
        status="text",
        reason="text",
    ),
    _kind("reject", path="text", line="bigint", column_name="text", reason="text", scope="text"),
    _kind("file_note", path="text", code="text", lines="bigint", first_line="bigint"),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}

# The word under `kind:` in a `sources:` entry -> the lake kind it fills.
MAPPED_KINDS: dict[str, str] = {
    "account": "account",
    "deal": "deal",
    "deal_account": "deal_account",
    "deal_stage": "deal_stage",
    "company": "clearbit_company",
    "technology": "builtwith_technology",
    "usage": "usage_daily",
    "group": "usage_group",
    "subscription": "subscription",
    "survey": "survey_response",
    "ticket": "ticket",
    "funding": "funding_round",
    "trigger": "trigger",
    "engagement": "engagement",
}
