-- One row per file with lines that name no account anybody knows: nobody is kept out because of them. What has run out is
-- not counted. The nearest account is found for the first of them only.
select
    -- Landed file. #not_null #unique
    source_path,
    -- Lines of it that name no known account. #not_null
    lines,
    -- The first of them. #not_null
    first_line,
    -- Account whose id, domain or name is nearest to what stands there; NULL where none is near.
    nearest_account_id
from core.unknown_mentions
where folder = 'suppress'
