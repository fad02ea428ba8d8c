-- One row per finding about records that landed more than once with other values, where no modified date says which count.
with
named as (
    select
        code,
        path,
        first_line,
        other_path,
        other_line,
        cast(records as varchar) || ' records of kind ' || table_name || coalesce(' of ' || source_name, '') as counted
    from lake.repeated_record
),

findings as (
    select
        'DUPLICATE_IDS' as code,
        counted || ' stand in more than one line of ' || path || ' with other values. Of each the last line counts, or '
        || 'the one that has a modified date; the first: line ' || cast(first_line as varchar) || ' over line '
        || cast(other_line as varchar) || '. Export one line per record, or its modified date too.' as message,
        path as subject
    from named
    where code = 'DUPLICATE_IDS'
    union all
    select
        'DIFFERING_SNAPSHOTS' as code,
        counted || ' have other values in ' || path || ' than in another file, such as ' || other_path
        || ', and no modified date says which are newer: those of ' || path || ' count. The first: line '
        || cast(first_line as varchar) || '. Export the modified date too, or take the older files out of landing/.'
        as message,
        path as subject
    from named
    where code = 'DIFFERING_SNAPSHOTS'
)

select
    -- What kind of finding. #not_null #accepted[DUPLICATE_IDS,DIFFERING_SNAPSHOTS]
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    'warning' as severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- The file whose values count. #not_null
    findings.subject
from findings
