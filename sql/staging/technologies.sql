-- Technologies seen on a domain, one row per domain and technology.
-- Of several files the latest look by the as-of date wins, else the later file or line.
with
casted as (
    select
        domain,
        replace(lower(trim(technology)), '_', ' ') as technology_key,
        trim(technology) as technology,
        trim(category) as category,
        coalesce(try_cast(is_live as boolean), true) as is_live,
        try_cast(first_detected as date) as first_detected,
        try_cast(last_found as date) as last_found,
        try_cast(last_indexed as date) as last_indexed,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.builtwith_technology
),

ranked as (
    select
        domain,
        technology_key,
        technology,
        category,
        is_live,
        first_detected,
        last_found,
        last_indexed,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by domain, technology_key
            order by
                case when cast(last_indexed as date) > run.as_of then 1 else 0 end asc,
                last_indexed desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
    cross join settings.run
)

select
    -- Registrable domain. #not_null #unique_with[technology_key]
    domain,
    -- Technology in lower case with spaces, for matching. #not_null
    technology_key,
    -- Technology as the vendor spells it. #not_null
    technology,
    -- The vendor's category.
    category,
    -- Still there when the vendor last looked. #not_null
    is_live,
    -- First seen.
    first_detected,
    -- Last seen.
    last_found,
    -- Last time the vendor looked.
    last_indexed,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
