-- Technologies seen on a domain, one row per domain and technology.
-- Of several files the latest look by the as-of date wins, else the later file or line.
with
ranked as (
    select
        builtwith_technology.*,
        row_number() over (
            partition by domain, replace(lower(trim(technology)), '_', ' ')
            order by
                case when try_cast(last_indexed as date) > run.as_of then 1 else 0 end asc,
                try_cast(last_indexed as date) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.builtwith_technology
    cross join settings.run
)

select
    -- Registrable domain. #not_null #unique_with[technology_key]
    domain,
    -- Technology in lower case with spaces, for matching. #not_null
    replace(lower(trim(technology)), '_', ' ') as technology_key,
    -- Technology as the vendor spells it. #not_null
    trim(technology) as technology,
    -- The vendor's category.
    trim(category) as category,
    -- Whether it was in use when the vendor last looked. #not_null
    coalesce(try_cast(is_live as boolean), true) as is_live,
    -- First seen.
    try_cast(first_detected as date) as first_detected,
    -- Last seen.
    try_cast(last_found as date) as last_found,
    -- Last time the vendor looked.
    try_cast(last_indexed as date) as last_indexed,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
