-- One row per customer: NPS, time to value and tickets, from surveys, usage and support. NULL is unknown: having no
-- rows in a source means something only if that source covers the customer.
with
run as (
    select as_of from settings.run
),

customers as (
    select
        customers.account_id,
        cast(customers.customer_since as date) as customer_since,
        cast(cast(customers.customer_since as date) + interval 365 day as date) as year_on,
        least(coalesce(cast(customers.churned_at as date), run.as_of), run.as_of) as active_until,
        run.as_of
    from core.customers as customers
    cross join run
),

responses as (
    select
        responses.account_id,
        responses.score,
        cast(responses.responded_at as date) as responded_on,
        max(cast(responses.responded_at as date)) over (partition by responses.account_id) as last_on
    from core.account_survey_responses as responses
    cross join run
    where coalesce(cast(responses.responded_at as date) <= run.as_of, true)
),

-- One survey wave: a customer's answers of the 90 days up to its latest one; undated answers when there are no others.
satisfaction as (
    select
        account_id,
        round(cast(sum(cast(score as decimal(18, 6))) as double) / count(*), 9) as nps
    from responses
    where
        score is not null
        and (last_on is null or date_diff('day', responded_on, last_on) < 90)
    group by account_id
),

-- Customers that began before usage was recorded would seem to have waited for its first day.
usage_start as (
    select min(usage_days.usage_date) as first_date
    from core.account_usage_daily as usage_days
    cross join run
    where usage_days.events > 0 and usage_days.usage_date <= run.as_of
),

first_use as (
    select
        customers.account_id,
        date_diff('day', min(customers.customer_since), min(usage_days.usage_date)) as time_to_value_days
    from customers
    cross join usage_start
    inner join core.account_usage_daily as usage_days on customers.account_id = usage_days.account_id
    where
        usage_days.events > 0
        and usage_days.usage_date <= customers.as_of
        and usage_days.usage_date >= customers.customer_since
        and customers.customer_since >= usage_start.first_date
    group by customers.account_id
),

tickets as (
    select tickets.account_id, cast(tickets.created_at as date) as created_on
    from core.account_tickets as tickets
    cross join run
    where cast(tickets.created_at as date) <= run.as_of
),

ticket_start as (
    select min(created_on) as first_date from tickets
),

-- Customers with an organization in the help desk. For others it is unknown whether they never wrote or write from
-- elsewhere.
ticket_accounts as (
    select distinct account_id from tickets
),

-- The days of the first year in which a ticket would have been recorded. Customers that began long before tickets were
-- recorded have none.
ticket_windows as (
    select
        customers.account_id,
        greatest(customers.customer_since, ticket_start.first_date) as opens_on,
        least(customers.active_until, customers.year_on) as closes_on
    from customers
    inner join ticket_accounts on customers.account_id = ticket_accounts.account_id
    cross join ticket_start
    where
        ticket_start.first_date is not null
        and customers.year_on <= customers.as_of
        and ticket_start.first_date <= cast(customers.customer_since + interval 183 day as date)
        and customers.active_until > greatest(customers.customer_since, ticket_start.first_date)
),

support as (
    select
        ticket_windows.account_id,
        count(tickets.created_on)
            / greatest(date_diff('day', min(ticket_windows.opens_on), min(ticket_windows.closes_on)) / 30.4375, 1)
            as tickets_per_month
    from ticket_windows
    left join tickets
        on
            ticket_windows.account_id = tickets.account_id
            and tickets.created_on >= ticket_windows.opens_on
            and tickets.created_on <= ticket_windows.closes_on
    group by ticket_windows.account_id
)

select
    -- The customer. #not_null #unique #same_count_as[core.customers]
    customers.account_id,
    satisfaction.nps,
    cast(first_use.time_to_value_days as double) as time_to_value_days,
    -- #finite
    round(cast(support.tickets_per_month as double), 9) as tickets_per_month
from customers
left join satisfaction on customers.account_id = satisfaction.account_id
left join first_use on customers.account_id = first_use.account_id
left join support on customers.account_id = support.account_id
