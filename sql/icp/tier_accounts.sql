-- One row per ICP version, tier and account that was in it on some day of the version: whether it was a customer then.
select distinct
    -- ICP. #not_null
    periods.icp_id,
    -- Version. #not_null
    periods.icp_version,
    -- Whether the version scores today. #not_null
    periods.is_live,
    -- Events after this day count. #not_null
    periods.live_from,
    -- Events up to this day count; NULL while the version is live.
    periods.live_until,
    -- The tier. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    intervals.tier,
    -- The account. #not_null
    intervals.account_id,
    -- 1 where it was a customer while it had the tier. #not_null #accepted[0,1]
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
    -- 1 where a source would say that it left while it had the tier. #not_null #accepted[0,1]
    case
        when
            customers.is_churned
            or customers.churn_known_until >= greatest(intervals.given_on, periods.live_from)
            then 1
        else 0
    end as is_covered
from icp.version_periods as periods
cross join settings.run as run
inner join icp.tier_intervals as intervals
    on periods.icp_id = intervals.icp_id
    and intervals.given_on <= coalesce(periods.live_until, run.as_of)
    and (intervals.taken_on is null or intervals.taken_on > periods.live_from)
left join core.customers as customers
    on intervals.account_id = customers.account_id and not customers.is_contradictory
-- A version that another one replaced on its first day never scored a morning.
where periods.live_until is null or periods.live_until > periods.live_from
