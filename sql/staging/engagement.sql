-- Touches by marketing and sales, one row per touch: identical rows are separate touches.
with
casted as (
    select
        account_key,
        domain,
        trim(channel) as channel,
        lower(trim(kind)) as kind,
        try_cast(happened_on as date) as happened_on,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_path,
        source_line
    from lake.engagement
)

select
    -- CRM id or domain as written. #not_null
    account_key,
    -- Registrable domain, when what was written is one.
    domain,
    -- Email, web, event ...
    channel,
    -- Kind of touch. #accepted[touch,visit,reply,meeting,trial]!warn
    kind,
    -- Day of the touch. #not_null
    happened_on,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from casted
where not is_deleted
