-- One account per text that another system uses for an account (billing, support, triggers), without saying which kind
-- of id it is. If the same text occurs in several systems, Salesforce decides, then HubSpot, then mapped sources by
-- name, then domains.
with
ranked as (
    select
        key_value,
        account_id,
        row_number() over (
            partition by key_value
            order by
                case key_type when 'salesforce' then 1 when 'hubspot' then 2 when 'domain' then 4 else 3 end asc,
                key_type asc
        ) as preference
    from core.account_keys
)

select
    -- Id or domain as another system wrote it. #not_null #unique
    key_value as reference,
    -- The account it points to. #not_null
    account_id
from ranked
where preference = 1
