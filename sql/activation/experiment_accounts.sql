-- Whose arm and visits of the past are whose today, one row per account that was ever in an experiment. One that has another
-- id now goes on as it; one that was merged into another, or is gone, keeps its own.
with
known as (
    select distinct account_id
    from history.experiment_assignments
)

select
    -- Account as it was called when it was assigned. #not_null #unique
    known.account_id,
    -- As it is called today. #not_null
    coalesce(renamed.now_account_id, known.account_id) as now_account_id
from known
left join icp.renamed_accounts as renamed on known.account_id = renamed.account_id
