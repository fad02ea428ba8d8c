-- One row per account: the deal that says most about how it buys. Its first won deal, else its latest closed one, else
-- its latest open one; deals that icp.yaml calls existing business come last.
with
ranked as (
    select
        account_id,
        deal_id,
        row_number() over (
            partition by account_id
            order by
                case when told_role = 'existing_business' then 1 else 0 end asc,
                case when is_won then 0 when is_closed then 1 else 2 end asc,
                case when is_won then closed_at end asc nulls last,
                case when not is_won then closed_at end desc nulls last,
                case when is_won then created_at end asc nulls last,
                created_at desc nulls last,
                deal_id asc
        ) as preference
    from core.known_deals
)

select
    -- #not_null #unique
    account_id,
    -- The deal that says most about how the account buys. #not_null #unique #references[core.known_deals.deal_id]
    deal_id
from ranked
where preference = 1
