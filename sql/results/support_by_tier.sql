-- One row per month, tier and industry: support tickets and feature requests of the accounts that were customers in
-- that month. The tier is the one before the month.
with
ticket_months as (
    select
        account_id,
        cast(date_trunc('month', created_at) as date) as month,
        count(*) as tickets,
        sum(case when is_feature_request then 1 else 0 end) as feature_requests,
        count(is_feature_request) as tickets_with_kind
    from core.account_tickets
    group by account_id, cast(date_trunc('month', created_at) as date)
),

months as (
    select distinct month from ticket_months
),

industries as (
    select account_id, min(level) as industry
    from core.account_attributes
    where attribute = 'industry' and not is_blank
    group by account_id
),

customers as (
    select
        months.month,
        customers.account_id,
        coalesce(intervals.tier, 'none') as tier,
        industries.industry,
        coalesce(ticket_months.tickets, 0) as tickets,
        coalesce(ticket_months.feature_requests, 0) as feature_requests,
        coalesce(ticket_months.tickets_with_kind, 0) as tickets_with_kind
    from months
    inner join core.customers as customers
        on customers.customer_since < cast(months.month + interval '1' month as date)
        and (customers.churned_at is null or customers.churned_at >= months.month)
    left join ticket_months on customers.account_id = ticket_months.account_id and months.month = ticket_months.month
    left join industries on customers.account_id = industries.account_id
    left join icp.tier_intervals as intervals
        on customers.account_id = intervals.account_id
        and intervals.icp_id = 'primary'
        and months.month > intervals.given_on
        and (intervals.taken_on is null or months.month <= intervals.taken_on)
),

counts as (
    select
        month,
        tier,
        industry,
        count(*) as customers,
        sum(tickets) as tickets,
        sum(case when tickets > 0 then 1 else 0 end) as customers_with_tickets,
        case when sum(tickets) = 0 or sum(tickets_with_kind) > 0 then sum(feature_requests) end as feature_requests
    from customers
    group by month, tier, industry
)

select
    -- First day of the month; months without any ticket are left out. #not_null
    month,
    -- Tier of the primary ICP before the month; none before the first scoring. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,unscored,none]
    tier,
    -- Industry today, as in core.account_attributes; NULL if unknown. #unique_with[month,tier]
    industry,
    -- Accounts that were customers in the month. #not_null
    customers,
    -- Tickets they opened. #not_null
    cast(tickets as bigint) as tickets,
    -- Customers that opened one. #not_null
    cast(customers_with_tickets as bigint) as customers_with_tickets,
    -- Tickets that ask for a feature, by their tags or type; NULL if neither is exported.
    cast(feature_requests as bigint) as feature_requests,
    -- tickets / customers. #not_null
    round(cast(tickets as double) / nullif(customers, 0), 6) as tickets_per_customer,
    -- feature_requests / customers; NULL if unknown.
    round(cast(feature_requests as double) / nullif(customers, 0), 6) as feature_requests_per_customer
from counts
