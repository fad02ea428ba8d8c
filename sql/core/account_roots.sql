-- One row per account, with the record that gives it its id: what core.accounts is counted against.
select
    -- #not_null #unique
    account_id,
    -- System of that record. #not_null
    source_system,
    -- Its id there. #not_null
    record_id
from core.account_records
where record_rank = 1
