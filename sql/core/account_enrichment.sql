-- One row per account: the enrichment snapshot of its best known domain, found through enrichment's aliases if need be.
with
ranked as (
    select
        account_domains.account_id,
        clearbit_companies.domain,
        clearbit_companies.name,
        clearbit_companies.industry,
        clearbit_companies.sub_industry,
        clearbit_companies.country,
        clearbit_companies.country_code,
        clearbit_companies.company_type,
        clearbit_companies.annual_revenue_usd,
        clearbit_companies.employees,
        clearbit_companies.founded_year,
        row_number() over (
            partition by account_domains.account_id
            order by account_domains.account_rank asc
        ) as preference
    from core.account_domains
    inner join staging.clearbit_companies on account_domains.domain = clearbit_companies.domain
),

tags as (
    select
        record_id as domain,
        max(case when lower(value) = 'b2b' then 1 else 0 end) as has_b2b,
        max(case when lower(value) = 'b2c' then 1 else 0 end) as has_b2c,
        max(case when lower(value) = 'saas' then 1 else 0 end) as has_saas
    from staging.custom_values
    where record_kind = 'clearbit_company' and attribute = 'tags'
    group by record_id
)

select
    -- #not_null #unique
    ranked.account_id,
    -- Domain the snapshot is about. #not_null
    ranked.domain,
    -- Company name.
    ranked.name,
    -- Industry.
    ranked.industry,
    -- Sub-industry.
    ranked.sub_industry,
    -- Country as the vendor spells it, else its code.
    coalesce(ranked.country, ranked.country_code) as country,
    -- Ownership, such as private or public.
    ranked.company_type as ownership,
    -- Tags that name a business model (B2B, B2C, SaaS), in that order, separated by spaces.
    nullif(
        trim(
            case when tags.has_b2b = 1 then 'B2B ' else '' end
            || case when tags.has_b2c = 1 then 'B2C ' else '' end
            || case when tags.has_saas = 1 then 'SaaS' else '' end
        ),
        ''
    ) as business_model,
    -- Annual revenue in dollars.
    ranked.annual_revenue_usd,
    -- Headcount.
    ranked.employees,
    -- Year founded.
    ranked.founded_year
from ranked
left join tags on ranked.domain = tags.domain
where ranked.preference = 1
