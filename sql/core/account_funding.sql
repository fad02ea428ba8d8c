-- Funding rounds of known accounts, announced by the as-of date.
with
named_rounds as (
    select
        account_domains.account_id,
        funding_rounds.funding_type,
        case lower(replace(replace(funding_rounds.funding_type, '_', ' '), '-', ' '))
            when 'pre seed' then 'Pre-Seed'
            when 'angel' then 'Pre-Seed'
            when 'seed' then 'Seed'
            when 'series a' then 'Series A'
            when 'series b' then 'Series B'
            when 'series c' then 'Series C'
            when 'series d' then 'Series D'
            when 'series e' then 'Series E'
            when 'series f' then 'Series F'
            when 'series g' then 'Series G'
            when 'series h' then 'Series H'
        end as growth_stage,
        funding_rounds.money_raised_usd,
        funding_rounds.announced_on
    from staging.funding_rounds
    inner join core.account_domains
        on funding_rounds.domain = account_domains.domain
        and account_domains.domain_rank = 1
    cross join settings.run
    where funding_rounds.announced_on <= run.as_of
)

select
    -- #not_null #references[core.account_records.account_id]
    account_id,
    -- Kind of round as the vendor spells it.
    funding_type,
    -- Growth stage the round stands for; NULL for debt, grants and the like.
    growth_stage,
    -- Money raised in dollars; NULL when undisclosed.
    max(money_raised_usd) as money_raised_usd,
    -- Day it was announced. #not_null
    announced_on
from named_rounds
group by account_id, funding_type, growth_stage, announced_on
