-- Funding rounds, one row per company, kind and day: files overlap.
with
ranked as (
    select
        funding_round.*,
        row_number() over (
            partition by domain, trim(organization), trim(funding_type), try_cast(announced_on as date)
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from lake.funding_round
)

select
    -- Registrable domain of the company. #unique_with[organization,funding_type,announced_on]
    domain,
    -- Company as the vendor names it.
    trim(organization) as organization,
    -- Kind of round as the vendor spells it.
    trim(funding_type) as funding_type,
    -- Money raised in dollars; NULL when undisclosed or in a currency without a rate.
    try_cast(
        -- The wider type keeps the product's digits.
        cast(try_cast(money_raised_usd as decimal(18, 4)) as decimal(20, 4)) * currency_rates.usd_per_unit
        as decimal(18, 4)
    ) as money_raised_usd,
    -- Day it was announced.
    try_cast(announced_on as date) as announced_on,
    source_path,
    source_line
from ranked
left join settings.currency_rates
    on coalesce(upper(trim(money_raised_currency)), 'USD') = currency_rates.currency
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
