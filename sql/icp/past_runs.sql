-- One row per published run: its order of publication, whether it showed an old day on request, and from which day on its
-- decisions count. A wrong clock dates runs ahead of or behind those around them; the order of publication is always right.
with
placed as (
    select
        runs.*,
        lag(as_of) over (order by place asc nulls first) as as_of_before,
        max(as_of) over (order by place asc nulls first rows between unbounded preceding and 1 preceding) as newest_before
    from icp.run_order as runs
),

-- Of a run dated before an earlier one: the first run after it that is dated as late as that one again.
returns as (
    select earlier.place, min(later.place) as place_of_return
    from placed as earlier
    inner join placed as later on later.place > earlier.place and later.as_of >= earlier.newest_before
    where earlier.as_of < earlier.newest_before
    group by earlier.place
),

judged as (
    select
        placed.*,
        coalesce(placed.as_of < placed.newest_before and not placed.is_of_its_day, false) as is_look_back,
        -- Back where it was by one leap: its clock was behind. Back night by night, or far beyond: one before was ahead.
        coalesce(
            2 * date_diff('day', back.as_of_before, back.as_of) > date_diff('day', placed.as_of, placed.newest_before)
            and 2 * date_diff('day', placed.newest_before, back.as_of) < date_diff('day', placed.as_of, placed.newest_before),
            false
        ) as is_behind
    from placed
    left join returns on placed.place = returns.place
    left join placed as back on returns.place_of_return = back.place
),

counted as (
    select
        judged.*,
        min(case when is_look_back or is_behind then newest_before else as_of end) over (
            order by place asc nulls first rows between current row and unbounded following
        ) as counted_on
    from judged
)

select
    -- Run. #not_null #unique
    counted.run_id,
    -- Order of publication; NULL in history of releases that did not number their runs.
    counted.sequence,
    -- Day that it scored.
    counted.as_of,
    -- When it started (UTC), by its clock.
    counted.started_at,
    -- It showed a day before one already scored, and not the day of its clock. #not_null
    counted.is_look_back,
    -- Day from which its decisions count: its own. The day of the next correct run if its clock was ahead; the newest day
    -- scored before it if its clock was behind or an old day was asked for.
    counted.counted_on
from counted
where not counted.is_current
