-- Companies that nobody may be approached at, one row per listed line.
with
casted as (
    select
        account_key,
        domain,
        trim(reason) as reason,
        try_cast(until as date) as until,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_path,
        source_line
    from lake.suppression
)

select
    -- CRM id or domain as written. #not_null
    account_key,
    -- Registrable domain, when what was written is one.
    domain,
    -- Why, as somebody wrote it.
    reason,
    -- Last day on which it holds; NULL holds until the line is taken out, also where the cell was not a date.
    until,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from casted
where not is_deleted
