-- Which systems know an account: one row per account and system that has records of it, and one per system that has
-- deals of it. A field can only be blank in a system that knows the account.
select distinct
    -- #not_null
    account_id,
    -- What the system has of it. #not_null #accepted[account,deal]
    'account' as carrier,
    -- salesforce, hubspot or the key under `sources:`. #not_null #unique_with[account_id,carrier]
    source_system,
    -- Day of its first deal there, where it is known; NULL for records of accounts.
    cast(null as date) as known_at
from core.account_records
union all
select account_id, 'deal' as carrier, source_system, min(opened_on) as known_at
from core.deals
group by account_id, source_system
