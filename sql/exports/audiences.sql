-- One row per audience, including empty ones, and one for the exclusions: which lists are written.
select
    -- Audience, or `exclusions`. #not_null #unique
    audience,
    -- Order of the audiences. #not_null
    audience_order,
    -- Accounts in it. #not_null
    accounts,
    -- Accounts that it asks for and that are kept out; NULL for the exclusions.
    kept_out
from activation.audience_sizes
union all
select
    'exclusions' as audience,
    1000000 as audience_order,
    (select count(*) from activation.exclusions) as accounts,
    cast(null as bigint) as kept_out
from settings.run
