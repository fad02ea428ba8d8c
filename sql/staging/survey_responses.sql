-- Answers to surveys, one row per answer. A response without an id is known by its file and line.
with
casted as (
    select
        coalesce(
            split_part(source_path, '/', 1) || ':' || id, source_path || ':' || cast(source_line as varchar)
        ) as response_id,
        account_key,
        domain,
        lower(trim(survey_type)) as survey_type,
        try_cast(score as double) as score,
        try_cast(responded_at as timestamp) as responded_at,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.survey_response
),

ranked as (
    select
        response_id,
        account_key,
        domain,
        survey_type,
        score,
        responded_at,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by response_id
            order by
                responded_at desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
)

select
    -- Answer, known by its source folder and id. #unique
    response_id,
    -- CRM id of the account.
    account_key,
    -- Registrable domain of the respondent.
    domain,
    -- nps, csat, ces ...
    survey_type,
    -- Score as given. #finite
    score,
    -- Answered, UTC.
    responded_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
