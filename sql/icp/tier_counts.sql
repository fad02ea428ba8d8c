-- One row per tier and ICP version that is or was live: its accounts while the version was live, and what happened to
-- them, each event in the tier that the account had before.
with
tiers as (
    select
        icp_id,
        icp_version,
        is_live,
        live_from,
        live_until,
        tier,
        count(*) as accounts,
        sum(is_customer) as customers,
        sum(is_covered) as churn_customers
    from icp.tier_accounts
    group by icp_id, icp_version, is_live, live_from, live_until, tier
),

event_counts as (
    select
        icp_id,
        icp_version,
        tier,
        sum(case when event in ('won', 'lost') then 1 else 0 end) as deals_closed,
        sum(case when event = 'won' then 1 else 0 end) as deals_won,
        sum(case when event = 'churned' then 1 else 0 end) as churned,
        count(distinct case when event in ('contacted', 'replied', 'met') then account_id end) as contacted,
        count(distinct case when event = 'replied' then account_id end) as replied,
        count(distinct case when event = 'met' then account_id end) as met,
        cast(sum(case when event = 'won' then sales_cycle_days end) as double)
        / nullif(count(case when event = 'won' then sales_cycle_days end), 0) as mean_cycle_days
    from icp.tier_events
    group by icp_id, icp_version, tier
),

-- Median by position, because not every warehouse has a median: the middle value, or the mean of the middle two.
cycle_places as (
    select
        icp_id,
        icp_version,
        tier,
        sales_cycle_days,
        2 * row_number() over (partition by icp_id, icp_version, tier order by sales_cycle_days, event_id)
        - count(*) over (partition by icp_id, icp_version, tier) as place
    from icp.tier_events
    where event = 'won' and sales_cycle_days is not null
),

cycles as (
    select
        icp_id,
        icp_version,
        tier,
        avg(case when place between 0 and 2 then sales_cycle_days end) as median_cycle_days
    from cycle_places
    group by icp_id, icp_version, tier
)

select
    -- #not_null
    tiers.icp_id,
    -- #not_null
    tiers.icp_version,
    -- Tier before the event. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored] #unique_with[icp_id,icp_version]
    tiers.tier,
    -- Whether the version scores today. #not_null
    tiers.is_live,
    -- Events after this day count. #not_null
    tiers.live_from,
    -- Events up to this day count; NULL while the version is live.
    tiers.live_until,
    -- Accounts that were in the tier on some day of the version. #not_null
    cast(tiers.accounts as bigint) as accounts,
    -- Accounts that were customers while in the tier. #not_null
    cast(tiers.customers as bigint) as customers,
    -- Those whose churn would show in some source. #not_null
    cast(tiers.churn_customers as bigint) as churn_customers,
    -- Customers that left. #not_null
    cast(coalesce(event_counts.churned, 0) as bigint) as churned,
    -- Closed deals of new business. #not_null
    cast(coalesce(event_counts.deals_closed, 0) as bigint) as deals_closed,
    -- Deals won. #not_null
    cast(coalesce(event_counts.deals_won, 0) as bigint) as deals_won,
    -- Median days from creation to close of won deals. #finite
    cycles.median_cycle_days,
    -- Mean days from creation to close of won deals. #finite
    event_counts.mean_cycle_days,
    -- Accounts that were contacted, replied or met. #not_null
    cast(coalesce(event_counts.contacted, 0) as bigint) as contacted,
    -- Accounts that replied. #not_null
    cast(coalesce(event_counts.replied, 0) as bigint) as replied,
    -- Accounts that met. #not_null
    cast(coalesce(event_counts.met, 0) as bigint) as met
from tiers
left join event_counts
    on tiers.icp_id = event_counts.icp_id
    and tiers.icp_version = event_counts.icp_version
    and tiers.tier = event_counts.tier
left join cycles
    on tiers.icp_id = cycles.icp_id and tiers.icp_version = cycles.icp_version and tiers.tier = cycles.tier
