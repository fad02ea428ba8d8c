-- Buying triggers that people or tools reported, one row per reported line.
with
casted as (
    select
        account_key,
        domain,
        trim(trigger) as trigger,
        lower(trim(strength)) as strength,
        trim(source) as source,
        try_cast(happened_on as date) as happened_on,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_path,
        source_line
    from lake.trigger
)

select
    -- CRM id or domain as written. #not_null
    account_key,
    -- Registrable domain, when what was written is one.
    domain,
    -- What happened. #not_null
    trigger,
    -- Declared strength; NULL takes the setting's. #accepted[strong,medium,weak]
    strength,
    -- Who reported it.
    source,
    -- Day it happened. #not_null
    happened_on,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from casted
where not is_deleted
