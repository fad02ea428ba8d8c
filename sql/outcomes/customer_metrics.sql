-- One row per customer: its ten outcome metrics, and the tenure band within which it is compared. A metric is NULL
-- where no source covers the customer: no rows found is neither 0 nor "retained". A metric that icp.yaml reads from a
-- CRM field comes from that field alone, because two definitions must not be mixed.
with
field_values as (
    select
        account_id,
        max(case when metric = 'retained' then value end) as retained,
        max(case when metric = 'acv_usd' then value end) as acv_usd,
        max(case when metric = 'ltv_usd' then value end) as ltv_usd,
        max(case when metric = 'net_revenue_retention' then value end) as net_revenue_retention,
        max(case when metric = 'expansion_usd' then value end) as expansion_usd,
        max(case when metric = 'nps' then value end) as nps,
        max(case when metric = 'sales_cycle_days' then value end) as sales_cycle_days,
        max(case when metric = 'time_to_value_days' then value end) as time_to_value_days,
        max(case when metric = 'referrals' then value end) as referrals,
        max(case when metric = 'tickets_per_month' then value end) as tickets_per_month
    from outcomes.field_metrics
    group by account_id
),

from_field as (
    select
        max(case when metric = 'retained' then 1 else 0 end) as retained,
        max(case when metric = 'acv_usd' then 1 else 0 end) as acv_usd,
        max(case when metric = 'ltv_usd' then 1 else 0 end) as ltv_usd,
        max(case when metric = 'net_revenue_retention' then 1 else 0 end) as net_revenue_retention,
        max(case when metric = 'expansion_usd' then 1 else 0 end) as expansion_usd,
        max(case when metric = 'nps' then 1 else 0 end) as nps,
        max(case when metric = 'sales_cycle_days' then 1 else 0 end) as sales_cycle_days,
        max(case when metric = 'time_to_value_days' then 1 else 0 end) as time_to_value_days,
        max(case when metric = 'tickets_per_month' then 1 else 0 end) as tickets_per_month
    from settings.outcome_metrics
    where is_from_field
),

-- Only the start decides who is old enough: requiring customers to still be there would hide churn. Customers of one
-- parent are one buyer and share one rank.
mature as (
    select
        computed.account_id,
        computed.tenure_months,
        cast(
            1.0 / count(*) over (partition by coalesce(parents.ultimate_parent_id, computed.account_id))
            as decimal(18, 12)
        ) as account_weight
    from outcomes.computed_metrics as computed
    cross join settings.run as run
    left join core.account_parents as parents on computed.account_id = parents.account_id and parents.accounts > 1
    where computed.tenure_months >= run.min_tenure_months
),

tenure_ranks as (
    select
        mature.account_id,
        mature.account_weight,
        least(
            run.max_cohorts,
            greatest(1, floor(round(cast(sum(mature.account_weight) over () as double), 6) / 100.0))
        ) as bands,
        (
            cast(sum(mature.account_weight) over (order by mature.tenure_months nulls first) as double)
            - cast(sum(mature.account_weight) over (partition by mature.tenure_months) as double) / 2.0
        ) / nullif(cast(sum(mature.account_weight) over () as double), 0) as tenure_percentile
    from mature
    cross join settings.run as run
)

select
    -- The customer. #not_null #unique #references[core.customers.account_id] #same_count_as[core.customers]
    computed.account_id,
    -- Months from the start to the as-of date, also for customers that left. #finite
    computed.tenure_months,
    -- Band of customers of like tenure, 1 the youngest; NULL for customers too young to be compared. #between[1,8]
    cast(
        round(least(tenure_ranks.bands, floor(round(tenure_ranks.tenure_percentile * tenure_ranks.bands, 9)) + 1))
        as integer
    ) as tenure_band,
    -- #finite
    case when from_field.retained = 1 then field_values.retained else computed.retained end as retained,
    -- #finite
    case when from_field.acv_usd = 1 then field_values.acv_usd else computed.acv_usd end as acv_usd,
    -- #finite
    case when from_field.ltv_usd = 1 then field_values.ltv_usd else computed.ltv_usd end as ltv_usd,
    -- Value per year, for comparing ltv_usd: of the first 12 months, or a CRM field's total over the tenure. #finite
    case
        when from_field.ltv_usd = 1
            then round(field_values.ltv_usd * 12 / greatest(computed.tenure_months, 1), 9)
        else computed.first_year_usd
    end as ltv_per_year_usd,
    -- #finite
    case
        when from_field.net_revenue_retention = 1 then field_values.net_revenue_retention
        else computed.net_revenue_retention
    end as net_revenue_retention,
    -- #finite
    case when from_field.expansion_usd = 1 then field_values.expansion_usd else computed.expansion_usd end
        as expansion_usd,
    -- Growth per year, for comparing expansion: after the first 12 months, or a CRM field's total over the tenure.
    -- #finite
    case
        when from_field.expansion_usd = 1
            then round(field_values.expansion_usd * 12 / greatest(computed.tenure_months, 1), 9)
        else computed.first_year_expansion_usd
    end as expansion_per_year_usd,
    -- #finite
    case when from_field.nps = 1 then field_values.nps else computed.nps end as nps,
    -- #finite
    case when from_field.sales_cycle_days = 1 then field_values.sales_cycle_days else computed.sales_cycle_days end
        as sales_cycle_days,
    -- #finite
    case
        when from_field.time_to_value_days = 1 then field_values.time_to_value_days
        else computed.time_to_value_days
    end as time_to_value_days,
    -- #finite
    field_values.referrals,
    -- #finite
    case when from_field.tickets_per_month = 1 then field_values.tickets_per_month else computed.tickets_per_month end
        as tickets_per_month,
    -- 1 divided by the compared customers of its ultimate parent; NULL for customers too young to be compared.
    tenure_ranks.account_weight
from outcomes.computed_metrics as computed
cross join from_field
left join field_values on computed.account_id = field_values.account_id
left join tenure_ranks on computed.account_id = tenure_ranks.account_id
