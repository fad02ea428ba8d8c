"""What the tables mean that no SQL file describes: `history`, which is published, and the inputs `lake`, `settings`."""

from __future__ import annotations

from icp_pipeline.models.inputs import INPUTS
from icp_pipeline.names import TableName

_TABLES: dict[str, str] = {
    "history.account_tiers": "One row per account and ICP: the tier that the last published run gave.",
    "history.crm_answers": "One row per CRM result file that was read with `icp ack`.",
    "history.crm_tags": "One row per tag handed to a CRM in an import file; a record's newest is what it should hold.",
    "history.icp_backtest": "One row per ICP version and tier: how deals after the split turned out.",
    "history.icp_backtest_curve": "One row per point of a version's backtest curves, as the report draws them.",
    "history.icp_calibration": "One row per ICP version: where every account starts, and the market's average.",
    "history.icp_comparison": "One row per ICP version and model that it was compared with.",
    "history.icp_criteria": "One row per criterion of each ICP version.",
    "history.icp_evidence": "One row per ICP version, trait and value: the log-odds that the value adds.",
    "history.icp_promotions": "One row per refit: how the new version did against the live one, and what became of it.",
    "history.icp_version_moves": "One row per refit and move: accounts that the new version would put in another tier.",
    "history.icp_score_effects": "One row per ICP version and tenure: sums from which its ranking is compared later.",
    "history.icp_segment_effects": "One row per ICP version, segment and tenure: sums from which drift is told later.",
    "history.icp_trait_shares": "One row per ICP version, trait and value: its share of the market at the time.",
    "history.icp_trigger_effects": "One row per ICP version and trigger: what a fresh one adds.",
    "history.icp_versions": "One row per learned ICP version: when, from what, and whether it scores.",
    "history.icp_warnings": "One row per finding of the learning of a version.",
    "history.runs": "One row per published run.",
    "history.day_contents": "One row per day of an input that grows: a short text that changes with its rows.",
    "history.table_audits": "One row per check of each table: what the last run counted.",
    "history.table_fingerprints": "One row per table: what it was built from; an unchanged one is not built again.",
    "history.tier_changes": "One row per account, ICP and move to another tier, with its cause. Only ever added to.",
    "lake.file": "One row per landed file of this run.",
    "lake.reject": "One row per rejected row or value, by file and line; never the value.",
    "lake.field_values": "One row per record and configured attribute: the columns that icp.yaml asks for.",
    "settings.run": "One row: the day scored for, and every threshold of icp.yaml or its default.",
}

# The same name means the same thing everywhere.
_COLUMNS: dict[str, str] = {
    "accept_reason": "Why a run was published past a guard; NULL where nothing was accepted.",
    "accepted_by": "Who accepted it.",
    "accepted_changes": "What the guard had held, as it was accepted.",
    "account_id": "Account.",
    "as_of": "Day that was scored for.",
    "attribute": "Trait.",
    "auc": "Chance that a good result scored above another.",
    "auc_se": "Standard error of that chance.",
    "brier": "Mean squared error of the probability.",
    "candidate_as_of": "Since when its points lead to another tier.",
    "candidate_tier": "Tier it moves to if its points say so again on a later day.",
    "capture": "Share of all good results that fell into this tier.",
    "cause": "Why.",
    "changed_at": "When the run began (UTC).",
    "check_name": "Rule, as the tag above the column names it.",
    "ci_high": "Upper end of the 90 % interval.",
    "ci_low": "Lower end of the 90 % interval.",
    "code": "What kind of finding.",
    "code_version": "Version of the code and models that ran.",
    "column_name": "Column it is about.",
    "evidence": "The evidence in one sentence.",
    "failing": "Rows that break the rule.",
    "filter_sql": "Which accounts belong to the ICP, as icp.yaml said; NULL for all.",
    "fingerprint": "Changes when the SELECT or anything it reads does.",
    "finished_at": "When the run was published (UTC).",
    "floor_points": "Least that a fresh strong trigger adds, in log-odds.",
    "from_tier": "Tier before; NULL for an account seen for the first time.",
    "has_signal": "Whether held-out accounts were ranked better than chance.",
    "icp_id": "ICP: `primary`, or the name of another one in icp.yaml.",
    "icp_version": "ICP version.",
    "kind": "What kind.",
    "learned_at": "When it was learned (UTC).",
    "level": "Value of the trait.",
    "lift": "Share among the best over share among the worst.",
    "message": "What was found and what to do next.",
    "n": "How many it rests on.",
    "outcome_rate": "Share of them that were won and turned out best.",
    "path": "File, inside the landing folder.",
    "points": "Log-odds it adds.",
    "promoted_at": "When it went live (UTC); NULL while it waits.",
    "q_value": "Expected share of false finds among criteria this clear.",
    "reason": "Why.",
    "record_id": "Id of the record in the CRM.",
    "rows_read": "Data rows in the files.",
    "rows_loaded": "Rows that came through.",
    "rows_rejected": "Rows that could not be used.",
    "run_id": "Run, as `icp versions` lists it.",
    "score": "Fit score that was written.",
    "segment": "The values of the trait that are taken together.",
    "severity": "Whether somebody should act.",
    "share": "Share of the market, 0 to 1.",
    "share_of_market": "Share of the addressable market that meets it.",
    "source_line": "Line in that file; the header is line 1.",
    "source_path": "Landed file, inside the landing folder.",
    "split_at": "The fit saw only what closed up to this day.",
    "started_at": "When the run began (UTC).",
    "status": "State it is in.",
    "subject": "What it is about.",
    "target": "System it goes to: salesforce or hubspot.",
    "tenure_half_years": "How long its customers had been customers, in half years.",
    "tier": "Tier: tier_1, tier_2, tier_3, not_icp or unscored.",
    "tier_since": "Day it came into this tier.",
    "to_tier": "Tier after.",
    "total": "Rows that were judged.",
    "trigger": "What happened; `*strong` and the like stand for every trigger of that strength.",
}

# Where a name alone does not say enough.
_OF_TABLE: dict[str, str] = {
    "history.crm_answers.failed": "Records that the CRM refused; they go out again.",
    "history.crm_answers.file_name": "Name of the result file.",
    "history.crm_answers.file_sha256": "Checksum of its bytes, so that none is read twice.",
    "history.crm_answers.read_at": "When it was read (UTC).",
    "history.crm_answers.run_id": "Run whose import file it answers.",
    "history.crm_answers.succeeded": "Records that the CRM took.",
    "history.icp_backtest.accounts": "Later deals judged in this tier.",
    "history.icp_backtest_curve.curve": "Which curve the point is of.",
    "history.icp_backtest_curve.n": "Deals behind the point.",
    "history.icp_backtest_curve.position": "Order along the curve.",
    "history.icp_backtest_curve.x": "Across.",
    "history.icp_backtest_curve.y": "Up.",
    "history.icp_calibration.market_average": "Mean fit probability of the market when it was learned.",
    "history.icp_calibration.prior_points": "Log-odds of an account of which nothing is known.",
    "history.icp_calibration.slope": "How far the evidence had to be drawn in to be honest on held-out deals.",
    "history.icp_comparison.model": "Name of the model.",
    "history.icp_criteria.kind": "must_have, positive, negative or disqualifier.",
    "history.icp_criteria.n_segment": "Ranked customers that meet it.",
    "history.icp_promotions.auc": "Chance that the new version scores a good result above another.",
    "history.icp_promotions.auc_compared": "The same of the version that was live.",
    "history.icp_promotions.auc_difference_se": "Standard error of their difference on the same deals (DeLong).",
    "history.icp_promotions.compared_with": "Version that was live.",
    "history.icp_promotions.decided_at": "When it was decided, UTC.",
    "history.icp_promotions.good": "Deals among them that were won and turned out best.",
    "history.icp_promotions.is_unseen": "Whether neither had seen these deals; else both had.",
    "history.icp_promotions.judged": "Later deals that both were judged on.",
    "history.icp_promotions.reasons": "Why it did not go live by itself; NULL where it did.",
    "history.icp_promotions.split_at": "Deals after this day were judged.",
    "history.icp_promotions.verdict": "promoted, or proposed (waits for `icp promote`).",
    "history.icp_version_moves.accounts": "Accounts that make this move; also those that keep their tier.",
    "history.icp_version_moves.compared_with": "Version that was live.",
    "history.icp_score_effects.sum_score": "Sum of the scores.",
    "history.icp_score_effects.sum_score_squared": "Sum of their squares.",
    "history.icp_score_effects.sum_score_y": "Sum of the products of score and outcome.",
    "history.icp_score_effects.sum_y": "Sum of the outcomes.",
    "history.icp_score_effects.sum_y_squared": "Sum of their squares.",
    "history.icp_segment_effects.n_outside": "Customers known to be outside the segment.",
    "history.icp_segment_effects.n_segment": "Customers in the segment.",
    "history.icp_segment_effects.sum_y": "Sum of the outcomes in the segment.",
    "history.icp_segment_effects.sum_y_outside": "Sum of the outcomes outside of it.",
    "history.icp_segment_effects.sum_y_squared": "Sum of the squares of all outcomes.",
    "history.icp_versions.basis": "What outcomes it was learned from.",
    "history.icp_versions.cause": "Why it was learned: first fit or refit.",
    "history.icp_versions.live_from": "Day from which it scored.",
    "history.icp_versions.n_customers": "Ranked customers it was learned from.",
    "history.icp_versions.signal_z": "How far beyond chance held-out accounts were ranked, in standard errors.",
    "history.icp_versions.status": "live, proposed (waits for `icp promote`), retired or no_signal.",
    "history.runs.accounts": "Accounts in all.",
    "history.runs.customers": "Customers among them.",
    "history.runs.files": "Landed files.",
    "history.runs.icp_version": "Version of the primary ICP that scored.",
    "history.runs.kind": "refresh, refit or promote.",
    "history.table_audits.severity": "critical stops a run, warning does not.",
    "history.table_audits.table_name": "Table that was judged.",
    "history.day_contents.content": "Changes when the day's rows do.",
    "history.day_contents.day": "The day; empty for rows without one.",
    "history.day_contents.table_name": "The input.",
    "history.table_fingerprints.fingerprint": "Of the SELECT and all that it reads.",
    "history.table_fingerprints.grown_from": "Of the inputs that grow by day.",
    "history.table_fingerprints.rest": "As fingerprint, without the inputs that grow by day.",
    "history.table_fingerprints.table_name": "Table that was built.",
    "history.table_fingerprints.token": "Name of the content: the same as long as the rows are.",
    "history.tier_changes.cause": "new, disqualified, icp_version, data, trigger or evidence.",
    "history.tier_changes.icp_version": "Version that gave the new tier.",
}


def table_meaning(table: TableName) -> str:
    """One sentence on what a row of an input table is."""
    plain = table.table.replace("_", " ")
    other = f"Landed rows of kind {plain}, all text." if table.schema == "lake" else f"From icp.yaml: {plain}."
    return _TABLES.get(str(table), "" if table.schema == "history" else other)


def column_meaning(table: TableName, column: str) -> str:
    """What a column of an input table means; empty where nothing is said, which only `lake` and `settings` may do."""
    return _OF_TABLE.get(f"{table}.{column}") or _COLUMNS.get(column, "")


def unexplained() -> list[str]:
    """Published columns and tables nobody has described, and descriptions of what is not there any more."""
    history = {name: columns for name, columns in INPUTS.items() if name.schema == "history"}
    missing = [str(name) for name in history if not table_meaning(name)]
    missing += [f"{name}.{c}" for name, columns in history.items() for c in columns if not column_meaning(name, c)]
    known = {str(name) for name in INPUTS} | {f"{name}.{c}" for name, columns in INPUTS.items() for c in columns}
    return [*missing, *(f"{name} is described but not there" for name in (*_TABLES, *_OF_TABLE) if name not in known)]
