-- Product usage by group, user and day, per landed file. Events were deduplicated by event id across files when they
-- landed, so rows of several files add up; days counted by a warehouse are added. #by[usage_date]
with
usage_days as (
    select group_id, user_id, usage_date, events from lake.usage_daily
    union all
    select group_id, user_id, usage_date, events from staging.usage_counts
    where events > 0
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
from usage_days
