-- One row per account and outcome metric that a CRM field holds.
-- Of several records of an account the first decides; a yes/no field counts as 1 and 0.
with
numbers as (
    select
        field_values.account_id,
        field_values.attribute as metric,
        case lower(field_values.value)
            when 'true' then 1.0
            when 'false' then 0.0
            else try_cast(field_values.value as double)
        end as value
    from core.account_field_values as field_values
    inner join settings.outcome_metrics as metrics on field_values.attribute = metrics.metric
    where metrics.is_from_field and field_values.record_rank = 1
)

select
    -- #not_null #unique_with[metric]
    numbers.account_id,
    -- Outcome metric, by its key in icp.yaml. #not_null
    numbers.metric,
    -- What the field says. #not_null #finite
    max(numbers.value) as value
from numbers
where abs(numbers.value) < 1e15
group by numbers.account_id, numbers.metric
