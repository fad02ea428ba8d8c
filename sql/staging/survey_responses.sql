-- Answers to surveys, one row per answer. A response without an id is known by its file and line.
with
ranked as (
    select
        survey_response.*,
        row_number() over (
            partition by coalesce(
                split_part(source_path, '/', 1) || ':' || id, source_path || ':' || cast(source_line as varchar)
            )
            order by
                try_cast(responded_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.survey_response
)

select
    -- Answer: source folder and id. #unique
    coalesce(
        split_part(source_path, '/', 1) || ':' || id, source_path || ':' || cast(source_line as varchar)
    ) as response_id,
    -- CRM id of the account.
    account_key,
    -- Registrable domain of the respondent.
    domain,
    -- nps, csat, ces ...
    lower(trim(survey_type)) as survey_type,
    -- Score as given. #finite
    try_cast(score as double) as score,
    -- When it was answered (UTC).
    try_cast(responded_at as timestamp) as responded_at,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
