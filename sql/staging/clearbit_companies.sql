-- Company facts from enrichment, one row per domain.
-- Of several files the latest snapshot by the as-of date wins, else the later file or line.
with
ranked as (
    select
        clearbit_company.*,
        row_number() over (
            partition by domain
            order by
                case when cast(try_cast(indexed_at as timestamp) as date) > run.as_of then 1 else 0 end asc,
                try_cast(indexed_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.clearbit_company
    cross join settings.run
)

select
    -- Registrable domain. #not_null #unique
    domain,
    -- Company name.
    trim(name) as name,
    -- Sector.
    trim(sector) as sector,
    -- Industry group.
    trim(industry_group) as industry_group,
    -- Industry.
    trim(industry) as industry,
    -- Sub-industry.
    trim(sub_industry) as sub_industry,
    -- Country as the vendor spells it.
    trim(country) as country,
    -- ISO-2 country code.
    country_code,
    -- State or region.
    trim(state) as state,
    -- Ownership form (public, private ...).
    trim(company_type) as company_type,
    -- Annual revenue, or the middle of its range, in dollars; NULL in a currency without a rate.
    try_cast(
        -- The wider type keeps the product's digits.
        cast(try_cast(annual_revenue_usd as decimal(18, 4)) as decimal(20, 4)) * revenue_rates.usd_per_unit
        as decimal(18, 4)
    ) as annual_revenue_usd,
    -- Total money raised, in dollars; NULL in a currency without a rate.
    try_cast(
        cast(try_cast(raised_usd as decimal(18, 4)) as decimal(20, 4)) * raised_rates.usd_per_unit
        as decimal(18, 4)
    ) as raised_usd,
    -- Headcount, or the middle of its range.
    try_cast(round(try_cast(employees as decimal(18, 4))) as bigint) as employees,
    -- Year founded.
    try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
    -- When the vendor took the snapshot, UTC.
    try_cast(indexed_at as timestamp) as indexed_at,
    source_path,
    source_line
from ranked
-- Plain amounts are dollars by the vendor's own definition.
left join settings.currency_rates as revenue_rates
    on coalesce(upper(trim(annual_revenue_currency)), 'USD') = revenue_rates.currency
left join settings.currency_rates as raised_rates
    on coalesce(upper(trim(raised_currency)), 'USD') = raised_rates.currency
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
