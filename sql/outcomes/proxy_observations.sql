-- One row per account that went far enough, or clearly not, to stand in for outcomes while there are no customers to
-- rank. Good: won, a deal in a late stage, or an engaged trial. Bad: lost before a late stage, or touched three times
-- without an answer. Between: no more than a meeting or a reply. Other accounts have no row.
with
judged_deals as (
    select
        deals.account_id,
        coalesce(deals.opened_on, deals.closed_at) as happened_on,
        case
            when deals.is_won then 2
            when advanced_deals.deal_id is not null then 2
            when deals.is_closed then 0
        end as level
    from core.deals as deals
    left join core.advanced_deals as advanced_deals on deals.deal_id = advanced_deals.deal_id
    where deals.deal_role = 'new_business'
),

engagement_counts as (
    select
        account_id,
        min(happened_on) as happened_on,
        sum(case when kind = 'trial' then 1 else 0 end) as trials,
        sum(case when kind in ('meeting', 'reply') then 1 else 0 end) as answers,
        sum(case when kind = 'touch' then 1 else 0 end) as touches,
        count(*) as rows_seen
    from core.account_engagement
    group by account_id
),

judged_engagement as (
    select
        account_id,
        happened_on,
        case
            when trials > 0 then 2
            when answers > 0 then 1
            -- A visit is a kind of answer, but too little to count as good.
            when touches >= 3 and touches = rows_seen then 0
        end as level
    from engagement_counts
),

-- The first days of a trial are not the trait but the outcome here.
judged_trials as (
    select account_id, last_trial_day as happened_on, 2 as level
    from core.account_trial_usage
    where trial_active_days >= 3
),

judged_customers as (
    select account_id, customer_since as happened_on, 2 as level
    from core.customers
),

judged as (
    select account_id, happened_on, level from judged_deals
    union all
    select account_id, happened_on, level from judged_engagement
    union all
    select account_id, happened_on, level from judged_trials
    union all
    select account_id, happened_on, level from judged_customers
),

accounts as (
    select
        account_id,
        max(level) as level,
        min(cast(happened_on as date)) as observed_at
    from judged
    where level is not null
    group by account_id
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[proxy]
    'proxy' as outcome,
    -- The account_id. #not_null #unique
    accounts.account_id as observation_id,
    -- #not_null
    accounts.account_id,
    -- First day of the deal, trial or touch that decided; later facts do not count.
    accounts.observed_at,
    -- 2 good, 0 between, -2 bad: steps in log-odds where good and bad are about as frequent. #not_null #between[-2,2]
    cast(2 * (accounts.level - 1) as double) as y,
    -- Won, advanced, or in an engaged trial. #not_null
    accounts.level = 2 as is_best,
    -- Lost early, or never answered. #not_null
    accounts.level = 0 as is_worst,
    -- Ultimate parent of the account: itself where it has no relatives. #not_null
    case when parents.accounts > 1 then parents.ultimate_parent_id else accounts.account_id end as ultimate_parent_id,
    -- Unit of observation: the ultimate parent. #not_null
    case when parents.accounts > 1 then parents.ultimate_parent_id else accounts.account_id end as cluster_id
from accounts
left join core.account_parents as parents on accounts.account_id = parents.account_id
