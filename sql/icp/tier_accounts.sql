-- One row per ICP version, tier and account that was in it on some day of the version: whether it was a customer then.
-- An account that returned to a tier has one row, with what it was on any of its stays.
with
stays as (
    select
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
        end as is_customer,
        case
            when
                customers.is_churned
                or customers.churn_known_until >= greatest(intervals.given_on, periods.live_from)
                then 1
            else 0
        end as is_known
    from icp.version_periods as periods
    cross join settings.run as run
    inner join icp.tier_intervals as intervals
        on periods.icp_id = intervals.icp_id
        and intervals.given_on <= coalesce(periods.live_until, run.as_of)
        and (intervals.taken_on is null or intervals.taken_on > periods.live_from)
    left join core.customers as customers
        on intervals.account_id = customers.account_id and not customers.is_contradictory
    -- A version that was replaced on its first day never scored a morning.
    where periods.live_until is null or periods.live_until > periods.live_from
)

select
    -- #not_null
    icp_id,
    -- #not_null
    icp_version,
    -- Whether the version scores today. #not_null
    is_live,
    -- Events after this day count. #not_null
    live_from,
    -- Events up to this day count; NULL while the version is live.
    live_until,
    -- The tier. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    tier,
    -- #not_null #unique_with[icp_id,icp_version,tier]
    account_id,
    -- 1 if it was a customer while in the tier. #not_null #accepted[0,1]
    cast(max(is_customer) as integer) as is_customer,
    -- 1 if it was one and its churn would show in some source. #not_null #accepted[0,1]
    cast(max(is_customer * is_known) as integer) as is_covered
from stays
group by icp_id, icp_version, is_live, live_from, live_until, tier, account_id
