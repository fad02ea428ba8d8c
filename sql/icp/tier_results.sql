-- One row per ICP version that is or was live and tier: what came of its accounts while it was live, by the tier they had
-- before it happened. Intervals are 90 % (Wilson; for the lift on the log scale).
with
run as (
    select as_of, interval_z from settings.run
),

-- Every account that was in the tier on some day of the version, and whether it was a customer then.
exposed as (
    select distinct
        periods.icp_id,
        periods.icp_version,
        periods.is_live,
        periods.live_from,
        periods.live_until,
        intervals.tier,
        intervals.account_id,
        case
            when
                customers.customer_since <= coalesce(intervals.taken_on, run.as_of)
                and coalesce(
                    customers.churned_at > intervals.given_on and customers.churned_at > periods.live_from,
                    not customers.is_churned
                )
                then 1
            else 0
        end as is_customer
    from icp.version_periods as periods
    cross join run
    inner join icp.tier_intervals as intervals
        on periods.icp_id = intervals.icp_id
        and intervals.given_on <= coalesce(periods.live_until, run.as_of)
        and (intervals.taken_on is null or intervals.taken_on > periods.live_from)
    left join core.customers as customers
        on intervals.account_id = customers.account_id and not customers.is_contradictory
    -- A version that another one replaced on its first day never scored a morning.
    where periods.live_until is null or periods.live_until > periods.live_from
),

tiers as (
    select
        icp_id,
        icp_version,
        is_live,
        live_from,
        live_until,
        tier,
        count(distinct account_id) as accounts,
        count(distinct case when is_customer = 1 then account_id end) as customers
    from exposed
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

-- Median by place in the order, as not every warehouse has one: the middle value, or the mean of the middle two.
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
),

counted as (
    select
        tiers.*,
        coalesce(event_counts.deals_closed, 0) as deals_closed,
        coalesce(event_counts.deals_won, 0) as deals_won,
        coalesce(event_counts.churned, 0) as churned,
        coalesce(event_counts.contacted, 0) as contacted,
        coalesce(event_counts.replied, 0) as replied,
        coalesce(event_counts.met, 0) as met,
        event_counts.mean_cycle_days,
        cycles.median_cycle_days,
        -- Who is unscored is no comparison: nobody knows what it is.
        coalesce(sum(case when tiers.tier <> 'unscored' then event_counts.deals_closed end) over (
            partition by tiers.icp_id, tiers.icp_version
        ), 0) - case when tiers.tier <> 'unscored' then coalesce(event_counts.deals_closed, 0) else 0 end as rest_closed,
        coalesce(sum(case when tiers.tier <> 'unscored' then event_counts.deals_won end) over (
            partition by tiers.icp_id, tiers.icp_version
        ), 0) - case when tiers.tier <> 'unscored' then coalesce(event_counts.deals_won, 0) else 0 end as rest_won
    from tiers
    left join event_counts
        on tiers.icp_id = event_counts.icp_id
        and tiers.icp_version = event_counts.icp_version
        and tiers.tier = event_counts.tier
    left join cycles
        on tiers.icp_id = cycles.icp_id and tiers.icp_version = cycles.icp_version and tiers.tier = cycles.tier
),

shares as (
    select icp_id, icp_version, tier, 'win' as measure, deals_won as good, deals_closed as total from counted
    union all
    -- more left than the tier had cannot be
    select icp_id, icp_version, tier, 'churn' as measure, least(churned, customers) as good, customers as total from counted
    union all
    select icp_id, icp_version, tier, 'reply' as measure, replied as good, contacted as total from counted
    union all
    select icp_id, icp_version, tier, 'meeting' as measure, met as good, contacted as total from counted
),

rates as (
    select
        shares.icp_id,
        shares.icp_version,
        shares.tier,
        shares.measure,
        cast(shares.good as double) / nullif(shares.total, 0) as rate,
        cast(shares.total as double) as total,
        run.interval_z as z
    from shares
    cross join run
    where shares.total > 0
),

wilson as (
    select
        rates.*,
        (rate + z * z / (2.0 * nullif(total, 0))) / nullif(1 + z * z / nullif(total, 0), 0) as centre,
        z * sqrt(rate * (1 - rate) / nullif(total, 0) + z * z / (4.0 * nullif(total * total, 0)))
        / nullif(1 + z * z / nullif(total, 0), 0) as width
    from rates
),

intervals as (
    select
        icp_id,
        icp_version,
        tier,
        measure,
        rate,
        round(greatest(0.0, centre - width), 9) as low,
        round(least(1.0, centre + width), 9) as high
    from wilson
),

side_by_side as (
    select
        icp_id,
        icp_version,
        tier,
        max(case when measure = 'win' then rate end) as win_rate,
        max(case when measure = 'win' then low end) as win_rate_low,
        max(case when measure = 'win' then high end) as win_rate_high,
        max(case when measure = 'churn' then rate end) as churn_rate,
        max(case when measure = 'churn' then low end) as churn_rate_low,
        max(case when measure = 'churn' then high end) as churn_rate_high,
        max(case when measure = 'reply' then rate end) as reply_rate,
        max(case when measure = 'reply' then low end) as reply_rate_low,
        max(case when measure = 'reply' then high end) as reply_rate_high,
        max(case when measure = 'meeting' then rate end) as meeting_rate,
        max(case when measure = 'meeting' then low end) as meeting_rate_low,
        max(case when measure = 'meeting' then high end) as meeting_rate_high
    from intervals
    group by icp_id, icp_version, tier
),

-- Half a win more on both sides, so that a tier that never won has an interval too.
lifts as (
    select
        counted.icp_id,
        counted.icp_version,
        counted.tier,
        ln(
            (deals_won + 0.5) / nullif(deals_closed + 0.5, 0) * (rest_closed + 0.5) / nullif(rest_won + 0.5, 0)
        ) as log_lift,
        run.interval_z * sqrt(greatest(
            0.0,
            1.0 / nullif(deals_won + 0.5, 0) - 1.0 / nullif(deals_closed + 0.5, 0)
            + 1.0 / nullif(rest_won + 0.5, 0) - 1.0 / nullif(rest_closed + 0.5, 0)
        )) as half_width
    from counted
    cross join run
    where deals_closed > 0 and rest_closed > 0
)

select
    -- ICP. #not_null
    counted.icp_id,
    -- Version. #not_null
    counted.icp_version,
    -- Tier before the event. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored] #unique_with[icp_id,icp_version]
    counted.tier,
    -- Whether the version scores today. #not_null
    counted.is_live,
    -- Events after this day count. #not_null
    counted.live_from,
    -- Events up to this day count; NULL while the version is live.
    counted.live_until,
    -- Accounts that were in the tier on some day of the version. #not_null
    cast(counted.accounts as bigint) as accounts,
    -- Deals closed, renewals left out. #not_null
    cast(counted.deals_closed as bigint) as deals_closed,
    -- Deals won. #not_null
    cast(counted.deals_won as bigint) as deals_won,
    -- Share of the closed deals that were won. #between[0,1]
    side_by_side.win_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.win_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.win_rate_high,
    -- Deals closed in the other tiers, unscored accounts left out. #not_null
    cast(counted.rest_closed as bigint) as rest_closed,
    -- Deals won there. #not_null
    cast(counted.rest_won as bigint) as rest_won,
    -- Win rate over that of the other tiers, half a win added to both; NULL without deals on both sides. #finite
    round(exp(lifts.log_lift), 9) as win_lift,
    -- Lower end of its interval. #finite
    round(exp(lifts.log_lift - lifts.half_width), 9) as win_lift_low,
    -- Upper end of its interval. #finite
    round(exp(lifts.log_lift + lifts.half_width), 9) as win_lift_high,
    -- Customers that had the tier while they were one. #not_null
    cast(counted.customers as bigint) as customers,
    -- Customers that left. #not_null
    cast(counted.churned as bigint) as churned,
    -- Share of them that left. #between[0,1]
    side_by_side.churn_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.churn_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.churn_rate_high,
    -- Median days from creation to close of won deals. #finite
    counted.median_cycle_days,
    -- Mean days from creation to close of won deals. #finite
    counted.mean_cycle_days,
    -- Accounts that were contacted, replied or met. #not_null
    cast(counted.contacted as bigint) as contacted,
    -- Accounts that replied. #not_null
    cast(counted.replied as bigint) as replied,
    -- Share of contacted accounts that replied. #between[0,1]
    side_by_side.reply_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.reply_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.reply_rate_high,
    -- Accounts that met. #not_null
    cast(counted.met as bigint) as met,
    -- Share of contacted accounts that met. #between[0,1]
    side_by_side.meeting_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.meeting_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.meeting_rate_high
from counted
left join side_by_side
    on counted.icp_id = side_by_side.icp_id
    and counted.icp_version = side_by_side.icp_version
    and counted.tier = side_by_side.tier
left join lifts
    on counted.icp_id = lifts.icp_id and counted.icp_version = lifts.icp_version and counted.tier = lifts.tier
