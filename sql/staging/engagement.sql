-- Touches by marketing and sales, one row per touch: identical rows are separate touches.
select
    -- CRM id or domain as written. #not_null
    account_key,
    -- Registrable domain, if the text is one.
    domain,
    -- Channel, such as email, web or event.
    trim(channel) as channel,
    -- Kind of touch. #accepted[touch,visit,reply,meeting,trial]!warn
    lower(trim(kind)) as kind,
    -- Day of the touch. #not_null
    try_cast(happened_on as date) as happened_on,
    -- Time of the touch (UTC), if the file has one.
    try_cast(happened_at as timestamp) as happened_at,
    source_path,
    source_line
from lake.engagement
where not coalesce(try_cast(is_deleted as boolean), false)
