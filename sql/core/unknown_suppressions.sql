-- One row per suppress file with lines that name no known account, so that they keep nobody out. Expired lines are not
-- counted. The most similar account is looked up for the first such line only.
select
    -- Landed file. #not_null #unique
    source_path,
    -- Lines of it that name no known account. #not_null
    lines,
    -- The first of them. #not_null
    first_line,
    -- Account with the most similar id, domain or name; NULL if none is similar.
    nearest_account_id
from core.unknown_mentions
where folder = 'suppress'
