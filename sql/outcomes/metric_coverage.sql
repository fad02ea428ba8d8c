-- One row per predefined outcome metric and customer old enough to be compared: whether any source gives it.
with
metrics_of_customers as (
    select
        customers.account_id,
        metrics.metric,
        customers.account_weight,
        case metrics.metric
            when 'retained' then customers.retained is not null
            when 'acv_usd' then customers.acv_usd is not null
            when 'ltv_usd' then customers.ltv_usd is not null
            when 'net_revenue_retention' then customers.net_revenue_retention is not null
            when 'expansion_usd' then customers.expansion_usd is not null
            when 'nps' then customers.nps is not null
            when 'sales_cycle_days' then customers.sales_cycle_days is not null
            when 'time_to_value_days' then customers.time_to_value_days is not null
            when 'referrals' then customers.referrals is not null
            when 'tickets_per_month' then customers.tickets_per_month is not null
        end as is_known
    from outcomes.customer_metrics as customers
    cross join settings.outcome_metrics as metrics
    where customers.tenure_band is not null and metrics.weight > 0
)

select
    -- The customer. #not_null #references[core.customers.account_id]
    metrics_of_customers.account_id,
    -- Outcome metric, by its key in icp.yaml. #not_null #unique_with[account_id]
    metrics_of_customers.metric,
    -- Whether its value is known. #not_null
    metrics_of_customers.is_known,
    -- Ultimate parent, if it has other accounts: one source may cover all of them; else NULL.
    parents.ultimate_parent_id as shared_id,
    -- Weight: customers of one parent weigh 1 together. #not_null
    metrics_of_customers.account_weight as weight
from metrics_of_customers
left join core.account_parents as parents
    on metrics_of_customers.account_id = parents.account_id and parents.accounts > 1
where metrics_of_customers.is_known is not null
