-- Accounts that became customers by the as-of date, churned ones included; a customer that left and came back is one.
-- If no sale and no date is known, the type, lifecycle stage or record type may say that an account is a customer.
with
-- Periods as a customer do not overlap: the last one says whether it still is one.
last_spells as (
    select
        account_id,
        ended_on,
        row_number() over (partition by account_id order by started_on desc) as recency
    from core.customer_spells
),

-- If a source says that an account is not a customer, words in its type do not count.
said_not as (
    select distinct mapped_companies.account_id
    from core.mapped_companies
    inner join staging.mapped_accounts as records
        on mapped_companies.source_name = records.source_name and mapped_companies.record_id = records.record_id
    where not records.is_customer
),

typed as (
    select
        types.account_id,
        max(case when meanings.meaning = 'former_customer' then 1 else 0 end) as is_former
    from core.account_types as types
    inner join core.type_meanings as meanings
        on types.field = meanings.field and types.value_key = meanings.value_key
    left join core.customer_dates as dates on types.account_id = dates.account_id
    left join said_not on types.account_id = said_not.account_id
    where
        meanings.meaning in ('customer', 'former_customer')
        and dates.account_id is null
        and said_not.account_id is null
    group by types.account_id
),

judged as (
    select
        dates.account_id,
        dates.won_deal_id,
        dates.won_at,
        dates.customer_since,
        dates.is_flagged_churned,
        dates.is_contradictory,
        dates.is_churn_from_subscriptions,
        dates.churn_known_since,
        dates.churn_known_until,
        case
            when dates.is_contradictory or last_spells.account_id is null then dates.churned_at
            else last_spells.ended_on
        end as churned_at,
        false as is_known_by_type
    from core.customer_dates as dates
    left join last_spells on dates.account_id = last_spells.account_id and last_spells.recency = 1
    union all
    select
        typed.account_id,
        cast(null as varchar) as won_deal_id,
        cast(null as date) as won_at,
        cast(null as date) as customer_since,
        typed.is_former = 1 as is_flagged_churned,
        false as is_contradictory,
        false as is_churn_from_subscriptions,
        cast(null as date) as churn_known_since,
        cast(null as date) as churn_known_until,
        cast(null as date) as churned_at,
        true as is_known_by_type
    from typed
)

select
    -- #not_null #unique #references[core.account_records.account_id]
    judged.account_id,
    -- First won deal.
    judged.won_deal_id,
    -- Full calendar months since the start, also for those who left; NULL when the dates are unknown or contradict.
    -- #between[0,1200]
    cast(case
        when not judged.is_contradictory
            then
                (extract(year from run.as_of) - extract(year from judged.customer_since)) * 12
                + extract(month from run.as_of) - extract(month from judged.customer_since)
                - case
                    when extract(day from run.as_of) < extract(day from judged.customer_since) then 1 else 0
                end
    end as bigint) as tenure_months,
    -- Days since the start; NULL like tenure_months. #between[0,36600]
    case when not judged.is_contradictory then date_diff('day', judged.customer_since, run.as_of) end as tenure_days,
    -- Whether it has left and not come back. #not_null
    judged.is_flagged_churned or judged.churned_at is not null as is_churned,
    -- Whether it left before it started: reported in core.key_conflicts and excluded from outcomes. #not_null
    judged.is_contradictory,
    -- Whether the end of its paid subscriptions decides when it left; else a CRM field does. #not_null
    judged.is_churn_from_subscriptions,
    -- Whether only its type, lifecycle stage or record type says that it is a customer: no sale and no date is known.
    -- #not_null
    judged.is_known_by_type,
    -- Day it became a customer; NULL when a source only says that it is one.
    judged.customer_since,
    -- Day it left; NULL for a current customer, or when the day is unknown.
    judged.churned_at,
    -- First day from which a churn would show in some source: always with a churn field, from the first paid
    -- subscription with billing. NULL if it never would, or from an unknown day.
    judged.churn_known_since,
    -- Last day up to which a churn would show in some source: today at the latest, or the end of its last subscription.
    -- NULL if it never would.
    judged.churn_known_until,
    -- Day the first deal was won.
    judged.won_at
from judged
cross join settings.run
