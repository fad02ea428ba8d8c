-- What the CRM calls each account: one row per live record and field that holds a type (account type, lifecycle stage,
-- record type).
with
salesforce as (
    select
        account_records.account_id,
        account_records.source_system,
        account_records.record_id,
        account_records.record_rank,
        accounts.account_type,
        cast(null as varchar) as lifecycle_stage,
        accounts.record_type
    from core.account_records
    inner join staging.salesforce_accounts as accounts
        on account_records.record_id = accounts.salesforce_account_id and account_records.source_system = 'salesforce'
),

hubspot as (
    select
        account_records.account_id,
        account_records.source_system,
        account_records.record_id,
        account_records.record_rank,
        companies.company_type as account_type,
        companies.lifecycle_stage,
        cast(null as varchar) as record_type
    from core.account_records
    inner join staging.hubspot_companies as companies
        on account_records.record_id = companies.hubspot_company_id and account_records.source_system = 'hubspot'
),

mapped as (
    select
        account_records.account_id,
        account_records.source_system,
        account_records.record_id,
        account_records.record_rank,
        accounts.account_type,
        accounts.lifecycle_stage,
        accounts.record_type
    from core.account_records
    inner join staging.mapped_accounts as accounts
        on account_records.record_id = accounts.record_id and account_records.source_system = accounts.source_name
),

records as (
    select account_id, source_system, record_id, record_rank, account_type, lifecycle_stage, record_type from salesforce
    union all
    select account_id, source_system, record_id, record_rank, account_type, lifecycle_stage, record_type from hubspot
    union all
    select account_id, source_system, record_id, record_rank, account_type, lifecycle_stage, record_type from mapped
),

types as (
    select account_id, source_system, record_id, record_rank, 'type' as field, account_type as value from records
    union all
    select account_id, source_system, record_id, record_rank, 'lifecycle_stage' as field, lifecycle_stage as value
    from records
    union all
    select account_id, source_system, record_id, record_rank, 'record_type' as field, record_type as value from records
)

select
    -- #not_null #references[core.account_records.account_id]
    account_id,
    -- salesforce, hubspot or the key under `sources:`. #not_null
    source_system,
    -- The record's id in that system. #not_null
    record_id,
    -- Rank of the record among the account's; number 1 counts first. #not_null
    record_rank,
    -- Field that holds the value: type, lifecycle stage or record type. #not_null
    -- #accepted[type,lifecycle_stage,record_type] #unique_with[source_system,record_id]
    field,
    -- The value as the CRM spells it. #not_null
    value,
    -- The same in lower case, for comparing. #not_null
    lower(value) as value_key,
    -- The same with blanks around each word, for looking up the words of settings.type_words. #not_null
    ' ' || translate(lower(value), '-_/.,;:()&+|[]{}<>#*"–—·•、・（）', '                             ') || ' ' as words
from types
where nullif(value, '') is not null
