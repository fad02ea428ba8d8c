-- Records of mapped CRMs, each with its account: found by CRM id, else by domain, else its own. By domain only one record
-- per source joins an account; the others stay accounts of their own. Records created after the as-of date
-- are absent.
with
by_id as (
    select
        records.source_name,
        records.record_id,
        records.domain,
        records.created_at,
        records.salesforce_account_id as claimed_salesforce_id,
        records.hubspot_company_id as claimed_hubspot_id,
        'sf-' || salesforce_survivors.survivor_id as salesforce_match,
        hubspot_companies.account_id as hubspot_match,
        coalesce('sf-' || salesforce_survivors.survivor_id, hubspot_companies.account_id) as account_id
    from staging.mapped_accounts as records
    left join core.salesforce_survivors
        on records.salesforce_account_id = salesforce_survivors.salesforce_account_id
    left join core.hubspot_survivors
        on records.hubspot_company_id = hubspot_survivors.hubspot_company_id
    left join core.hubspot_companies
        on hubspot_survivors.survivor_id = hubspot_companies.hubspot_company_id
    cross join settings.run
    where coalesce(cast(records.created_at as date) <= run.as_of, true)
),

crm_domains as (
    select domain, account_id, 1 as precedence, has_won_deal, created_at
    from core.salesforce_companies
    where domain is not null
    union all
    select domain, account_id, 2 as precedence, has_won_deal, created_at
    from core.hubspot_companies
    where domain is not null
),

crm_domain_owners as (
    select
        domain,
        account_id,
        row_number() over (
            partition by domain
            order by has_won_deal desc, precedence asc, created_at asc nulls last, account_id asc
        ) as domain_rank
    from crm_domains
),

-- If records of a source share a domain, only the oldest may join an account by that domain.
domain_claims as (
    select
        source_name,
        record_id,
        domain,
        row_number() over (
            partition by source_name, domain
            order by created_at asc nulls last, record_id asc
        ) as claim_rank
    from by_id
    where account_id is null and domain is not null
),

by_crm_domain as (
    select
        domain_claims.source_name,
        domain_claims.record_id,
        crm_domain_owners.account_id
    from domain_claims
    inner join crm_domain_owners
        on domain_claims.domain = crm_domain_owners.domain
        and crm_domain_owners.domain_rank = 1
    left join by_id as joined_by_id
        on domain_claims.source_name = joined_by_id.source_name
        and crm_domain_owners.account_id = joined_by_id.account_id
    where domain_claims.claim_rank = 1 and joined_by_id.account_id is null
),

-- Without Salesforce or HubSpot, the first source by name gives the account its id.
by_source_domain as (
    select
        domain_claims.source_name,
        domain_claims.record_id,
        first_value(domain_claims.source_name || '-' || domain_claims.record_id) over (
            partition by domain_claims.domain
            order by domain_claims.source_name asc, domain_claims.record_id asc
        ) as account_id
    from domain_claims
    left join crm_domain_owners on domain_claims.domain = crm_domain_owners.domain
    where domain_claims.claim_rank = 1 and crm_domain_owners.domain is null
)

select
    -- The account. #not_null
    coalesce(
        by_id.account_id,
        by_crm_domain.account_id,
        by_source_domain.account_id,
        by_id.source_name || '-' || by_id.record_id
    ) as account_id,
    -- Key under `sources:` in icp.yaml. #not_null #unique_with[record_id]
    by_id.source_name,
    -- The source's own account id. #not_null
    by_id.record_id,
    -- Salesforce id as the source wrote it.
    by_id.claimed_salesforce_id,
    -- HubSpot id as the source wrote it.
    by_id.claimed_hubspot_id,
    -- Account that the Salesforce id leads to.
    by_id.salesforce_match,
    -- Account that the HubSpot id leads to.
    by_id.hubspot_match,
    -- What the match is based on. #accepted[crm_id,domain,none]
    case
        when by_id.account_id is not null then 'crm_id'
        when coalesce(by_crm_domain.account_id, by_source_domain.account_id) is not null then 'domain'
        else 'none'
    end as matched_by,
    -- Registrable domain.
    by_id.domain,
    -- When the record was created (UTC).
    by_id.created_at
from by_id
left join by_crm_domain
    on by_id.source_name = by_crm_domain.source_name
    and by_id.record_id = by_crm_domain.record_id
left join by_source_domain
    on by_id.source_name = by_source_domain.source_name
    and by_id.record_id = by_source_domain.record_id
