-- Product usage that a warehouse has counted, one row per group, user and day. Of several rows that of the newest file
-- counts. #by[usage_date]
with
ranked as (
    select
        group_id,
        user_id,
        usage_date,
        events,
        row_number() over (
            partition by usage_date, group_id, user_id order by source_order desc, source_path desc, source_line desc
        ) as place
    from lake.usage_count
)

select
    -- The app's own account id; NULL if unknown.
    group_id,
    -- The app's user id.
    user_id,
    -- Day of the events, UTC. #not_null #unique_with[group_id,user_id]
    usage_date,
    -- Events on that day. #not_null #between[0,1000000000000000]
    events
from ranked
where place = 1
