-- Deals of known accounts as they were on the as-of date, each with its role. Win rates and the traits that win deals
-- use new business only: a renewal says nothing about winning a prospect, whatever its type is called.
with
-- A spell is one period as a customer. The spells of an account do not overlap.
placed as (
    select
        deals.deal_id,
        max(case
            when
                coalesce(deals.opened_on, deals.closed_at) >= spells.started_on
                and coalesce(coalesce(deals.opened_on, deals.closed_at) <= spells.ended_on, true) then 1
            else 0
        end) as began_as_customer,
        max(case
            when
                deals.opened_on < spells.started_on
                and coalesce(deals.closed_at >= spells.started_on, not deals.is_closed) then 1
            else 0
        end) as was_open_at_start,
        max(case
            when
                deals.closed_at >= spells.started_on
                and coalesce(deals.closed_at <= spells.ended_on, true) then spells.started_on
        end) as closed_in_spell
    from core.known_deals as deals
    left join core.customer_spells as spells on deals.account_id = spells.account_id
    group by deals.deal_id
),

-- An undated won deal counts as the first only if no dated one is known.
won_places as (
    select
        deals.deal_id,
        row_number() over (
            partition by deals.account_id, placed.closed_in_spell
            order by deals.closed_at asc nulls last, deals.created_at asc nulls last, deals.deal_id asc
        ) as won_place,
        placed.closed_in_spell is not null or count(placed.closed_in_spell) over (partition by deals.account_id) = 0
            as may_be_first
    from core.known_deals as deals
    inner join placed on deals.deal_id = placed.deal_id
    where deals.is_won and not deals.is_credit
)

select
    -- System prefix and the system's id. #not_null #unique
    deals.deal_id,
    -- Account; deals of merged records follow the survivor. #not_null #references[core.account_records.account_id]
    deals.account_id,
    -- salesforce, hubspot or the key under `sources:`. #not_null
    deals.source_system,
    -- The system's own id. #not_null
    deals.source_deal_id,
    deals.stage,
    deals.deal_type,
    deals.pipeline,
    deals.record_type,
    -- new_business: as icp.yaml says under `deals:`, else the deal that made the account a customer (again), and every
    -- deal opened while it was not one. existing_business: opened while it was a customer, or a credit. parallel: open
    -- when it became one; counts as neither. #not_null #accepted[new_business,existing_business,parallel]
    case
        when deals.is_credit then 'existing_business'
        when deals.told_role is not null then deals.told_role
        when won_places.won_place = 1 and won_places.may_be_first then 'new_business'
        when placed.began_as_customer = 1 then 'existing_business'
        when placed.was_open_at_start = 1 then 'parallel'
        when deals.is_won then 'existing_business'
        else 'new_business'
    end as deal_role,
    deals.lead_source,
    -- Currency of the original amount; NULL means the one under `currency.home` in icp.yaml (else dollars).
    deals.currency,
    -- Amount in dollars, below 0 for a credit; NULL when unknown or in a currency without a rate.
    deals.amount_usd,
    -- Months that the amount covers; NULL when unknown. #between[1,1200]
    deals.term_months,
    -- Start of that term: the contract's first day, else the close; NULL without either.
    deals.term_starts_on,
    -- People with a role on the deal when it closed (now, for open deals); NULL when none is recorded.
    -- #between[1,100000]
    deal_committees.committee_size,
    -- Days from creation to close of a closed deal; NULL when the creation date is unknown. #between[0,100000]
    deals.sales_cycle_days,
    -- Whether it was closed by the as-of date, or counts as lost because of its age. #not_null
    deals.is_closed,
    -- Whether it counts as lost because it stayed open longer than its source's `lost_after_days` in icp.yaml. #not_null
    deals.is_lost_by_age,
    -- Whether it was won by the as-of date. #not_null
    deals.is_won,
    -- When the deal was created (UTC).
    deals.created_at,
    -- Day it was created; NULL when unknown. Also NULL for a closed deal if an import set the date: it is after the
    -- close, or one of core.import_days.
    deals.opened_on,
    -- Day of the close; NULL while open.
    deals.closed_at
from core.known_deals as deals
inner join placed on deals.deal_id = placed.deal_id
left join won_places on deals.deal_id = won_places.deal_id
left join core.deal_committees on deals.deal_id = deal_committees.deal_id
