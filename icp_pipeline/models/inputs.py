"""The tables that models may read besides each other: names, columns and DuckDB types. The one list of them."""

from __future__ import annotations

from icp_pipeline.names import TableName

# Every cell of the lake is text; readers have normalised it, staging casts it.
_LAKE_COLUMNS: dict[str, str] = {
    "salesforce_account": "id is_deleted master_record_id name type parent_id website_domain industry annual_revenue "
    "number_of_employees ownership billing_country billing_country_code billing_state account_source year_started "
    "currency_iso_code created_at modified_at",
    "salesforce_opportunity": "id is_deleted account_id stage_name amount currency_iso_code close_date type "
    "lead_source is_closed is_won created_at modified_at",
    "salesforce_opportunity_history": "id opportunity_id is_deleted created_at stage_name amount close_date "
    "probability",
    "salesforce_opportunity_contact_role": "id opportunity_id contact_id role is_primary is_deleted created_at",
    "salesforce_lead": "id company_domain industry number_of_employees annual_revenue lead_source status "
    "is_converted converted_at converted_account_id converted_opportunity_id created_at is_deleted",
    "hubspot_company": "id name domain salesforce_account_id industry number_of_employees annual_revenue country "
    "state lifecycle_stage type founded_year is_deleted created_at modified_at",
    "hubspot_deal": "id pipeline deal_stage amount amount_in_home_currency currency close_date created_at deal_type "
    "is_closed_won is_closed company_id company_id_is_guess modified_at",
    "account": "source_name id name domain salesforce_account_id hubspot_company_id industry sub_industry "
    "number_of_employees annual_revenue currency country region ownership founded_year business_model growth_stage "
    "customer_since churned_at is_customer is_churned created_at modified_at",
    "deal": "source_name id account_id amount currency is_closed is_won stage_id close_date created_at lead_source "
    "modified_at is_deleted",
    "deal_account": "source_name deal_id account_id",
    "deal_stage": "source_name stage_id is_closed is_won",
    "clearbit_company": "domain name sector industry_group industry sub_industry employees employees_low "
    "employees_high annual_revenue_usd revenue_low revenue_high raised_usd country country_code state company_type "
    "founded_year indexed_at",
    "builtwith_technology": "domain technology category first_detected last_found last_indexed is_live",
    "usage_daily": "group_id user_id usage_date events",
    "usage_group": "group_id account_key domain received_at",
    "subscription": "source_name id account_key domain plan quantity currency billing_interval unit_amount mrr "
    "status created_at started_at trial_start trial_end current_period_end canceled_at ended_at",
    "survey_response": "id account_key domain survey_type score responded_at",
    "ticket": "id account_key domain organization status priority created_at solved_at satisfaction is_merged",
    "funding_round": "domain organization funding_type money_raised_usd announced_on",
    "trigger": "account_key domain trigger happened_on strength source",
    "engagement": "account_key domain happened_on channel kind",
    "field_values": "record_kind record_id attribute value known_at",
}

_LAKE_TYPED: dict[str, dict[str, str]] = {
    "file": {
        **dict.fromkeys(("path", "sha256", "source", "table_name"), "varchar"),
        **dict.fromkeys(("rows_read", "rows_loaded", "rows_rejected"), "bigint"),
        **dict.fromkeys(("last_modified", "status", "reason"), "varchar"),
    },
    "reject": {"path": "varchar", "line": "bigint", "column_name": "varchar", "reason": "varchar", "scope": "varchar"},
}

_RUN_NUMBERS = [
    "best_share",
    "worst_share",
    "min_weight_seen",
    "shrink_weight",
    "fdr",
    "interval_z",
    "min_support_share",
    "band_a",
    "band_b",
    "band_d",
    "trigger_half_life_days",
    "engagement_half_life_days",
    "engagement_weight",
    "engagement_cap",
    "min_known_share",
    "tier_margin",
    "broad_share",
]
_RUN_COUNTS = [
    "min_tenure_months",
    "max_cohorts",
    "range_min_n",
    "trigger_fresh_days",
    "trigger_window_days",
    "stale_days",
]

_SETTINGS: dict[str, dict[str, str]] = {
    "run": {
        "as_of": "date",
        "run_id": "varchar",
        **dict.fromkeys(_RUN_COUNTS, "integer"),
        **dict.fromkeys(_RUN_NUMBERS, "double"),
    },
    "currency_rates": {"currency": "varchar", "usd_per_unit": "decimal(18, 8)"},
    "outcome_metrics": {"metric": "varchar", "direction": "integer", "weight": "double", "is_from_field": "boolean"},
    "attributes": {
        "attribute": "varchar",
        "dimension": "varchar",
        "type": "varchar",
        "is_custom": "boolean",
        "is_enabled": "boolean",
    },
    "attribute_bins": {
        "attribute": "varchar",
        "bin_order": "integer",
        "lower_bound": "double",
        "upper_bound": "double",
        "level": "varchar",
    },
    "bin_ranges": {
        "attribute": "varchar",
        "segment": "varchar",
        "level": "varchar",
        "first_bin": "integer",
        "last_bin": "integer",
        "bins": "integer",
    },
    "level_groups": {"attribute": "varchar", "level": "varchar", "grouped_level": "varchar"},
    "technology_categories": {"technology": "varchar", "category": "varchar"},
    "country_regions": {
        "country": "varchar",
        "country_code": "varchar",
        "country_name": "varchar",
        "region": "varchar",
    },
    "customer_fields": {"field": "varchar"},
    "trigger_strengths": {"trigger": "varchar", "strength": "varchar", "points": "double"},
    "icps": {"icp_id": "varchar", "filter_sql": "varchar"},
}

_VERSION = {"icp_version": "varchar", "icp_id": "varchar"}

_HISTORY: dict[str, dict[str, str]] = {
    "icp_versions": {
        **_VERSION,
        "learned_at": "timestamp",
        "as_of": "date",
        "run_id": "varchar",
        "status": "varchar",
        "cause": "varchar",
        "promoted_at": "timestamp",
        "n_customers": "integer",
        "signal_z": "double",
        "has_signal": "boolean",
    },
    "icp_criteria": {
        **_VERSION,
        "kind": "varchar",
        "attribute": "varchar",
        "segment": "varchar",
        "points": "double",
        "lift": "double",
        "ci_low": "double",
        "ci_high": "double",
        "n_segment": "integer",
        "q_value": "double",
        "share_of_market": "double",
        "evidence": "varchar",
    },
    "icp_evidence": {
        **_VERSION,
        "attribute": "varchar",
        "level": "varchar",
        "segment": "varchar",
        "points": "double",
    },
    "icp_calibration": {**_VERSION, "prior_points": "double", "market_average": "double", "slope": "double"},
    "icp_backtest": {
        **_VERSION,
        "split_at": "date",
        "tier": "varchar",
        "accounts": "integer",
        **dict.fromkeys(("outcome_rate", "lift", "ci_low", "ci_high", "capture", "auc", "brier"), "double"),
    },
    "icp_trigger_effects": {**_VERSION, "trigger": "varchar", "points": "double"},
    "account_tiers": {
        "account_id": "varchar",
        "icp_id": "varchar",
        "tier": "varchar",
        "tier_since": "date",
        "as_of": "date",
        "icp_version": "varchar",
        "candidate_tier": "varchar",
        "candidate_as_of": "date",
    },
    "tier_changes": {
        "run_id": "varchar",
        "as_of": "date",
        "changed_at": "timestamp",
        "account_id": "varchar",
        "icp_id": "varchar",
        "from_tier": "varchar",
        "to_tier": "varchar",
        "icp_version": "varchar",
        "cause": "varchar",
    },
    "runs": {
        "run_id": "varchar",
        "started_at": "timestamp",
        "finished_at": "timestamp",
        "as_of": "date",
        "icp_version": "varchar",
        **dict.fromkeys(("accounts", "customers", "files", "rows_read", "rows_rejected"), "bigint"),
        "kind": "varchar",
        "accepted_by": "varchar",
        "accept_reason": "varchar",
    },
    "crm_tags": {
        "target": "varchar",
        "record_id": "varchar",
        "tier": "varchar",
        "score": "double",
        "icp_version": "varchar",
        "run_id": "varchar",
    },
}


def _lake() -> dict[str, dict[str, str]]:
    place = {"source_path": "varchar", "source_line": "bigint"}
    text = {kind: dict.fromkeys(columns.split(), "varchar") | place for kind, columns in _LAKE_COLUMNS.items()}
    return text | _LAKE_TYPED


INPUTS: dict[TableName, dict[str, str]] = {
    TableName(schema, table): columns
    for schema, tables in (("lake", _lake()), ("settings", _SETTINGS), ("history", _HISTORY))
    for table, columns in tables.items()
}


def inputs_of(schema: str) -> dict[TableName, dict[str, str]]:
    """The input tables of `lake`, `settings` or `history`."""
    return {name: columns for name, columns in INPUTS.items() if name.schema == schema}
