-- One row per ICP and event of an account while a version was live, with the tier the account had before.
with
run as (
    select as_of from settings.run
),

happenings as (
    select
        deals.account_id,
        case when deals.is_won then 'won' else 'lost' end as event,
        deals.deal_id as event_id,
        deals.closed_at as happened_on,
        deals.sales_cycle_days
    from core.deals as deals
    where
        deals.is_closed
        and deals.is_won is not null
        and deals.deal_role = 'new_business'
    union all
    select
        account_id,
        'churned' as event,
        account_id as event_id,
        cast(churned_at as date) as happened_on,
        null as sales_cycle_days
    from core.customers
    where churned_at is not null and not is_contradictory
    union all
    -- Visits and trials come from the account itself; the others are about outreach. One row per account, kind and day.
    select distinct
        account_id,
        case kind when 'reply' then 'replied' when 'meeting' then 'met' else 'contacted' end as event,
        account_id || ' ' || cast(happened_on as varchar) as event_id,
        happened_on,
        null as sales_cycle_days
    from core.account_engagement
    where kind not in ('visit', 'trial')
)

select
    -- #not_null
    intervals.icp_id,
    -- Version that was live. #not_null
    periods.icp_version,
    -- #not_null
    happenings.account_id,
    -- What happened, such as new_executive. #not_null #accepted[won,lost,churned,contacted,replied,met]
    happenings.event,
    -- The deal, or the account (and day). #not_null #unique_with[icp_id,event]
    happenings.event_id,
    -- When. #not_null
    happenings.happened_on,
    -- Tier on the day before. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    intervals.tier,
    -- Days from creation to close, for deals.
    happenings.sales_cycle_days
from happenings
cross join run
inner join icp.tier_intervals as intervals
    on happenings.account_id = intervals.account_id
    and happenings.happened_on > intervals.given_on
    and (intervals.taken_on is null or happenings.happened_on <= intervals.taken_on)
inner join icp.version_periods as periods
    on intervals.icp_id = periods.icp_id
    and happenings.happened_on > periods.live_from
    and (periods.live_until is null or happenings.happened_on <= periods.live_until)
where happenings.happened_on <= run.as_of
