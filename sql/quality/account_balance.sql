-- One row per source and outcome of its landed account rows: in core.accounts, or left out for one of the reasons
-- below. A source's records add up to its loaded rows; a row that is neither in nor explained stops the run.
with
hubspot_merges as (
    select distinct value as record_id
    from staging.custom_values
    where record_kind = 'hubspot_company' and attribute = 'merged_company_ids' and value <> record_id
),

landed as (
    select 'salesforce' as source_system, id as record_id, count(*) as landed_rows
    from lake.salesforce_account
    group by id
    union all
    select 'hubspot' as source_system, id as record_id, count(*) as landed_rows
    from lake.hubspot_company
    group by id
    union all
    select source_name as source_system, id as record_id, count(*) as landed_rows
    from lake.account
    group by source_name, id
),

facts as (
    select
        'salesforce' as source_system,
        accounts.salesforce_account_id as record_id,
        accounts.is_deleted,
        coalesce(accounts.master_record_id <> accounts.salesforce_account_id, false) as is_merged,
        accounts.created_at
    from staging.salesforce_accounts as accounts
    union all
    select
        'hubspot' as source_system,
        companies.hubspot_company_id as record_id,
        companies.is_deleted,
        hubspot_merges.record_id is not null as is_merged,
        companies.created_at
    from staging.hubspot_companies as companies
    left join hubspot_merges on companies.hubspot_company_id = hubspot_merges.record_id
    union all
    select source_name as source_system, record_id, false as is_deleted, false as is_merged, created_at
    from staging.mapped_accounts
),

judged as (
    select
        landed.source_system,
        landed.landed_rows,
        case
            when parts.record_id is not null then 'account'
            when facts.is_merged then 'merged'
            -- Mapped records that are marked as deleted are already gone in staging.
            when facts.record_id is null or facts.is_deleted then 'deleted'
            when cast(facts.created_at as date) > run.as_of then 'not_yet'
            else 'unexplained'
        end as outcome
    from landed
    cross join settings.run as run
    left join facts on landed.source_system = facts.source_system and landed.record_id = facts.record_id
    left join core.account_records as parts
        on
            landed.source_system = parts.source_system
            and landed.record_id = parts.record_id
),

outcomes as (
    select source_system, outcome, count(*) as records
    from judged
    group by source_system, outcome
    union all
    -- The newest row of a record decides.
    select source_system, 'older_row' as outcome, sum(landed_rows) - count(*) as records
    from judged
    group by source_system
)

select
    -- salesforce, hubspot, or the key under `sources:`. #not_null #unique_with[outcome]
    source_system,
    -- account: part of an account. merged: into another record. deleted or not_yet created by the as-of date.
    -- older_row: a newer row of the same record was landed. #not_null
    -- #accepted[account,merged,deleted,not_yet,older_row]
    outcome,
    -- Number of rows. #not_null #between[1,1000000000000]
    cast(records as bigint) as records
from outcomes
where records > 0
