-- One row per run that was published: its place among them, and whether it showed an old day because somebody asked for it.
-- A clock that was ahead leaves runs of later days before those of earlier ones; these are of their own day, and count.
with
ordered as (
    select
        runs.run_id,
        runs.sequence,
        runs.as_of,
        max(runs.as_of) over (
            order by runs.sequence asc nulls first, runs.run_id asc nulls first
            rows between unbounded preceding and 1 preceding
        ) as newest_before,
        -- By a day, because the clock is in UTC and the day is that of a time zone.
        abs(date_diff('day', runs.as_of, cast(runs.started_at as date))) <= 1 as is_of_its_day
    from history.runs as runs
)

select
    -- Run. #not_null #unique
    ordered.run_id,
    -- Its place among the publications; NULL in history of releases that gave them none.
    ordered.sequence,
    -- Day that it scored.
    ordered.as_of,
    -- It showed a day before one that had been scored, and not that of its clock: what it decided moved nobody. #not_null
    coalesce(ordered.as_of < ordered.newest_before and not ordered.is_of_its_day, false) as is_look_back
from ordered
