-- What fields, subscriptions and deals say of accounts that became customers by the as-of date: since when, and until when.
-- Since: the configured field, else the mapped CRM's date, else the first paid subscription or won deal.
-- core.customers says besides who came back.
with
configured as (
    select
        account_field_values.account_id,
        min(case when attribute = 'customer_since' then try_cast(substr(value, 1, 10) as date) end) as customer_since,
        max(case when attribute = 'customer_churned_at' then try_cast(substr(value, 1, 10) as date) end) as churned_at
    from core.account_field_values
    cross join settings.run
    where
        attribute in ('customer_since', 'customer_churned_at')
        and try_cast(substr(value, 1, 10) as date) <= run.as_of
    group by account_field_values.account_id
),

mapped as (
    select
        mapped_companies.account_id,
        min(case when records.customer_since <= run.as_of then records.customer_since end) as customer_since,
        max(case when records.churned_at <= run.as_of then records.churned_at end) as churned_at,
        max(case when records.is_customer then 1 when not records.is_customer then 0 end) as is_customer,
        min(case when records.is_churned then 1 when not records.is_churned then 0 end) as is_churned
    from core.mapped_companies
    inner join staging.mapped_accounts as records
        on mapped_companies.source_name = records.source_name
        and mapped_companies.record_id = records.record_id
    cross join settings.run
    group by mapped_companies.account_id
),

subscribed as (
    select
        account_id,
        min(started_on) as first_started_on,
        max(ended_on) as last_ended_on,
        sum(case when is_live then 1 else 0 end) as live_subscriptions,
        -- Ended, and nothing says when.
        sum(case when not is_live and ended_on is null then 1 else 0 end) as undated_ends
    from core.account_subscriptions
    where is_paid and not is_contradictory
    group by account_id
),

-- Accounts with a record that has the field for the day a customer left: blank there says that it has not.
churn_fields as (
    select records.account_id
    from core.account_records as records
    inner join settings.customer_fields as fields on records.source_system = fields.source_system
    where fields.field = 'churned_at' and fields.carrier = 'account'
    union distinct
    select deals.account_id
    from core.known_deals as deals
    inner join settings.customer_fields as fields on deals.source_system = fields.source_system
    where fields.field = 'churned_at' and fields.carrier = 'deal'
),

won_deals as (
    select
        account_id,
        deal_id,
        closed_at,
        row_number() over (
            partition by account_id
            order by closed_at asc nulls last, created_at asc nulls last, deal_id asc
        ) as won_order
    from core.known_deals
    where is_won and not is_credit
),

dated as (
    select
        accounts.account_id,
        coalesce(
            configured.customer_since,
            mapped.customer_since,
            case
                when subscribed.first_started_on <= won_deals.closed_at then subscribed.first_started_on
                else coalesce(won_deals.closed_at, subscribed.first_started_on)
            end
        ) as customer_since,
        case
            when configured.churned_at is not null then configured.churned_at
            when mapped.is_churned = 0 then null
            when mapped.churned_at is not null then mapped.churned_at
            when subscribed.live_subscriptions = 0 and subscribed.undated_ends = 0 then subscribed.last_ended_on
        end as churned_at,
        configured.churned_at is null and mapped.churned_at is null and coalesce(mapped.is_churned, 1) = 1
            as is_churn_from_subscriptions,
        coalesce(mapped.is_churned, 0) = 1 as is_said_churned,
        coalesce(mapped.is_customer, 0) = 1 as is_said_customer,
        subscribed.account_id is not null as has_subscription,
        churn_fields.account_id is not null or mapped.is_churned is not null as has_churn_field,
        subscribed.first_started_on,
        subscribed.last_ended_on,
        subscribed.undated_ends,
        case
            when subscribed.first_started_on <= won_deals.closed_at then subscribed.first_started_on
            else coalesce(won_deals.closed_at, subscribed.first_started_on)
        end as first_sold_on,
        subscribed.live_subscriptions,
        won_deals.deal_id as won_deal_id,
        won_deals.closed_at as won_at
    from (select distinct account_id from core.account_records) as accounts
    left join configured on accounts.account_id = configured.account_id
    left join mapped on accounts.account_id = mapped.account_id
    left join subscribed on accounts.account_id = subscribed.account_id
    left join churn_fields on accounts.account_id = churn_fields.account_id
    left join won_deals on accounts.account_id = won_deals.account_id and won_deals.won_order = 1
),

judged as (
    select
        account_id,
        customer_since,
        churned_at,
        won_deal_id,
        won_at,
        is_churn_from_subscriptions,
        is_said_churned
        or (is_churn_from_subscriptions and not has_churn_field and live_subscriptions = 0 and undated_ends > 0)
            as is_flagged_churned,
        case when has_churn_field then customer_since else first_started_on end as churn_known_since,
        case
            when has_churn_field or live_subscriptions > 0 then run.as_of
            when undated_ends = 0 then last_ended_on
        end as churn_known_until,
        -- Who was sold to before it left came back since; a start that is told alone, and later, contradicts.
        churned_at < customer_since and not coalesce(first_sold_on <= churned_at, false) as is_contradictory
    from dated
    cross join settings.run
    where
        customer_since is not null
        or is_said_customer
        or is_said_churned
        or has_subscription
        or won_deal_id is not null
)

select
    -- Account. #not_null #unique #references[core.account_records.account_id]
    account_id,
    -- First won deal.
    won_deal_id,
    -- Day the first deal was won.
    won_at,
    -- Customer since; NULL when a source only says that it is one.
    customer_since,
    -- Left on, by a field or the end of its last paid subscription, even if it came back since.
    churned_at,
    -- A record says that it has left, whatever the dates; or its last paid subscription ended on an unknown day. #not_null
    coalesce(is_flagged_churned, false) as is_flagged_churned,
    -- The end of its paid subscriptions says when it left; else a field does, or says that it has not. #not_null
    is_churn_from_subscriptions,
    -- Left before the start: flagged in core.key_conflicts, no part of the outcomes. #not_null
    coalesce(is_contradictory, false) as is_contradictory,
    -- First day from which a source would say that it left: a churn field does at all times, subscriptions from the
    -- first paid one. NULL where none would, or since when is unknown.
    churn_known_since,
    -- Last day up to which a source would say that it left, today at the latest: past the end of its last subscription
    -- nobody knows. NULL where no source would.
    churn_known_until
from judged
