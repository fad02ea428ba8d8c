-- One row per landed file and column read: how many cells are blank or could not be used. A deciding column that the
-- file lacks has a row without a column name.
select
    -- File, inside the landing folder. #not_null
    path,
    -- Kind of record the file holds. #not_null
    table_name,
    -- Column as named in the file; NULL if it has no such column.
    column_name,
    -- Column of the lake that it fills, or the configured attribute. #not_null
    field,
    -- Cells in the column, one per row read. #not_null
    cells,
    -- Blank cells. #not_null
    blank,
    -- Cells that could not be used; each is in quality.rejected_rows. #not_null
    rejected,
    -- Line of the first of them; the header is line 1.
    first_line,
    -- Why that one could not be used.
    first_reason,
    -- Whether the rows cannot be understood without it, and the file has no value for it. #not_null
    coalesce(try_cast(is_lacking as boolean), false) as is_lacking
from lake.column_quality
