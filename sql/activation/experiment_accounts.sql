-- One row per account that was ever in an experiment: which account of today its past arm and visits belong to. An
-- account that has another id now goes on under that id; one that was merged into another, or is gone, keeps its own.
with
known as (
    select distinct account_id
    from history.experiment_assignments
)

select
    -- Account id when it was assigned. #not_null #unique
    known.account_id,
    -- Account id today. #not_null
    coalesce(renamed.now_account_id, known.account_id) as now_account_id
from known
left join icp.renamed_accounts as renamed on known.account_id = renamed.account_id
