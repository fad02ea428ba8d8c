-- One row per rejected row or value: where it is and why it could not be used. Never the value itself, which may be
-- personal.
with
rejects as (
    select path, line, column_name, reason, scope
    from lake.reject
    union all
    -- Readable amounts that cannot be converted to dollars.
    select source_path as path, source_line as line, column_name, reason, 'value' as scope
    from staging.rejected_amounts
)

select
    -- File, inside the landing folder. #not_null
    rejects.path,
    -- Line in that file; the header is line 1.
    rejects.line,
    -- Column as named in the file; NULL if the whole row is rejected.
    rejects.column_name,
    -- What is wrong with it, in words. #not_null
    rejects.reason,
    -- Whether the whole row was left out, or only this value. #not_null #accepted[row,value]
    rejects.scope
from rejects
