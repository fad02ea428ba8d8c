-- One row per account whose CRM names a parent: that parent, which may be missing from the files. The account's first
-- record that names one decides; an account named as its own parent has none. Salesforce reports give only the parent's
-- name: it stands for the one account of that name, else for a parent that is not in the files.
with
salesforce_names as (
    select lower(name) as name_key, min(salesforce_account_id) as salesforce_account_id
    from staging.salesforce_accounts
    where not is_deleted and name is not null
    group by lower(name)
    having count(*) = 1
),

record_parents as (
    select
        records.account_id,
        records.record_rank,
        'salesforce' as key_type,
        'sf-' as prefix,
        coalesce(
            salesforce.parent_id, salesforce_names.salesforce_account_id, 'named ' || lower(salesforce.parent_name)
        ) as key_value
    from core.account_records as records
    inner join staging.salesforce_accounts as salesforce on records.record_id = salesforce.salesforce_account_id
    left join salesforce_names on lower(salesforce.parent_name) = salesforce_names.name_key
    where
        records.source_system = 'salesforce'
        and coalesce(salesforce.parent_id, nullif(salesforce.parent_name, '')) is not null
    union all
    select
        records.account_id,
        records.record_rank,
        'hubspot' as key_type,
        'hs-' as prefix,
        hubspot.parent_id as key_value
    from core.account_records as records
    inner join staging.hubspot_companies as hubspot on records.record_id = hubspot.hubspot_company_id
    where records.source_system = 'hubspot' and hubspot.parent_id is not null
    union all
    select
        records.account_id,
        records.record_rank,
        mapped.source_name as key_type,
        mapped.source_name || '-' as prefix,
        mapped.parent_id as key_value
    from core.account_records as records
    inner join staging.mapped_accounts as mapped
        on records.source_system = mapped.source_name and records.record_id = mapped.record_id
    where mapped.parent_id is not null
),

-- A parent that is in no file still links its subsidiaries. Only an id of zeros means no parent.
named_parents as (
    select
        record_parents.account_id,
        coalesce(keys.account_id, record_parents.prefix || record_parents.key_value) as parent_id,
        keys.account_id is not null as is_in_files,
        row_number() over (
            partition by record_parents.account_id order by record_parents.record_rank
        ) as place
    from record_parents
    left join core.account_keys as keys
        on record_parents.key_type = keys.key_type and record_parents.key_value = keys.key_value
    where
        coalesce(keys.account_id, '') <> record_parents.account_id
        and replace(record_parents.key_value, '0', '') not in ('', 'AAA')
)

select
    -- The subsidiary. #not_null #unique #references[core.account_roots.account_id]
    named_parents.account_id,
    -- Its parent: an account, or the id that an account would have whose record is in no file. #not_null
    named_parents.parent_id,
    -- Whether the parent is an account. #not_null
    named_parents.is_in_files
from named_parents
where named_parents.place = 1
