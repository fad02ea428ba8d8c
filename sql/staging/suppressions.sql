-- Companies that nobody may approach, one row per listed line.
select
    -- CRM id or domain as written. #not_null
    account_key,
    -- Registrable domain, if the text is one.
    domain,
    -- Why, as somebody wrote it.
    trim(reason) as reason,
    -- Last day on which it holds; NULL holds until the line is taken out, also where the cell was not a date.
    try_cast(until as date) as until,
    source_path,
    source_line
from lake.suppression
where not coalesce(try_cast(is_deleted as boolean), false)
