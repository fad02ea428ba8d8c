-- What visitors of companies did on the website, one row per event. An event that landed twice is one: it has the id of the
-- other, or its domain, moment, name and page. Of several the first counts.
with
casted as (
    select
        coalesce(source_name, split_part(source_path, '/', 1)) as source_name,
        id as event_id,
        domain,
        event,
        trim(variant) as variant,
        page,
        try_cast(occurred_at as timestamp) as occurred_at,
        source_order,
        source_path,
        source_line
    from lake.web_event
    where domain is not null and not coalesce(try_cast(is_deleted as boolean), false)
),

by_id as (
    select
        casted.*,
        case when event_id is null then 1 else row_number() over (
            partition by source_name, event_id
            order by source_order asc nulls first, source_path asc nulls first, source_line asc nulls first
        ) end as arrival
    from casted
),

by_moment as (
    select
        by_id.*,
        row_number() over (
            partition by domain, occurred_at, event, page
            order by
                source_order asc nulls first,
                source_path asc nulls first,
                source_line asc nulls first
        ) as place
    from by_id
    where arrival = 1 and occurred_at is not null
)

select
    -- Registrable domain of the visitor's company. #not_null
    domain,
    -- When it happened, UTC. #not_null
    occurred_at,
    -- visit, or what the visitor did: demo_request, signup ... #not_null
    event,
    -- Variant that the visitor was shown, as the website says.
    variant,
    -- Path of the page.
    page,
    -- Landed file this row came from. #not_null
    source_path,
    -- Line of the row in that file. #not_null #unique_with[source_path]
    source_line
from by_moment
where place = 1
