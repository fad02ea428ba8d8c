-- What visitors from companies did on the website, one row per event. An event that landed twice counts once: by its
-- id, or by its domain, moment, name and page; the first counts.
with
by_id as (
    select
        web_event.*,
        case when id is null then 1 else row_number() over (
            partition by coalesce(source_name, split_part(source_path, '/', 1)), id
            order by source_order asc nulls first, source_path asc nulls first, source_line asc nulls first
        ) end as arrival
    from lake.web_event
    where domain is not null and not coalesce(try_cast(is_deleted as boolean), false)
),

by_moment as (
    select
        by_id.*,
        row_number() over (
            partition by domain, try_cast(occurred_at as timestamp), event, page
            order by source_order asc nulls first, source_path asc nulls first, source_line asc nulls first
        ) as place
    from by_id
    where arrival = 1 and try_cast(occurred_at as timestamp) is not null
)

select
    -- Registrable domain of the visitor's company. #not_null
    domain,
    -- When it happened, UTC. #not_null
    try_cast(occurred_at as timestamp) as occurred_at,
    -- visit, or what the visitor did: demo_request, signup ... #not_null
    event,
    -- Variant that the visitor was shown, as the website says.
    trim(variant) as variant,
    -- Path of the page.
    page,
    -- #not_null
    source_path,
    -- #not_null #unique_with[source_path]
    source_line
from by_moment
where place = 1
