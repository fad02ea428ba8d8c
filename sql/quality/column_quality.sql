-- Columns of the landed files as they were read: how many cells are blank or could not be used, one row per file and
-- column. A deciding column that the file has not got has a row without a column name.
select
    -- File, inside the landing folder. #not_null
    path,
    -- Kind of record the file holds. #not_null
    table_name,
    -- Column as the file calls it; NULL when it has no such column.
    column_name,
    -- Column of the lake that it fills, or the configured attribute. #not_null
    field,
    -- Cells in the column: one for each row that was read. #not_null
    cells,
    -- Cells that say nothing. #not_null
    blank,
    -- Cells that could not be used; each is in quality.rejected_rows. #not_null
    rejected,
    -- Line of the first of them; the header is line 1.
    first_line,
    -- Why that one could not be used.
    first_reason,
    -- Whether it decides what the rows mean, and nothing in the file says it. #not_null
    coalesce(try_cast(is_lacking as boolean), false) as is_lacking
from lake.column_quality
