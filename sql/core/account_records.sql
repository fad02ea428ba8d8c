-- Every live CRM record and the account it is part of: the crosswalk that all facts travel along.
with
records as (
    select
        account_id, 'salesforce' as source_system, salesforce_account_id as record_id, 1 as precedence, domain,
        has_won_deal, created_at
    from core.salesforce_companies
    union all
    select
        account_id, 'hubspot' as source_system, hubspot_company_id as record_id, 2 as precedence, domain,
        has_won_deal, created_at
    from core.hubspot_companies
    union all
    select
        account_id, source_name as source_system, record_id, 3 as precedence, domain,
        false as has_won_deal, created_at
    from core.mapped_companies
)

select
    -- Account the record is part of. #not_null
    account_id,
    -- salesforce, hubspot or the key under `sources:`. #not_null #unique_with[record_id]
    source_system,
    -- The record's id in that system. #not_null
    record_id,
    -- Which system counts first: 1 Salesforce, 2 HubSpot, 3 a mapped source. #not_null #between[1,3]
    precedence,
    -- Rank of the record among the account's; number 1 names the account. #not_null
    cast(row_number() over (
        partition by account_id
        order by precedence asc, source_system asc, created_at asc nulls last, record_id asc
    ) as bigint) as record_rank,
    -- Registrable domain of the record.
    domain,
    -- Whether the record won a deal by the as-of date. #not_null
    has_won_deal,
    -- When the record was created (UTC).
    created_at
from records
