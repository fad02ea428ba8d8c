-- One row per finding about clocks: this run's was set back since the run before it, or files are dated after it.
with
this_run as (
    select place, as_of, started_at
    from icp.run_order
    where is_current
),

-- Which of the two clocks was wrong cannot be told from here. A step of less than a minute is how clocks are corrected.
set_back as (
    select
        'CLOCK_SET_BACK' as code,
        'warning' as severity,
        'The clock said ' || cast(date_trunc('second', this_run.started_at) as varchar) || ' (UTC) when this run started, but '
        || cast(date_trunc('second', before.finished_at) as varchar) || ' when the run before it, ' || before.run_id
        || ', was published: it is behind now, or was ahead then. Runs and changes are in the order of publication all the '
        || 'same, but this run counts as of ' || cast(this_run.as_of as varchar) || ', and the run before it as of '
        || cast(before.as_of as varchar) || '. Correct the clock; if it is behind, run again.' as message,
        before.run_id as subject
    from this_run
    inner join icp.run_order as before on this_run.place = before.place + 1
    where this_run.started_at + interval '1' minute < before.finished_at
),

-- A zip keeps local times, so that a file can be dated hours ahead.
dated_ahead as (
    select
        files.source,
        files.path,
        files.last_modified,
        this_run.started_at,
        count(*) over (partition by files.source) as files,
        row_number() over (partition by files.source order by files.last_modified desc, files.path asc) as place
    from quality.source_files as files
    cross join this_run
    where
        files.status in ('loaded', 'replaced')
        and try_cast(files.last_modified as timestamp) > this_run.started_at + interval '1' day
),

future_files as (
    select
        'FUTURE_FILE_TIME' as code,
        'warning' as severity,
        cast(files as varchar) || case when files = 1 then ' file of ' else ' files of ' end || source
        || ' changed after this run started (' || cast(date_trunc('second', started_at) as varchar) || ' UTC), by their file '
        || 'time: ' || path || ' at ' || last_modified || case when files = 1 then '' else ', others before that' end
        || '. Until then they count as newer than any file that lands, and the source never counts as stale. Set the file '
        || 'time (`touch`), or correct the clock of this machine or of the one that writes the files.' as message,
        source as subject
    from dated_ahead
    where place = 1
),

findings as (
    select code, severity, message, subject from set_back
    union all
    select code, severity, message, subject from future_files
)

select
    -- #not_null #accepted[CLOCK_SET_BACK,FUTURE_FILE_TIME]
    findings.code,
    findings.severity,
    findings.message,
    -- The run before, or the source of the files. #not_null #unique_with[code]
    findings.subject
from findings
