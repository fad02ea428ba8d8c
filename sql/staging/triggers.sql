-- Buying triggers that people or tools reported, one row per reported line.
select
    -- CRM id or domain as written. #not_null
    account_key,
    -- Registrable domain, if the text is one.
    domain,
    -- What happened, such as new_executive. #not_null
    trim(trigger) as trigger,
    -- Declared strength; NULL for the default of icp.yaml. #accepted[strong,medium,weak]
    lower(trim(strength)) as strength,
    -- Who reported it.
    trim(source) as source,
    -- Day it happened. #not_null
    try_cast(happened_on as date) as happened_on,
    source_path,
    source_line
from lake.trigger
where not coalesce(try_cast(is_deleted as boolean), false)
