-- One row per finding about files of one kind with the same records: with other values, where no modified date decides;
-- and records in older files that the newest lacks.
with
named as (
    select
        code,
        path,
        first_line,
        other_path,
        other_line,
        source_name,
        cast(records as varchar) || ' records of kind ' || table_name || coalesce(' of ' || source_name, '') as counted
    from lake.repeated_record
),

findings as (
    select
        'DUPLICATE_IDS' as code,
        counted || ' occur more than once in ' || path || ' with different values. The last line counts, or '
        || 'the one with a modified date; first: line ' || cast(first_line as varchar) || ' over line '
        || cast(other_line as varchar) || '. Export one line per record, or include the modified date.' as message,
        path as subject
    from named
    where code = 'DUPLICATE_IDS'
    union all
    select
        'DIFFERING_SNAPSHOTS' as code,
        counted || ' have different values in ' || path || ' and in another file, such as ' || other_path
        || ', and no modified date says which are newer: those in ' || path || ' count. First: line '
        || cast(first_line as varchar) || '. Include the modified date, or remove the older files from landing/.'
        as message,
        path as subject
    from named
    where code = 'DIFFERING_SNAPSHOTS'
    union all
    select
        'REPLACED_FILE' as code,
        counted || ' are in ' || other_path || ' and in no newer file. ' || path || ' repeats the others, so it counts '
        || 'as a newer full export, and they count as deleted. If each file holds only changes, write vendors: {'
        || source_name || ': {each_file: delta}} in icp.yaml (for a mapped source, each_file: delta in its entry).'
        as message,
        other_path as subject
    from named
    where code = 'REPLACED_FILE'
    union all
    select
        'OLDER_FILES_ONLY' as code,
        counted || ' are in ' || other_path || ' and in no newer file, though ' || path || ' repeats most of it. They '
        || 'still count. If each file holds everything, write vendors: {' || source_name || ': {each_file: snapshot}} in '
        || 'icp.yaml (for a mapped source, each_file: snapshot in its entry), otherwise each_file: delta.' as message,
        other_path as subject
    from named
    where code = 'OLDER_FILES_ONLY'
)

select
    -- #not_null #accepted[DUPLICATE_IDS,DIFFERING_SNAPSHOTS,REPLACED_FILE,OLDER_FILES_ONLY]
    findings.code,
    case when findings.code = 'REPLACED_FILE' then 'info' else 'warning' end as severity,
    findings.message,
    -- The file whose values count, or the older one. #not_null
    findings.subject
from findings
