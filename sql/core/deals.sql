-- Deals of known accounts as they stood on the as-of date: later deals are absent, later closes are still open.
with
known_deals as (
    select
        source_deals.deal_id,
        source_deals.account_id,
        source_deals.source_system,
        source_deals.source_deal_id,
        source_deals.stage,
        source_deals.deal_type,
        source_deals.lead_source,
        source_deals.currency,
        source_deals.amount_usd,
        source_deals.created_at,
        source_deals.is_closed and coalesce(source_deals.closed_at <= run.as_of, true) as is_closed,
        source_deals.is_won and coalesce(source_deals.closed_at <= run.as_of, true) as is_won,
        case when source_deals.is_closed and source_deals.closed_at <= run.as_of then source_deals.closed_at end
            as closed_at,
        coalesce(
            case when source_deals.is_closed and source_deals.closed_at <= run.as_of then source_deals.closed_at end,
            run.as_of
        ) as seen_until
    from core.source_deals
    cross join settings.run
    where
        source_deals.account_id is not null
        and coalesce(cast(source_deals.created_at as date) <= run.as_of, true)
),

committees as (
    select
        known_deals.deal_id,
        count(distinct contact_roles.contact_id) as committee_size
    from known_deals
    inner join staging.salesforce_contact_roles as contact_roles
        on known_deals.source_deal_id = contact_roles.opportunity_id
        and known_deals.source_system = 'salesforce'
    where
        not contact_roles.is_deleted
        and coalesce(cast(contact_roles.created_at as date) <= known_deals.seen_until, true)
    group by known_deals.deal_id
)

select
    -- System prefix and the system's id. #not_null #unique
    known_deals.deal_id,
    -- Account; deals of merged records follow the survivor. #not_null #references[core.account_records.account_id]
    known_deals.account_id,
    -- salesforce, hubspot or the key under `sources:`. #not_null
    known_deals.source_system,
    -- The system's own id. #not_null
    known_deals.source_deal_id,
    -- Stage label or id as exported.
    known_deals.stage,
    -- New or existing business.
    known_deals.deal_type,
    -- Lead source as the CRM spells it.
    known_deals.lead_source,
    -- Currency of the original amount; NULL means the one under `currency.home` in icp.yaml (else dollars).
    known_deals.currency,
    -- Amount in dollars; NULL when unknown, negative, or in a currency without a rate.
    known_deals.amount_usd,
    -- People with a role on the deal when it closed (open deals: now); NULL when none is recorded. #between[1,100000]
    nullif(committees.committee_size, 0) as committee_size,
    -- Days from creation to close of a closed deal; NULL when the dates contradict each other. #between[0,100000]
    case
        when known_deals.closed_at >= cast(known_deals.created_at as date)
            then date_diff('day', cast(known_deals.created_at as date), known_deals.closed_at)
    end as sales_cycle_days,
    -- Closed by the as-of date. #not_null
    known_deals.is_closed,
    -- Won by the as-of date. #not_null
    known_deals.is_won,
    -- Deal created, UTC.
    known_deals.created_at,
    -- Day of the close; NULL while open.
    known_deals.closed_at
from known_deals
left join committees on known_deals.deal_id = committees.deal_id
