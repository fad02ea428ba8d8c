-- One row per run in the order of publication, whatever its clock said; last the run in progress.
with
runs as (
    select run_id, sequence, as_of, started_at, finished_at, false as is_current
    from history.runs
    union all
    select
        run_id,
        cast(null as bigint) as sequence,
        as_of,
        clock_at as started_at,
        cast(null as timestamp) as finished_at,
        true as is_current
    from settings.run
)

select
    -- Run. #not_null #unique
    run_id,
    -- Place in the order of publication. #not_null #unique
    cast(
        row_number() over (order by is_current asc nulls first, sequence asc nulls first, run_id asc nulls first) as bigint
    ) as place,
    -- Number of its publication; NULL for the run in progress, and in history of releases that did not number their runs.
    sequence,
    -- Day that it scored.
    as_of,
    -- When it started (UTC), by its clock.
    started_at,
    -- When it was about to be published, by the same clock; NULL for the run in progress.
    finished_at,
    -- Whether it is the run in progress. #not_null
    is_current,
    -- Whether it scored the day of its clock; otherwise somebody asked for that day. By a day, because the clock is in UTC
    -- and the day is that of a time zone. #not_null
    coalesce(abs(date_diff('day', as_of, cast(started_at as date))) <= 1, true) as is_of_its_day
from runs
