-- One row per account: its relationship to us, the selling company. Customers come first, then companies we do not sell
-- to, then open deals; everybody else is a prospect.
with
named_accounts as (
    select account_id, min(case when is_owner then 'the domain of owner in icp.yaml' else 'icp.yaml' end) as because
    from (
        select account_references.account_id, named.is_owner
        from settings.not_prospect_accounts as named
        inner join core.account_references on named.reference = account_references.reference
        union all
        select account_domains.account_id, named.is_owner
        from settings.not_prospect_accounts as named
        inner join core.account_domains on named.reference = account_domains.domain
        union all
        select account_records.account_id, named.is_owner
        from settings.not_prospect_accounts as named
        inner join core.account_records on named.reference = account_records.account_id
    ) as found
    group by account_id
),

-- The first of the account's records and fields that has a relationship.
typed as (
    select
        types.account_id,
        meanings.meaning,
        meanings.spoken_name,
        row_number() over (
            partition by types.account_id, meanings.meaning
            order by types.record_rank asc, types.field desc
        ) as place
    from core.account_types as types
    inner join core.type_meanings as meanings
        on types.field = meanings.field and types.value_key = meanings.value_key
),

open_deals as (
    select distinct account_id
    from core.deals
    where not is_closed and deal_role = 'new_business'
),

judged as (
    select
        records.account_id,
        case
            when customers.is_churned then 'former_customer'
            when customers.account_id is not null then 'customer'
            when named_accounts.account_id is not null or not_prospects.account_id is not null then 'not_prospect'
            when open_deals.account_id is not null then 'open_deal'
            else 'prospect'
        end as relationship,
        case
            when customers.is_known_by_type then coalesce(said_customers.spoken_name, said_former_customers.spoken_name)
            when customers.account_id is not null then null
            else coalesce(named_accounts.because, not_prospects.spoken_name)
        end as because
    from (select distinct account_id from core.account_records) as records
    left join core.customers as customers on records.account_id = customers.account_id
    left join named_accounts on records.account_id = named_accounts.account_id
    left join typed as not_prospects
        on
            records.account_id = not_prospects.account_id
            and not_prospects.meaning = 'not_prospect'
            and not_prospects.place = 1
    left join typed as said_customers
        on
            records.account_id = said_customers.account_id
            and said_customers.meaning = 'customer'
            and said_customers.place = 1
    left join typed as said_former_customers
        on
            records.account_id = said_former_customers.account_id
            and said_former_customers.meaning = 'former_customer'
            and said_former_customers.place = 1
    left join open_deals on records.account_id = open_deals.account_id
)

select
    -- #not_null #unique #references[core.account_records.account_id]
    account_id,
    -- The first that applies: customer, former_customer, not_prospect (a competitor, partner, vendor, test record or
    -- other company that we do not sell to), open_deal (new business), prospect. #not_null
    -- #accepted[customer,former_customer,not_prospect,open_deal,prospect]
    relationship,
    -- Whether it is in the market: a prospect or an open deal. #not_null
    relationship in ('prospect', 'open_deal') as is_in_market,
    -- Name in the CRM or icp.yaml that decided it, for accounts that are not prospects and for customers without a
    -- sale; else NULL.
    because
from judged
