-- Product usage by group, user and day, per landed file.
-- Events were deduplicated by event id across files when they landed, so rows of several files add up. #by[usage_date]
with
casted as (
    select
        group_id,
        user_id,
        try_cast(usage_date as date) as usage_date,
        try_cast(events as bigint) as events
    from lake.usage_daily
)

select
    -- The app's own account id; NULL when the event carried none.
    group_id,
    -- The app's user id.
    user_id,
    -- Day of the events, UTC. #not_null
    usage_date,
    -- Events on that day. #not_null
    events
from casted
