-- One row per real company in a CRM: customers, former customers and prospects. Each fact comes from Salesforce, else
-- HubSpot, else a mapped CRM, else enrichment; an unknown fact is NULL.
with
growth_stages as (
    select
        account_id,
        growth_stage,
        row_number() over (
            partition by account_id
            order by announced_on desc, growth_stage desc
        ) as recency
    from core.account_funding
    where growth_stage is not null
),

facts as (
    select
        roots.account_id,
        roots.source_system,
        roots.salesforce_account_id,
        roots.hubspot_company_id,
        roots.created_at,
        domains.domain,
        coalesce(salesforce.name, hubspot.name, mapped.name, enrichment.name) as name,
        coalesce(salesforce.industry, hubspot.industry, mapped.industry, enrichment.industry) as industry,
        coalesce(mapped.sub_industry, enrichment.sub_industry) as sub_industry,
        coalesce(
            salesforce.billing_country, salesforce.billing_country_code,
            hubspot.country, hubspot.country_code,
            mapped.country, mapped.country_code,
            enrichment.country
        ) as country,
        case
            when coalesce(salesforce.billing_country, salesforce.billing_country_code) is not null
                then salesforce.billing_country_code
            when coalesce(hubspot.country, hubspot.country_code) is not null then hubspot.country_code
            when coalesce(mapped.country, mapped.country_code) is not null then mapped.country_code
        end as country_code,
        mapped.region,
        coalesce(mapped.growth_stage, growth_stages.growth_stage) as growth_stage,
        coalesce(salesforce.ownership, mapped.ownership, enrichment.ownership) as ownership,
        coalesce(mapped.business_model, enrichment.business_model) as business_model,
        coalesce(
            case when salesforce.employees > 0 then salesforce.employees end,
            case when hubspot.employees > 0 then hubspot.employees end,
            case when mapped.employees > 0 then mapped.employees end,
            case when enrichment.employees > 0 then enrichment.employees end
        ) as employees,
        revenue.annual_revenue_usd,
        coalesce(
            salesforce.founded_year, hubspot.founded_year, mapped.founded_year, enrichment.founded_year
        ) as founded_year,
        salesforce.account_source
    from core.account_roots as roots
    left join staging.salesforce_accounts as salesforce
        on roots.salesforce_account_id = salesforce.salesforce_account_id
    left join staging.hubspot_companies as hubspot on roots.hubspot_company_id = hubspot.hubspot_company_id
    left join staging.mapped_accounts as mapped
        on roots.mapped_source = mapped.source_name
        and roots.mapped_id = mapped.record_id
    left join core.account_enrichment as enrichment on roots.account_id = enrichment.account_id
    left join core.account_revenue as revenue on roots.account_id = revenue.account_id
    left join core.account_domains as domains
        on roots.account_id = domains.account_id
        and domains.account_rank = 1
        and domains.priority = 1
    left join growth_stages on roots.account_id = growth_stages.account_id and growth_stages.recency = 1
)

select
    -- 'sf-' and the Salesforce id, else 'hs-' and the HubSpot id, else the mapped source and its id. #not_null #unique
    facts.account_id,
    -- Company name.
    facts.name,
    -- Primary registrable domain; two accounts may share one (see core.key_conflicts).
    facts.domain,
    -- Salesforce record id, 18 characters. #unique
    facts.salesforce_account_id,
    -- HubSpot Record ID. #unique
    facts.hubspot_company_id,
    -- System whose record gives the account its id. #not_null
    facts.source_system,
    -- Whether it is or was a customer by the as-of date; see churned_at. #not_null
    customers.account_id is not null as is_customer,
    -- Relationship to us: customer, former_customer, not_prospect, open_deal or prospect. The market is open_deal and
    -- prospect. #not_null #accepted[customer,former_customer,not_prospect,open_deal,prospect]
    relationships.relationship,
    -- Day it became a customer.
    customers.customer_since,
    -- Day it left; NULL for a current customer.
    customers.churned_at,
    -- Industry as the source spells it.
    facts.industry,
    -- Sub-industry as the source spells it.
    facts.sub_industry,
    -- Headcount. #between[1,10000000]!warn
    facts.employees,
    -- Annual revenue in dollars; NULL when unknown or in a currency without a rate. #between[0,10000000000000]!warn
    facts.annual_revenue_usd,
    -- Country by its usual English name where it is known, else as the source spells it.
    coalesce(country_regions.country_name, facts.country) as country,
    -- Sales region: the mapped CRM's, else NA, EMEA, APAC or LATAM by country.
    coalesce(facts.region, country_regions.region) as region,
    -- Growth stage: the mapped CRM's, else the latest funding round's (Seed, Series A ...).
    facts.growth_stage,
    -- Ownership as the source spells it.
    facts.ownership,
    -- Year founded; NULL when it is not a plausible year.
    case when facts.founded_year between 1600 and extract(year from run.as_of) then facts.founded_year end
        as founded_year,
    -- Business model: the mapped CRM's, else enrichment's tags (B2B, B2C, SaaS).
    facts.business_model,
    -- How the account was found, as Salesforce says.
    facts.account_source,
    -- When the account's oldest CRM record was created (UTC). #same_count_as[core.account_roots]
    facts.created_at
from facts
cross join settings.run
left join settings.country_regions on lower(coalesce(facts.country_code, facts.country)) = country_regions.country
left join core.customers on facts.account_id = customers.account_id
left join core.account_relationships as relationships on facts.account_id = relationships.account_id
