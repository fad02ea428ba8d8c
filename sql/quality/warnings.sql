-- One row per finding of this run that somebody should know; it is repeated by every run for as long as it is true.
with
findings as (
    select code, severity, message, subject from quality.signal_warnings
    union all
    select code, severity, message, subject from quality.profile_warnings
    union all
    select code, severity, message, subject from quality.version_warnings
    union all
    select code, severity, message, subject from quality.life_warnings
    union all
    select code, severity, message, subject from quality.drift_warnings
    union all
    select code, severity, message, subject from quality.attribute_warnings
    union all
    select code, severity, message, subject from quality.outcome_warnings
    union all
    select code, severity, message, subject from quality.tier_warnings
    union all
    select code, severity, message, subject from quality.reading_warnings
    union all
    select code, severity, message, subject from quality.clock_warnings
    union all
    select code, severity, message, subject from quality.file_warnings
    union all
    select code, severity, message, subject from quality.value_warnings
    union all
    select code, severity, message, subject from quality.record_warnings
    union all
    select code, severity, message, subject from quality.repeat_warnings
    union all
    select code, severity, message, subject from quality.parent_warnings
    union all
    select code, severity, message, subject from quality.relationship_warnings
    union all
    select code, severity, message, subject from quality.customer_warnings
    union all
    select code, severity, message, subject from quality.deal_warnings
    union all
    select code, severity, message, subject from quality.deal_file_warnings
    union all
    select code, severity, message, subject from quality.amount_warnings
    union all
    select code, severity, message, subject from quality.subscription_warnings
    union all
    select code, severity, message, subject from quality.activation_warnings
    union all
    select code, severity, message, subject from quality.experiment_warnings
    union all
    select code, severity, message, subject from quality.claim_warnings
    union all
    select code, severity, message, subject from quality.voice_warnings
    union all
    select code, severity, message, subject from quality.text_warnings
)

select
    -- What kind of finding, such as NO_SIGNAL, TOO_FEW_CUSTOMERS, LEAKY_ATTRIBUTE, ICP_TOO_BROAD, ICP_STALE. #not_null
    findings.code,
    -- #not_null #accepted[warning,info]
    findings.severity,
    -- #not_null
    findings.message,
    -- What it is about: an ICP, an attribute, a file, a domain, a record.
    findings.subject
from findings
