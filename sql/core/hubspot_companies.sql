-- Live HubSpot companies, each with the Salesforce account that is the same company, at most one to one. The synced
-- Salesforce id decides; without one, a shared domain does. A second company that claims the same Salesforce account
-- stays an account of its own.
with
companies as (
    select
        companies.hubspot_company_id,
        companies.domain,
        companies.created_at,
        companies.salesforce_account_id as claimed_salesforce_id,
        salesforce_survivors.survivor_id as salesforce_account_id
    from staging.hubspot_companies as companies
    inner join core.hubspot_survivors
        on companies.hubspot_company_id = hubspot_survivors.survivor_id
        and not hubspot_survivors.is_merged
    left join core.salesforce_survivors
        on companies.salesforce_account_id = salesforce_survivors.salesforce_account_id
),

id_claims as (
    select
        companies.hubspot_company_id,
        companies.salesforce_account_id,
        row_number() over (
            partition by companies.salesforce_account_id
            order by
                case when companies.domain = salesforce_companies.domain then 0 else 1 end asc,
                companies.created_at asc nulls last,
                companies.hubspot_company_id asc
        ) as claim_rank
    from companies
    inner join core.salesforce_companies
        on companies.salesforce_account_id = salesforce_companies.salesforce_account_id
),

company_domains as (
    select hubspot_company_id, domain, created_at, 0 as is_additional
    from companies
    where domain is not null and salesforce_account_id is null
    union
    select companies.hubspot_company_id, custom_values.value as domain, companies.created_at, 1 as is_additional
    from companies
    inner join staging.custom_values
        on
            companies.hubspot_company_id = custom_values.record_id
            and custom_values.record_kind = 'hubspot_company'
            and custom_values.attribute = 'additional_domains'
    where companies.salesforce_account_id is null
),

domain_claims as (
    select
        company_domains.hubspot_company_id,
        salesforce_companies.salesforce_account_id,
        row_number() over (
            partition by company_domains.hubspot_company_id
            order by company_domains.is_additional asc, salesforce_companies.salesforce_account_id asc
        ) as company_choice,
        row_number() over (
            partition by salesforce_companies.salesforce_account_id
            order by
                company_domains.is_additional asc,
                company_domains.created_at asc nulls last,
                company_domains.hubspot_company_id asc
        ) as account_choice
    from company_domains
    inner join core.salesforce_companies
        on company_domains.domain = salesforce_companies.domain
        and salesforce_companies.domain_rank = 1
    left join id_claims
        on salesforce_companies.salesforce_account_id = id_claims.salesforce_account_id
        and id_claims.claim_rank = 1
    where id_claims.salesforce_account_id is null
),

linked as (
    select
        companies.hubspot_company_id,
        companies.domain,
        companies.created_at,
        companies.claimed_salesforce_id,
        case
            when id_claims.claim_rank = 1 then id_claims.salesforce_account_id
            when id_claims.claim_rank is null then domain_claims.salesforce_account_id
        end as salesforce_account_id,
        case
            when id_claims.claim_rank = 1 then 'crm_id'
            when id_claims.claim_rank > 1 then 'second_claim'
            when domain_claims.salesforce_account_id is not null then 'domain'
            else 'none'
        end as matched_by
    from companies
    left join id_claims on companies.hubspot_company_id = id_claims.hubspot_company_id
    left join domain_claims
        on companies.hubspot_company_id = domain_claims.hubspot_company_id
        and domain_claims.company_choice = 1
        and domain_claims.account_choice = 1
),

winners as (
    select distinct hubspot_survivors.survivor_id
    from staging.hubspot_deals as deals
    inner join core.hubspot_survivors on deals.hubspot_company_id = hubspot_survivors.hubspot_company_id
    cross join settings.run
    where deals.is_won and deals.closed_at <= run.as_of
)

select
    -- The account: the Salesforce one it is linked to, else 'hs-' and the record id. #not_null #unique
    coalesce('sf-' || linked.salesforce_account_id, 'hs-' || linked.hubspot_company_id) as account_id,
    -- HubSpot Record ID. #not_null #unique
    linked.hubspot_company_id,
    -- Salesforce account that is the same company. #unique
    linked.salesforce_account_id,
    -- Salesforce id as the sync wrote it, also when no such live account is known.
    linked.claimed_salesforce_id,
    -- What the match is based on; second_claim: another company has the same Salesforce id.
    -- #accepted[crm_id,domain,second_claim,none]
    linked.matched_by,
    -- Registrable domain.
    linked.domain,
    -- Whether it won a deal by the as-of date. #not_null
    winners.survivor_id is not null as has_won_deal,
    -- When the record was created (UTC).
    linked.created_at
from linked
left join winners on linked.hubspot_company_id = winners.survivor_id
