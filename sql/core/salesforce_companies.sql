-- Live Salesforce accounts, each a company of its own; if several share a domain, one of them has it.
with
winners as (
    select distinct salesforce_survivors.survivor_id
    from staging.salesforce_opportunities as opportunities
    inner join core.salesforce_survivors
        on opportunities.salesforce_account_id = salesforce_survivors.salesforce_account_id
    cross join settings.run
    where
        opportunities.is_won
        and not opportunities.is_deleted
        and opportunities.close_date <= run.as_of
),

companies as (
    select
        accounts.salesforce_account_id,
        accounts.domain,
        accounts.created_at,
        winners.survivor_id is not null as has_won_deal
    from staging.salesforce_accounts as accounts
    inner join core.salesforce_survivors
        on accounts.salesforce_account_id = salesforce_survivors.survivor_id
        and not salesforce_survivors.is_merged
    left join winners on accounts.salesforce_account_id = winners.survivor_id
)

select
    -- 'sf-' and the record id. #not_null #unique
    'sf-' || salesforce_account_id as account_id,
    -- Record id, 18 characters. #not_null #unique
    salesforce_account_id,
    -- Registrable domain.
    domain,
    -- Whether it won a deal by the as-of date. #not_null
    has_won_deal,
    -- When the record was created (UTC).
    created_at,
    -- 1 for the account that the domain points to: won deals first, then the oldest, then the smallest id. #not_null
    cast(row_number() over (
        partition by domain
        order by has_won_deal desc, created_at asc nulls last, salesforce_account_id asc
    ) as bigint) as domain_rank
from companies
