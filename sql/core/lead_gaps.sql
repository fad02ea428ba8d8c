-- Always empty: what accounts have and leads do not (deals, trials, triggers, engagement, cases). Lead models that are
-- twins of account models read it in place of the accounts' tables.
select
    cast(null as varchar) as lead_id,
    cast(null as varchar) as icp_id,
    -- Deciding deal.
    cast(null as varchar) as deal_id,
    -- Day the deal was opened.
    cast(null as date) as opened_on,
    -- Whether the deal is closed.
    cast(null as boolean) as is_closed,
    -- Contacts of the deal.
    cast(null as bigint) as committee_size,
    -- Source of the deal.
    cast(null as varchar) as lead_source,
    -- System of an account's record.
    cast(null as varchar) as source_system,
    -- What that system has of an account.
    cast(null as varchar) as carrier,
    -- Day of its first deal there.
    cast(null as date) as known_at,
    -- Active days of a trial.
    cast(null as bigint) as trial_active_days,
    -- Last of them.
    cast(null as date) as last_trial_day,
    -- Trigger.
    cast(null as varchar) as trigger,
    -- Rank of the trigger.
    cast(null as integer) as trigger_rank,
    -- Age of the trigger.
    cast(null as integer) as age_days,
    -- Log-odds.
    cast(null as decimal(18, 9)) as points,
    -- Log-odds that a trigger adds.
    cast(null as decimal(18, 9)) as counted_points,
    -- Log-odds that a possible trigger adds.
    cast(null as decimal(18, 9)) as trigger_added,
    -- Level of engagement.
    cast(null as integer) as engagement_level,
    -- What is supposed.
    cast(null as varchar) as case_kind,
    -- Trait that is supposed.
    cast(null as varchar) as attribute,
    -- Value that is supposed.
    cast(null as varchar) as segment,
    -- Log-odds that it adds.
    cast(null as decimal(18, 9)) as fit_added,
    -- Of them what is about the way it buys.
    cast(null as decimal(18, 9)) as process_added,
    -- Criteria's traits that it makes known.
    cast(null as integer) as criteria_added,
    -- Whether it disqualifies.
    cast(null as boolean) as disqualifies,
    -- Whether it objects.
    cast(null as boolean) as objects,
    -- Version of an earlier standing.
    cast(null as varchar) as icp_version,
    -- Fit of an earlier standing.
    cast(null as decimal(18, 9)) as fit_points,
    -- Log-odds of triggers in an earlier standing.
    cast(null as decimal(18, 9)) as trigger_score,
    -- Kind of a change since.
    cast(null as varchar) as kind,
    -- What changed.
    cast(null as varchar) as piece,
    -- By how much it changed the fit.
    cast(null as decimal(18, 9)) as fit_change,
    -- By how much it changed the triggers.
    cast(null as decimal(18, 9)) as trigger_change,
    -- By how much it changed what is about the way it buys.
    cast(null as decimal(18, 9)) as process_change
from settings.run
where run.as_of is null
