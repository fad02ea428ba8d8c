-- Product usage by group, user and day, per landed file.
-- Events were deduplicated by event id across files when they landed, so rows of several files add up. #by[usage_date]
select
    -- The app's own account id; NULL when the event carried none.
    group_id,
    -- The app's user id.
    user_id,
    -- Day of the events, UTC. #not_null
    usage_date,
    -- Events on that day. #not_null
    events
from lake.usage_daily
