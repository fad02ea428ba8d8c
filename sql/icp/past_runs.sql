-- One row per run that was published: its place among them, and whether it showed an old day because somebody asked for it.
-- A clock that was ahead leaves runs of later days before those of earlier ones; these are of their own day, and count.
with
ordered as (
    select
        runs.run_id,
        runs.sequence,
        runs.as_of,
        runs.started_at,
        max(runs.as_of) over (
            order by runs.sequence asc nulls first, runs.run_id asc nulls first
            rows between unbounded preceding and 1 preceding
        ) as newest_before,
        -- By date, because the clock is in UTC and the day is in a time zone.
        abs(date_diff('day', runs.as_of, cast(runs.started_at as date))) <= 1 as is_of_its_day
    from history.runs as runs
),

judged as (
    select
        ordered.*,
        coalesce(ordered.as_of < ordered.newest_before and not ordered.is_of_its_day, false) as is_look_back
    from ordered
)

select
    -- Run. #not_null #unique
    judged.run_id,
    -- Its place among the publications; NULL in history of releases that gave them none.
    judged.sequence,
    -- Day that it scored.
    judged.as_of,
    -- When it started (UTC), by its clock.
    judged.started_at,
    -- It showed a day before one that had been scored, and not that of its clock. #not_null
    judged.is_look_back,
    -- Day from which what it decided counts: its own, or that of a later run where a clock was ahead; for a look at an
    -- old day, the newest day that had been scored, for nobody acted on it before.
    min(case when judged.is_look_back then judged.newest_before else judged.as_of end) over (
        order by judged.sequence asc nulls first, judged.run_id asc nulls first
        rows between current row and unbounded following
    ) as counted_on
from judged
