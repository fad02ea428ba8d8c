-- One row per finding about the columns of a landed file: cells that could not be used, deciding columns without a value.
with
ranked as (
    select
        column_quality.*,
        cells - blank as filled,
        row_number() over (partition by path order by rejected desc, column_name asc, field asc) as place,
        count(*) over (partition by path) as columns_rejected
    from quality.column_quality
    where rejected > 0
),

-- If a file has many such columns, the worst are named one by one.
rejected_cells as (
    select
        'REJECTED_CELLS' as code,
        'warning' as severity,
        path || ': ' || cast(rejected as varchar) || ' of ' || cast(filled as varchar) || ' cells of ' || column_name
        || ' could not be used ('
        || case
            when 200 * rejected < filled then 'under 1'
            else cast(cast(round(100.0 * rejected / nullif(filled, 0)) as integer) as varchar)
        end
        || ' %); first in line ' || coalesce(cast(first_line as varchar), '?') || ': ' || first_reason
        || '. Fix the export, or declare its format in icp.yaml.'
        || case
            when place = 5 and columns_rejected > 5
                then
                    ' ' || cast(columns_rejected - 5 as varchar)
                    || ' more columns of this file have such cells: see quality.column_quality.'
            else ''
        end as message,
        path as subject
    from ranked
    where place <= 5
),

-- A mapped CRM may have the accounts of its deals in a separate file.
missing_columns as (
    select
        'MISSING_COLUMN' as code,
        'warning' as severity,
        path
        || case
            when column_name is null then ' has no column for ' || field
            else ': column ' || column_name || ' (' || field || ') is blank in every row'
        end
        || ', which decides what its rows mean. Export it too, or map it under `sources:`.' as message,
        path as subject
    from quality.column_quality
    where
        is_lacking
        and not (table_name = 'deal' and field = 'account_id' and exists (select 1 from lake.deal_account))
),

findings as (
    select code, severity, message, subject from rejected_cells
    union all
    select code, severity, message, subject from missing_columns
)

select
    -- #not_null #accepted[REJECTED_CELLS,MISSING_COLUMN]
    findings.code,
    findings.severity,
    findings.message,
    -- The file. #not_null
    findings.subject
from findings
