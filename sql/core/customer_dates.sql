-- When fields, subscriptions and deals say an account became a customer, and when it left, up to the as-of date. It
-- began: by the configured field, else the mapped CRM's date, else its first paid subscription or won deal.
-- core.customers adds who came back.
with
subscribed as (
    select
        account_id,
        min(started_on) as first_started_on,
        max(ended_on) as last_ended_on,
        sum(case when is_live then 1 else 0 end) as live_subscriptions,
        -- Ended on an unknown day.
        sum(case when not is_live and ended_on is null then 1 else 0 end) as undated_ends
    from core.account_subscriptions
    where is_paid and not is_contradictory
    group by account_id
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

sold as (
    select
        accounts.account_id,
        case
            when subscribed.first_started_on <= won_deals.closed_at then subscribed.first_started_on
            else coalesce(won_deals.closed_at, subscribed.first_started_on)
        end as first_sold_on,
        subscribed.account_id is not null as has_subscription,
        subscribed.first_started_on,
        subscribed.last_ended_on,
        subscribed.live_subscriptions,
        subscribed.undated_ends,
        won_deals.deal_id as won_deal_id,
        won_deals.closed_at as won_at
    from (select distinct account_id from core.account_records) as accounts
    left join subscribed on accounts.account_id = subscribed.account_id
    left join won_deals on accounts.account_id = won_deals.account_id and won_deals.won_order = 1
),

dated as (
    select
        sold.*,
        coalesce(stated.customer_since, sold.first_sold_on) as customer_since,
        case
            when stated.configured_churned_at is not null then stated.configured_churned_at
            when not stated.is_churned then null
            when stated.mapped_churned_at is not null then stated.mapped_churned_at
            when sold.live_subscriptions = 0 and sold.undated_ends = 0 then sold.last_ended_on
        end as churned_at,
        stated.configured_churned_at is null and stated.mapped_churned_at is null and coalesce(stated.is_churned, true)
            as is_churn_from_subscriptions,
        coalesce(stated.is_churned, false) as is_said_churned,
        coalesce(stated.is_customer, false) as is_said_customer,
        coalesce(stated.has_churn_field, false) as has_churn_field
    from sold
    left join core.customer_statements as stated on sold.account_id = stated.account_id
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
        -- An account that bought before it left has come back; a separate, later start date contradicts that.
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
    -- #not_null #unique #references[core.account_records.account_id]
    account_id,
    -- First won deal.
    won_deal_id,
    -- Day the first deal was won.
    won_at,
    -- Day it became a customer; NULL when a source only says that it is one.
    customer_since,
    -- Left on, by a field or the end of its last paid subscription, even if it came back since.
    churned_at,
    -- Whether a record says that it has left, whatever the dates; or its last paid subscription ended on an unknown
    -- day. #not_null
    coalesce(is_flagged_churned, false) as is_flagged_churned,
    -- Whether the end of its paid subscriptions decides when it left; else a CRM field does. #not_null
    is_churn_from_subscriptions,
    -- Whether it left before it started: reported in core.key_conflicts and excluded from outcomes. #not_null
    coalesce(is_contradictory, false) as is_contradictory,
    -- First day from which a churn would show in some source: always with a churn field, from the first paid
    -- subscription with billing. NULL if it never would, or from an unknown day.
    churn_known_since,
    -- Last day up to which a churn would show in some source: today at the latest, or the end of its last subscription.
    -- NULL if it never would.
    churn_known_until
from judged
