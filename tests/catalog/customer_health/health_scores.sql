-- Health scores of customers, one row per account and day. Of several rows that of the later file or line wins.
with
ranked as (
    select
        account_key,
        domain,
        try_cast(health as double) as health,
        try_cast(measured_on as date) as measured_on,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by account_key, measured_on
            order by source_order desc, source_line desc
        ) as place
    from lake.health_score
)

select
    -- CRM id or domain as written. #not_null #unique_with[measured_on]
    account_key,
    -- Registrable domain, when what was written is one.
    domain,
    -- Health, the higher the better. #finite
    health,
    -- Day it was measured. #not_null
    measured_on,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where place = 1 and not is_deleted
