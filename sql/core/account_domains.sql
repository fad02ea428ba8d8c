-- Domains of the accounts, and the one account that each domain points to. Primary domains count before additional
-- ones, and those before enrichment's aliases; then won deals, Salesforce, age and id decide.
with
record_domains as (
    select account_id, domain, 1 as priority, precedence, has_won_deal, created_at
    from core.account_records
    where domain is not null
    union all
    select
        account_records.account_id,
        custom_values.value as domain,
        2 as priority,
        account_records.precedence,
        account_records.has_won_deal,
        account_records.created_at
    from core.account_records
    inner join staging.custom_values
        on
            account_records.record_id = custom_values.record_id
            and custom_values.record_kind = 'hubspot_company'
            and custom_values.attribute = 'additional_domains'
    where account_records.source_system = 'hubspot'
),

aliases as (
    select record_id as domain, value as alias
    from staging.custom_values
    where record_kind = 'clearbit_company' and attribute = 'domain_aliases' and value <> record_id
    union
    select value as domain, record_id as alias
    from staging.custom_values
    where record_kind = 'clearbit_company' and attribute = 'domain_aliases' and value <> record_id
),

claims as (
    select account_id, domain, priority, precedence, has_won_deal, created_at
    from record_domains
    union all
    select
        record_domains.account_id,
        aliases.alias as domain,
        3 as priority,
        record_domains.precedence,
        record_domains.has_won_deal,
        record_domains.created_at
    from record_domains
    inner join aliases on record_domains.domain = aliases.domain
),

account_claims as (
    select
        account_id,
        domain,
        min(priority) as priority,
        min(precedence) as precedence,
        max(case when has_won_deal then 1 else 0 end) as has_won_deal,
        min(created_at) as created_at
    from claims
    group by account_id, domain
)

select
    -- #not_null #unique_with[domain]
    account_id,
    -- Registrable domain. #not_null
    domain,
    -- 1: domain of a CRM record. 2: additional domain. 3: alias that enrichment knows. #not_null #between[1,3]
    priority,
    -- Rank of the domain among the account's; 1 is the best known. #not_null
    cast(row_number() over (
        partition by account_id
        order by priority asc, precedence asc, domain asc
    ) as bigint) as account_rank,
    -- Rank of the account among those that claim the domain; the domain points to number 1. #not_null
    cast(row_number() over (
        partition by domain
        order by priority asc, has_won_deal desc, precedence asc, created_at asc nulls last, account_id asc
    ) as bigint) as domain_rank
from account_claims
