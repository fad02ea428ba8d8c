-- One row per audience and account that was in it after the last published run, by the log of changes.
with
ranked as (
    select
        changes.audience,
        changes.account_id,
        changes.change,
        changes.as_of,
        row_number() over (
            partition by changes.audience, changes.account_id
            order by coalesce(runs.sequence, 0) desc, changes.run_id desc
        ) as recency
    from history.audience_changes as changes
    left join history.runs as runs on changes.run_id = runs.run_id
)

select
    -- Audience. #not_null
    ranked.audience,
    -- Account that was in it. #not_null #unique_with[audience]
    ranked.account_id,
    -- Day it came in. #not_null
    ranked.as_of as added_on
from ranked
where ranked.recency = 1 and ranked.change = 'added'
