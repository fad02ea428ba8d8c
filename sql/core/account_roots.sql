-- One row per account: the record that gives it its id, and the records that its facts come from, one per CRM. What
-- core.accounts is counted against.
with
records as (
    select
        account_records.*,
        min(case when precedence = 3 then record_rank end) over (partition by account_id) as first_mapped_rank
    from core.account_records
)

select
    -- #not_null #unique
    account_id,
    -- System of the record that names it. #not_null
    min(case when record_rank = 1 then source_system end) as source_system,
    -- Id of that record there. #not_null
    min(case when record_rank = 1 then record_id end) as record_id,
    -- Its Salesforce record, 18 characters.
    min(case when source_system = 'salesforce' then record_id end) as salesforce_account_id,
    -- Its HubSpot record.
    min(case when source_system = 'hubspot' then record_id end) as hubspot_company_id,
    -- Its first record in a mapped CRM: that CRM's key under `sources:`.
    min(case when record_rank = first_mapped_rank then source_system end) as mapped_source,
    -- Id of that record there.
    min(case when record_rank = first_mapped_rank then record_id end) as mapped_id,
    -- When its oldest record was created (UTC).
    min(created_at) as created_at
from records
group by account_id
