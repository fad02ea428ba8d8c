"""The tables that models may read besides each other: names, columns and DuckDB types. The one list of them."""

from __future__ import annotations

from icp_pipeline.names import TableName


def _columns(**names_by_type: str) -> dict[str, str]:
    return {name: kind for kind, names in names_by_type.items() for name in names.split()}


# Every cell of these is text; readers have normalised it, staging casts it.
_LAKE_COLUMNS: dict[str, str] = {
    "salesforce_account": "id is_deleted master_record_id name type parent_id website_domain industry annual_revenue "
    "number_of_employees ownership billing_country billing_country_code billing_state account_source year_started "
    "currency_iso_code converted_revenue converted_currency created_at modified_at",
    "salesforce_opportunity": "id is_deleted account_id stage_name amount currency_iso_code converted_amount "
    "converted_currency close_date type lead_source is_closed is_won outcome_from created_at modified_at",
    "salesforce_opportunity_history": "id opportunity_id is_deleted created_at stage_name amount "
    "currency_iso_code close_date probability",
    "salesforce_opportunity_contact_role": "id opportunity_id contact_id role is_primary is_deleted created_at",
    "salesforce_lead": "id company_domain industry number_of_employees annual_revenue currency_iso_code lead_source "
    "status is_converted converted_at converted_account_id converted_opportunity_id created_at modified_at "
    "is_deleted",
    "hubspot_company": "id name domain salesforce_account_id industry number_of_employees annual_revenue currency "
    "country country_code state lifecycle_stage type founded_year is_deleted created_at modified_at",
    "hubspot_deal": "id pipeline deal_stage amount amount_in_home_currency home_currency currency close_date "
    "created_at deal_type is_closed_won is_closed outcome_from company_id company_id_is_guess modified_at "
    "salesforce_opportunity_id is_deleted",
    "account": "source_name id name domain salesforce_account_id hubspot_company_id industry sub_industry "
    "number_of_employees annual_revenue currency country country_code region ownership founded_year business_model "
    "growth_stage customer_since churned_at is_customer is_churned is_deleted created_at modified_at",
    "deal": "source_name id account_id amount currency is_closed is_won stage_id close_date created_at lead_source "
    "modified_at is_deleted",
    "deal_account": "source_name deal_id account_id is_deleted",
    "deal_stage": "source_name stage_id label probability is_closed is_won is_deleted",
    "clearbit_company": "domain name sector industry_group industry sub_industry employees employees_low "
    "employees_high annual_revenue_usd annual_revenue_currency revenue_low revenue_high raised_usd raised_currency "
    "country country_code state company_type "
    "founded_year indexed_at is_deleted",
    "builtwith_technology": "domain technology category first_detected last_found last_indexed is_live is_deleted",
    "usage_group": "group_id user_id account_key domain received_at is_deleted",
    "subscription": "source_name id account_key domain plan quantity currency billing_interval interval_count "
    "unit_amount mrr status created_at started_at trial_start trial_end current_period_end canceled_at ended_at "
    "is_deleted",
    "survey_response": "id account_key domain survey_type score responded_at is_deleted",
    "ticket": "id account_key domain organization status priority created_at modified_at solved_at satisfaction "
    "is_merged is_deleted",
    "funding_round": "domain organization funding_type money_raised_usd money_raised_currency announced_on is_deleted",
    "trigger": "account_key domain trigger happened_on strength source is_deleted",
    "engagement": "account_key domain happened_on channel kind is_deleted",
    "field_values": "record_kind source_name record_id attribute value currency known_at",
}

_LAKE_TYPED: dict[str, dict[str, str]] = {
    "file": _columns(
        varchar="path sha256 source table_name last_modified status reason taken_for account_columns",
        bigint="rows_read rows_loaded rows_rejected",
    ),
    "column_quality": _columns(
        varchar="path table_name column_name field first_reason is_lacking", bigint="cells blank rejected first_line"
    ),
    "reject": _columns(varchar="path column_name reason scope", bigint="line"),
    "file_note": _columns(varchar="path code", bigint="lines first_line"),
    "repeated_record": _columns(
        varchar="code table_name source_name path other_path", bigint="records first_line other_line"
    ),
    "usage_daily": _columns(varchar="group_id user_id source_path", date="usage_date", bigint="events source_line"),
}

_SETTINGS: dict[str, dict[str, str]] = {
    "run": _columns(
        date="as_of",
        varchar="run_id",
        integer="min_tenure_months max_cohorts range_min_n trigger_fresh_days trigger_window_days stale_days",
        double="best_share worst_share min_weight_seen shrink_weight fdr interval_z min_support_share band_a band_b "
        "band_d trigger_half_life_days engagement_half_life_days engagement_weight engagement_cap min_known_share "
        "tier_margin tier_1_trigger_floor tier_1_process_floor band_ceiling broad_share late_probability",
    ),
    "currency_rates": {"currency": "varchar", "usd_per_unit": "decimal(18, 8)"},
    "outcome_metrics": _columns(varchar="metric", integer="direction", double="weight", boolean="is_from_field"),
    "attributes": _columns(varchar="attribute dimension type", boolean="is_custom is_enabled"),
    "attribute_bins": _columns(varchar="attribute level", integer="bin_order", double="lower_bound upper_bound"),
    "bin_ranges": _columns(varchar="attribute segment level", integer="first_bin last_bin bins"),
    "level_groups": _columns(varchar="attribute level grouped_level"),
    "technology_categories": _columns(varchar="technology category"),
    "country_regions": _columns(varchar="country country_code country_name region"),
    "customer_fields": _columns(varchar="field"),
    "trigger_strengths": _columns(varchar="trigger strength", double="points"),
    "icps": _columns(varchar="icp_id filter_sql"),
    "late_stages": _columns(varchar="stage"),
    "icp_targets": _columns(varchar="icp_id target"),
    "icp_filters": _columns(
        varchar="icp_id column_name letter_case operator text_value",
        integer="clause term",
        boolean="is_account_column is_attribute is_negated",
        double="number_value",
    ),
}

_HISTORY: dict[str, dict[str, str]] = {
    "icp_versions": _columns(
        varchar="icp_version icp_id run_id status cause basis filter_sql learned_from",
        timestamp="learned_at promoted_at",
        date="as_of live_from",
        integer="n_customers",
        double="signal_z",
        boolean="has_signal",
    ),
    "icp_criteria": _columns(
        varchar="icp_version icp_id kind attribute segment evidence",
        double="points lift ci_low ci_high q_value share_of_market",
        integer="n_segment",
    ),
    "icp_evidence": _columns(varchar="icp_version icp_id attribute level segment", double="points"),
    "icp_calibration": _columns(varchar="icp_version icp_id", double="prior_points market_average slope"),
    "icp_backtest": _columns(
        varchar="icp_version icp_id tier",
        date="split_at",
        integer="accounts",
        double="outcome_rate lift ci_low ci_high capture auc brier",
    ),
    "icp_backtest_curve": _columns(varchar="icp_version icp_id curve", integer="position n", double="x y"),
    "icp_comparison": _columns(varchar="icp_version icp_id model", double="auc auc_se brier"),
    "icp_segment_effects": _columns(
        varchar="icp_version icp_id attribute segment",
        integer="tenure_half_years n_segment n_outside",
        double="sum_y sum_y_outside sum_y_squared",
    ),
    "icp_score_effects": _columns(
        varchar="icp_version icp_id",
        integer="tenure_half_years n",
        double="sum_score sum_y sum_score_squared sum_y_squared sum_score_y",
    ),
    "icp_trait_shares": _columns(varchar="icp_version icp_id attribute level", integer="n", double="share"),
    "icp_warnings": _columns(varchar="icp_version icp_id code severity message subject"),
    "icp_promotions": _columns(
        varchar="icp_version icp_id compared_with run_id verdict reasons",
        timestamp="decided_at",
        date="split_at",
        integer="judged good",
        double="auc auc_compared auc_difference_se",
        boolean="is_unseen",
    ),
    "icp_version_moves": _columns(varchar="icp_version icp_id compared_with from_tier to_tier", integer="accounts"),
    "icp_trigger_effects": _columns(varchar="icp_version icp_id trigger", double="points floor_points"),
    "account_tiers": _columns(
        varchar="account_id icp_id tier icp_version candidate_tier",
        date="tier_since as_of candidate_as_of",
        double="fit_points trigger_score",
    ),
    "tier_changes": _columns(
        varchar="run_id account_id icp_id from_tier to_tier icp_version cause", date="as_of", timestamp="changed_at"
    ),
    "runs": _columns(
        varchar="run_id icp_version kind accepted_by accept_reason accepted_changes code_version",
        timestamp="started_at finished_at",
        date="as_of",
        bigint="accounts customers files rows_read rows_rejected",
    ),
    "crm_tags": _columns(varchar="target record_id icp_id tier icp_version run_id", double="score"),
    "crm_answers": _columns(
        varchar="file_sha256 file_name target run_id", timestamp="read_at", bigint="succeeded failed"
    ),
    "table_fingerprints": _columns(varchar="table_name fingerprint content_hash sql_digest engine inputs"),
    "table_rebuilds": _columns(varchar="table_name action reason"),
    "day_contents": _columns(varchar="table_name day content"),
    "table_audits": _columns(varchar="table_name check_name column_name severity", bigint="failing total"),
}


# Written beside every row, and where the file stands among those of its kind: the newest is the last. The order is not
# in the files; it is that of the list of files. Values of configured fields go with a row, so they need none.
_PLACE = {"source_path": "varchar", "source_line": "bigint"}
SOURCE_ORDER = "source_order"
_UNORDERED = ("field_values",)


def _lake() -> dict[str, dict[str, str]]:
    text = {kind: dict.fromkeys(columns.split(), "varchar") | _PLACE for kind, columns in _LAKE_COLUMNS.items()}
    ordered = {kind: columns | {SOURCE_ORDER: "bigint"} for kind, columns in text.items() if kind not in _UNORDERED}
    return text | ordered | _LAKE_TYPED


INPUTS: dict[TableName, dict[str, str]] = {
    TableName(schema, table): columns
    for schema, tables in (("lake", _lake()), ("settings", _SETTINGS), ("history", _HISTORY))
    for table, columns in tables.items()
}

# Inputs that grow, with the column that says by which day: a model may be rebuilt for the changed days only.
GROWING_INPUTS = {TableName("lake", "usage_daily"): "usage_date"}
DAY_COLUMNS = frozenset(GROWING_INPUTS.values())


def inputs_of(schema: str) -> dict[TableName, dict[str, str]]:
    """The input tables of `lake`, `settings` or `history`."""
    return {name: columns for name, columns in INPUTS.items() if name.schema == schema}
