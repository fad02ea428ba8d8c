-- Crosswalk: any id or domain of a company, merged ids included, and the one account it points to.
with
keys as (
    select
        'salesforce' as key_type, salesforce_account_id as key_value, 'sf-' || survivor_id as account_id
    from core.salesforce_survivors
    union all
    select
        'hubspot' as key_type, hubspot_survivors.hubspot_company_id as key_value, hubspot_companies.account_id
    from core.hubspot_survivors
    inner join core.hubspot_companies
        on hubspot_survivors.survivor_id = hubspot_companies.hubspot_company_id
    union all
    select source_name as key_type, record_id as key_value, account_id
    from core.mapped_companies
    union all
    select 'domain' as key_type, domain as key_value, account_id
    from core.account_domains
    where domain_rank = 1
)

select
    -- salesforce, hubspot, domain, or the key under `sources:`. #not_null #unique_with[key_value]
    key_type,
    -- The id or the domain. #not_null
    key_value,
    -- The account it points to. #not_null #references[core.account_records.account_id]
    account_id
from keys
