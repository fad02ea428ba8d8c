-- One row per month, tier, industry and kind of event: accounts that visited in that month, and those that converted in
-- it. The tier is the one before the account's first visit of the month.
with
months as (
    select
        account_id,
        cast(date_trunc('month', happened_on) as date) as month,
        min(happened_on) as came_on,
        sum(case when event = 'visit' then events else 0 end) as visits
    from core.account_web_days
    group by account_id, cast(date_trunc('month', happened_on) as date)
),

industries as (
    select account_id, min(level) as industry
    from core.account_attributes
    where attribute = 'industry' and not is_blank
    group by account_id
),

visitors as (
    select months.account_id, months.month, months.visits, coalesce(intervals.tier, 'none') as tier, industries.industry
    from months
    left join industries on months.account_id = industries.account_id
    left join icp.tier_intervals as intervals
        on months.account_id = intervals.account_id
        and intervals.icp_id = 'primary'
        and months.came_on > intervals.given_on
        and (intervals.taken_on is null or months.came_on <= intervals.taken_on)
),

conversions as (
    select distinct account_id, cast(date_trunc('month', happened_on) as date) as month, event
    from core.account_web_days
    where event <> 'visit'
    union all
    select distinct account_id, cast(date_trunc('month', happened_on) as date) as month, 'any' as event
    from core.account_web_days
    where event <> 'visit'
),

events as (
    select distinct event from conversions
),

counts as (
    select
        visitors.month,
        visitors.tier,
        visitors.industry,
        events.event,
        sum(visitors.visits) as visits,
        count(*) as visitors,
        count(conversions.account_id) as conversions,
        cast(count(conversions.account_id) as double) / nullif(count(*), 0) as rate
    from visitors
    cross join events
    left join conversions
        on visitors.account_id = conversions.account_id
        and visitors.month = conversions.month
        and events.event = conversions.event
    group by visitors.month, visitors.tier, visitors.industry, events.event
),

wilson as (
    select
        counts.*,
        (rate + z * z / (2.0 * nullif(visitors, 0))) / nullif(1 + z * z / nullif(visitors, 0), 0) as centre,
        z * sqrt(rate * (1 - rate) / nullif(visitors, 0) + z * z / (4.0 * nullif(visitors * visitors, 0)))
        / nullif(1 + z * z / nullif(visitors, 0), 0) as width
    from counts
    cross join (select interval_z as z from settings.run) as run
)

select
    -- First day of the month. #not_null
    month,
    -- Tier of the primary ICP before the first visit of the month; none before the first scoring. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored,none]
    tier,
    -- Industry today, as in core.account_attributes; NULL if unknown.
    industry,
    -- Event that counts as a conversion; `any` is every event that is not a visit. #not_null
    -- #unique_with[month,tier,industry]
    event,
    -- Visits. #not_null
    cast(visits as bigint) as visits,
    -- Accounts that visited or converted in the month. #not_null
    visitors,
    -- Visitors that converted in the month. #not_null
    conversions,
    -- Share of the visitors that converted. #not_null #between[0,1]
    rate,
    -- Lower end of its 90 % interval (Wilson). #not_null #between[0,1]
    round(greatest(0.0, centre - width), 9) as rate_low,
    -- Upper end of its interval. #not_null #between[0,1]
    round(least(1.0, centre + width), 9) as rate_high
from wilson
