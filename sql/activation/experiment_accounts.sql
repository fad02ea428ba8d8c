-- Whose arm and visits of the past are whose today, one row per account that was ever in an experiment. One that has another
-- id now goes on as it; one that was merged into another, or is gone, keeps its own.
with
known as (
    select distinct account_id
    from history.experiment_assignments
),

renamed as (
    select key_value as account_id, account_id as later_account_id
    from history.account_references
    where key_type = 'account'
)

select
    -- Account as it was called when it was assigned. #not_null #unique
    known.account_id,
    -- As it is called today. #not_null
    coalesce(successors.now_account_id, renamed.later_account_id, known.account_id) as now_account_id
from known
left join renamed on known.account_id = renamed.account_id
left join icp.account_successors as successors
    on coalesce(renamed.later_account_id, known.account_id) = successors.account_id and successors.fate = 'moved'
