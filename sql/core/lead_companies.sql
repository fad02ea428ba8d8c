-- The company of each lead that no account explains, in the columns of core.accounts: what enrichment says about its
-- domain and, only where enrichment says nothing, what the lead says. Free-mail domains belong to no company.
with
enrichment as (
    select
        lead_enrichment.*,
        coalesce(industry, country) is not null or coalesce(employees, annual_revenue_usd) is not null as is_known
    from core.lead_enrichment
),

facts as (
    select
        leads.lead_id,
        leads.domain,
        leads.source_system,
        leads.created_at,
        leads.lead_source,
        case when enrichment.is_known then 'enrichment' else 'lead' end as told_by,
        case when enrichment.is_known then enrichment.industry else leads.industry end as industry,
        case when enrichment.is_known then enrichment.sub_industry else leads.sub_industry end as sub_industry,
        case when enrichment.is_known then enrichment.country else leads.country end as country,
        case when enrichment.is_known then null else leads.region end as region,
        case when enrichment.is_known then enrichment.ownership else leads.ownership end as ownership,
        case when enrichment.is_known then enrichment.business_model else leads.business_model end as business_model,
        case when enrichment.is_known then null else leads.growth_stage end as growth_stage,
        case when enrichment.is_known then enrichment.employees else leads.employees end as employees,
        case when enrichment.is_known then enrichment.annual_revenue_usd else leads.annual_revenue_usd end
            as annual_revenue_usd,
        case when enrichment.is_known then enrichment.founded_year else leads.founded_year end as founded_year
    from core.leads
    inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
    left join enrichment on leads.lead_id = enrichment.lead_id
    where
        matches.method in ('none', 'converted')
        and (leads.domain is not null or not coalesce(leads.is_free_mail, false))
),

latest_rounds as (
    select
        domain,
        funding_type,
        row_number() over (partition by domain order by announced_on desc, funding_type asc) as recency
    from staging.funding_rounds
    cross join settings.run
    where announced_on <= run.as_of and domain is not null
)

select
    -- #not_null #unique #references[core.leads.lead_id]
    facts.lead_id,
    -- Where the facts come from: enrichment or the lead. #not_null #accepted[enrichment,lead]
    facts.told_by,
    -- Always NULL: the company's name is not kept.
    cast(null as varchar) as name,
    -- Registrable domain.
    facts.domain,
    -- Always NULL: the company is not in a CRM.
    cast(null as varchar) as salesforce_account_id,
    -- Always NULL: the company is not in a CRM.
    cast(null as varchar) as hubspot_company_id,
    -- System of the lead. #not_null
    facts.source_system,
    -- Always false: nothing is known of a sale. #not_null
    false as is_customer,
    -- Always a prospect. #not_null
    'prospect' as relationship,
    -- Always NULL: it is not a customer.
    cast(null as date) as customer_since,
    -- Always NULL: it is not a customer.
    cast(null as date) as churned_at,
    -- Industry.
    facts.industry,
    -- Sub-industry.
    facts.sub_industry,
    -- Headcount.
    case when facts.employees > 0 then facts.employees end as employees,
    -- Annual revenue in dollars.
    case when facts.annual_revenue_usd >= 0 then facts.annual_revenue_usd end as annual_revenue_usd,
    -- Country by its usual English name where it is known.
    coalesce(country_regions.country_name, facts.country) as country,
    -- Sales region: the lead's, else NA, EMEA, APAC or LATAM by country.
    coalesce(facts.region, country_regions.region) as region,
    -- Growth stage: the lead's, else the latest funding round's.
    coalesce(facts.growth_stage, latest_rounds.funding_type) as growth_stage,
    -- Ownership.
    facts.ownership,
    -- Year founded; NULL when it is not a plausible year.
    case when facts.founded_year between 1600 and extract(year from run.as_of) then facts.founded_year end
        as founded_year,
    -- Business model.
    facts.business_model,
    -- How the lead came, as its system says.
    facts.lead_source as account_source,
    -- When the lead was created (UTC).
    facts.created_at
from facts
cross join settings.run
left join settings.country_regions on lower(facts.country) = country_regions.country
left join latest_rounds on facts.domain = latest_rounds.domain and latest_rounds.recency = 1
