-- Company facts from enrichment, one row per domain.
-- Of several files the latest snapshot by the as-of date wins, else the later file or line.
with
casted as (
    select
        domain,
        trim(name) as name,
        trim(sector) as sector,
        trim(industry_group) as industry_group,
        trim(industry) as industry,
        trim(sub_industry) as sub_industry,
        trim(country) as country,
        country_code,
        trim(state) as state,
        trim(company_type) as company_type,
        try_cast(
            -- The wider type keeps the product's digits.
            cast(try_cast(annual_revenue_usd as decimal(18, 4)) as decimal(20, 4)) * revenue_rates.usd_per_unit
            as decimal(18, 4)
        ) as annual_revenue_usd,
        try_cast(
            cast(try_cast(raised_usd as decimal(18, 4)) as decimal(20, 4)) * raised_rates.usd_per_unit
            as decimal(18, 4)
        ) as raised_usd,
        try_cast(round(try_cast(employees as decimal(18, 4))) as bigint) as employees,
        try_cast(round(try_cast(founded_year as decimal(18, 4))) as bigint) as founded_year,
        try_cast(indexed_at as timestamp) as indexed_at,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        source_order,
        source_path,
        source_line
    from lake.clearbit_company
    -- Plain amounts are dollars by the vendor's own definition.
    left join settings.currency_rates as revenue_rates
        on coalesce(upper(trim(annual_revenue_currency)), 'USD') = revenue_rates.currency
    left join settings.currency_rates as raised_rates
        on coalesce(upper(trim(raised_currency)), 'USD') = raised_rates.currency
),

ranked as (
    select
        domain,
        name,
        sector,
        industry_group,
        industry,
        sub_industry,
        country,
        country_code,
        state,
        company_type,
        annual_revenue_usd,
        raised_usd,
        employees,
        founded_year,
        indexed_at,
        is_deleted,
        source_path,
        source_line,
        row_number() over (
            partition by domain
            order by
                case when cast(indexed_at as date) > run.as_of then 1 else 0 end asc,
                indexed_at desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
    cross join settings.run
)

select
    -- Registrable domain. #not_null #unique
    domain,
    -- Company name.
    name,
    -- Sector.
    sector,
    -- Industry group.
    industry_group,
    -- Industry.
    industry,
    -- Sub-industry.
    sub_industry,
    -- Country as the vendor spells it.
    country,
    -- ISO-2 country code.
    country_code,
    -- State or region.
    state,
    -- Ownership form (public, private ...).
    company_type,
    -- Annual revenue, or the middle of its range, in dollars; NULL in a currency without a rate.
    annual_revenue_usd,
    -- Total money raised, in dollars; NULL in a currency without a rate.
    raised_usd,
    -- Headcount, or the middle of its range.
    employees,
    -- Year founded.
    founded_year,
    -- When the vendor took the snapshot, UTC.
    indexed_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1 and not is_deleted
