select
    (select count(*) from core.accounts) as accounts,
    (select count(*) from core.customers) as customers,
    (select count(*) from core.accounts where relationship = 'not_prospect') as not_prospects,
    (select count(*) from outcomes.customer_scores where cohort is not null) as ranked,
    (select count(*) from outcomes.customer_scores where cohort = 'best') as best,
    (select count(*) from outcomes.customer_scores where cohort = 'worst') as worst,
    (
        select count(*) from outcomes.customer_scores as scores
        inner join core.customers as customers on scores.account_id = customers.account_id
        where scores.rank_status = 'too_new' and customers.customer_since is not null
    ) as too_new,
    (
        select count(*) from outcomes.customer_scores as scores
        inner join core.customers as customers on scores.account_id = customers.account_id
        where scores.rank_status = 'too_new' and customers.customer_since is null
    ) as no_start,
    (select count(*) from outcomes.customer_scores where rank_status = 'too_little_known') as too_little_known,
    (select count(*) from core.deals where is_closed) as closed_deals
