-- One row per account that was asked to buy and never did: all of its deals of new business were lost.
select
    -- #not_null #unique
    account_id,
    -- Day the last of them was lost.
    max(cast(closed_at as date)) as lost_on
from core.deals
where deal_role = 'new_business'
group by account_id
having sum(case when is_closed and not is_won then 0 else 1 end) = 0
