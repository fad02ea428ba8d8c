-- One row per experiment, segment and kind of event: accounts and conversions by arm, from which experiments are
-- judged. Segment `all` is all accounts, event `any` every event that is not a visit. Segments of fewer than ten
-- accounts are left out.
with
shares as (
    select experiment, min(holdout) as holdout
    from (
        select experiment, holdout from history.experiment_assignments
        union all
        select experiment, holdout from activation.experiment_arms
        union all
        select experiment, holdout from settings.experiments
    ) as known
    -- Without a holdout there is nothing to compare with.
    where holdout > 0 and holdout < 1
    group by experiment
),

entrants as (
    select experiment, account_id, arm, tier, industry, employees, region, is_closed
    from results.experiment_entries
    where left_out is null
),

memberships as (
    select experiment, account_id, arm, is_closed, 'all' as attribute, 'all' as segment
    from entrants
    union all
    select experiment, account_id, arm, is_closed, 'tier' as attribute, tier as segment
    from entrants
    where tier is not null
    union all
    select experiment, account_id, arm, is_closed, 'industry' as attribute, industry as segment
    from entrants
    where industry is not null
    union all
    select experiment, account_id, arm, is_closed, 'employees' as attribute, employees as segment
    from entrants
    where employees is not null
    union all
    select experiment, account_id, arm, is_closed, 'region' as attribute, region as segment
    from entrants
    where region is not null
),

conversions as (
    select experiment, account_id, event
    from results.experiment_conversions
    union all
    select distinct experiment, account_id, 'any' as event
    from results.experiment_conversions
),

-- The main question has a row before anybody has entered.
segments as (
    select experiment, attribute, segment from memberships group by experiment, attribute, segment having count(*) >= 10
    union distinct
    select experiment, 'all' as attribute, 'all' as segment from shares
),

events as (
    select distinct experiment, event from conversions
    union distinct
    select experiment, 'any' as event from shares
),

accounts as (
    select
        experiment,
        attribute,
        segment,
        sum(case when arm = 'personalised' then 1 else 0 end) as entered_personalised,
        sum(case when arm = 'holdout' then 1 else 0 end) as entered_holdout,
        sum(case when arm = 'personalised' and is_closed then 1 else 0 end) as accounts_personalised,
        sum(case when arm = 'holdout' and is_closed then 1 else 0 end) as accounts_holdout
    from memberships
    group by experiment, attribute, segment
),

converted as (
    select
        memberships.experiment,
        memberships.attribute,
        memberships.segment,
        conversions.event,
        sum(case when memberships.arm = 'personalised' then 1 else 0 end) as conversions_personalised,
        sum(case when memberships.arm = 'holdout' then 1 else 0 end) as conversions_holdout
    from memberships
    inner join conversions
        on memberships.experiment = conversions.experiment and memberships.account_id = conversions.account_id
    where memberships.is_closed
    group by memberships.experiment, memberships.attribute, memberships.segment, conversions.event
)

select
    -- Experiment. #not_null
    segments.experiment,
    -- What the segment is a value of: all, tier, industry, employees or region. #not_null
    segments.attribute,
    -- Segment, as it was when the accounts entered. #not_null
    segments.segment,
    -- Event that counts as a conversion; `any` is every event that is not a visit. #not_null
    -- #unique_with[experiment,attribute,segment]
    events.event,
    -- Share of accounts in the holdout. #not_null #between[0,1]
    shares.holdout,
    -- Accounts that entered the personalised arm, including those whose 28 days are not over. #not_null
    cast(coalesce(accounts.entered_personalised, 0) as bigint) as entered_personalised,
    -- Accounts that entered the holdout, including those whose 28 days are not over. #not_null
    cast(coalesce(accounts.entered_holdout, 0) as bigint) as entered_holdout,
    -- Accounts of the personalised arm whose 28 days are over. #not_null
    cast(coalesce(accounts.accounts_personalised, 0) as bigint) as accounts_personalised,
    -- Accounts of the holdout whose 28 days are over. #not_null
    cast(coalesce(accounts.accounts_holdout, 0) as bigint) as accounts_holdout,
    -- Those of the personalised arm that converted in their 28 days. #not_null
    cast(coalesce(converted.conversions_personalised, 0) as bigint) as conversions_personalised,
    -- Those of the holdout that converted in their 28 days. #not_null
    cast(coalesce(converted.conversions_holdout, 0) as bigint) as conversions_holdout
from segments
inner join events on segments.experiment = events.experiment
inner join shares on segments.experiment = shares.experiment
left join accounts
    on segments.experiment = accounts.experiment
    and segments.attribute = accounts.attribute
    and segments.segment = accounts.segment
left join converted
    on segments.experiment = converted.experiment
    and segments.attribute = converted.attribute
    and segments.segment = converted.segment
    and events.event = converted.event
