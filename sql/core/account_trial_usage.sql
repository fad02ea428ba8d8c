-- Active days of accounts before the win (customers) or so far (prospects); accounts without any usage have no row.
-- Days after the win are outcomes, not traits, and never count. An account used only after the win has no row either:
-- prospects without a trial have no usage, and a level that only customers can have would be a leak.
-- #compared_by[account_id]
select
    -- #not_null #unique #references[core.account_records.account_id]
    usage_days.account_id,
    -- Days with usage before the deal was won or the account became a customer. #not_null
    cast(sum(
        case
            when coalesce(usage_days.usage_date < coalesce(customers.won_at, customers.customer_since), true) then 1
            else 0
        end
    ) as bigint) as trial_active_days,
    -- Last of those days. #not_null
    max(
        case
            when coalesce(usage_days.usage_date < coalesce(customers.won_at, customers.customer_since), true)
                then usage_days.usage_date
        end
    ) as last_trial_day
from core.account_usage_daily as usage_days
left join core.customers on usage_days.account_id = customers.account_id
where usage_days.events > 0
group by usage_days.account_id
having
    sum(
        case
            when coalesce(usage_days.usage_date < coalesce(customers.won_at, customers.customer_since), true) then 1
            else 0
        end
    ) > 0
