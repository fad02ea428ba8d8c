-- Deals of known accounts as they were on the as-of date: later deals are absent, and later closes still open. Deals
-- that stay open longer than icp.yaml allows count as lost. core.deals adds which deals are new business.
with
recorded_deals as (
    select
        source_deals.*,
        import_days.created_on is not null as is_imported,
        source_deals.is_closed and coalesce(source_deals.closed_at <= run.as_of, true) as has_closed,
        source_deals.is_won and coalesce(source_deals.closed_at <= run.as_of, true) as was_won,
        case when source_deals.is_closed and source_deals.closed_at <= run.as_of then source_deals.closed_at end
            as recorded_close,
        cast(source_deals.created_at as date) + lost_after.days as lost_on,
        run.as_of
    from core.source_deals
    cross join settings.run
    left join settings.lost_after on source_deals.source_system = lost_after.source_name
    left join core.import_days
        on
            source_deals.source_system = import_days.source_system
            and cast(source_deals.created_at as date) = import_days.created_on
    where
        source_deals.account_id is not null
        and coalesce(cast(source_deals.created_at as date) <= run.as_of, true)
),

-- If the account bought later, an old open deal was not lost: it is how that sale began.
last_wins as (
    select account_id, max(coalesce(recorded_close, as_of)) as won_on
    from recorded_deals
    where was_won
    group by account_id
),

aged_deals as (
    select
        recorded_deals.*,
        not recorded_deals.has_closed
        and coalesce(recorded_deals.lost_on <= recorded_deals.as_of, false)
        and coalesce(last_wins.won_on < cast(recorded_deals.created_at as date), true) as is_lost_by_age
    from recorded_deals
    left join last_wins on recorded_deals.account_id = last_wins.account_id
),

ended_deals as (
    select
        aged_deals.*,
        case when is_lost_by_age then lost_on else recorded_close end as ended_on
    from aged_deals
),

known_deals as (
    select
        ended_deals.*,
        case
            when ended_on is null or (not is_imported and cast(created_at as date) <= ended_on)
                then cast(created_at as date)
        end as opened_on
    from ended_deals
),

-- If icp.yaml gives a deal both roles, existing business wins: CRMs fill in "new business" by default.
told_roles as (
    select
        known_deals.deal_id,
        min(deal_roles.role) as told_role
    from known_deals
    inner join settings.deal_roles
        on case deal_roles.field
            when 'type' then lower(known_deals.deal_type)
            when 'pipeline' then lower(known_deals.pipeline)
            when 'record_type' then lower(known_deals.record_type)
        end = deal_roles.name
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
    known_deals.stage,
    known_deals.deal_type,
    known_deals.pipeline,
    known_deals.record_type,
    -- Role that icp.yaml gives its type, pipeline or record type under `deals:`; NULL if it lists none of them.
    -- #accepted[new_business,existing_business]
    told_roles.told_role,
    known_deals.lead_source,
    -- Currency of the original amount; NULL means the one under `currency.home` in icp.yaml (else dollars).
    known_deals.currency,
    -- Amount in dollars, below 0 for a credit; NULL when unknown or in a currency without a rate.
    known_deals.amount_usd,
    -- Whether it was won with an amount below 0: a credit is neither a sale nor the start of a customer. #not_null
    known_deals.was_won and coalesce(known_deals.amount_usd < 0, false) as is_credit,
    -- Months that the amount covers; NULL when unknown. #between[1,1200]
    known_deals.term_months,
    -- Start of that term: the contract's first day, else the close; NULL without either.
    coalesce(known_deals.starts_on, known_deals.recorded_close) as term_starts_on,
    -- Days from creation to close of a closed deal; NULL when the creation date is unknown. #between[0,100000]
    date_diff('day', known_deals.opened_on, known_deals.ended_on) as sales_cycle_days,
    -- Whether it was closed by the as-of date, or counts as lost because of its age. #not_null
    known_deals.has_closed or known_deals.is_lost_by_age as is_closed,
    -- Whether it counts as lost because it stayed open longer than its source's `lost_after_days` in icp.yaml, and the
    -- account has not bought since. #not_null
    known_deals.is_lost_by_age,
    -- Whether it was won by the as-of date. #not_null
    known_deals.was_won as is_won,
    -- When the deal was created (UTC).
    known_deals.created_at,
    -- Day it was created; NULL when unknown. Also NULL for a closed deal if an import set the date: it is after the
    -- close, or one of core.import_days.
    known_deals.opened_on,
    -- Day of the close; NULL while open.
    known_deals.ended_on as closed_at
from known_deals
left join told_roles on known_deals.deal_id = told_roles.deal_id
