-- Companies that nobody may be approached at, one row per listed line.
select
    -- CRM id or domain as written. #not_null
    account_key,
    -- Registrable domain, when what was written is one.
    domain,
    -- Why, as somebody wrote it.
    trim(reason) as reason,
    -- Last day on which it holds; NULL holds until the line is taken out, also where the cell was not a date.
    try_cast(until as date) as until,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from lake.suppression
where not coalesce(try_cast(is_deleted as boolean), false)
