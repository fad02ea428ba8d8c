-- One row per day on which a CRM's deals were imported from elsewhere: at least five deals were created that day after
-- they had closed, and these are half or more of the closed deals created then. Deals created on such a day have no
-- known day of creation.
with
created_deals as (
    select
        source_deals.source_system,
        cast(source_deals.created_at as date) as created_on,
        case when cast(source_deals.created_at as date) > source_deals.closed_at then 1 else 0 end as is_late
    from core.source_deals
    cross join settings.run
    where
        source_deals.is_closed
        and source_deals.closed_at <= run.as_of
        and cast(source_deals.created_at as date) <= run.as_of
)

select
    -- salesforce, hubspot or the key under `sources:`. #not_null
    source_system,
    -- The day. #not_null #unique_with[source_system]
    created_on,
    -- Closed deals created that day. #not_null
    count(*) as deals,
    -- Those that had closed before it. #not_null
    cast(sum(is_late) as bigint) as late_deals
from created_deals
group by source_system, created_on
having sum(is_late) >= 5 and 2 * sum(is_late) >= count(*)
