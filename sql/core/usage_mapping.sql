-- One row: how much of the product usage up to the as-of date belongs to a known account.
with
all_usage as (
    select sum(usage_daily.events) as events
    from staging.usage_daily
    cross join settings.run
    where usage_daily.usage_date <= run.as_of
),

mapped_usage as (
    select sum(events) as events
    from core.account_usage_daily
)

select
    -- Events in all files. #not_null
    cast(coalesce(all_usage.events, 0) as bigint) as events,
    -- Events of known accounts. #not_null
    cast(coalesce(mapped_usage.events, 0) as bigint) as mapped_events,
    -- Share of events that belong to a known account; NULL without usage. #between[0,1]
    round(cast(coalesce(mapped_usage.events, 0) as double) / nullif(cast(all_usage.events as double), 0), 6)
        as mapped_share
from all_usage
cross join mapped_usage
