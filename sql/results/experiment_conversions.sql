-- One row per experiment, account and kind of event: what accounts did in the 28 days that count, once those are over.
-- What a past run counted stays: an account that later changed from no to yes would invalidate the evidence.
with
kept as (
    select
        outcomes.experiment,
        accounts.now_account_id as account_id,
        outcomes.event,
        min(outcomes.happened_on) as happened_on
    from history.experiment_outcomes as outcomes
    inner join activation.experiment_accounts as accounts on outcomes.account_id = accounts.account_id
    where outcomes.event is not null
    group by outcomes.experiment, accounts.now_account_id, outcomes.event
),

found as (
    select entries.experiment, entries.account_id, days.event, min(days.happened_on) as happened_on
    from results.experiment_entries as entries
    inner join core.account_web_days as days
        on entries.account_id = days.account_id
        and days.happened_on between entries.entered_on and entries.counted_until
    where entries.is_closed and not entries.was_closed and days.event <> 'visit'
    group by entries.experiment, entries.account_id, days.event
)

select
    -- Experiment. #not_null
    conversions.experiment,
    -- #not_null
    conversions.account_id,
    -- What it did. #not_null #unique_with[experiment,account_id]
    conversions.event,
    -- Day it first did so. #not_null
    conversions.happened_on,
    -- Whether this run counted it for the first time. #not_null
    conversions.is_new
from (
    select experiment, account_id, event, happened_on, false as is_new from kept
    union all
    select experiment, account_id, event, happened_on, true as is_new from found
) as conversions
