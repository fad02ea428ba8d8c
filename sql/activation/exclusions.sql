-- One row per account that is kept out of audiences, with the first of its reasons. Customers and open deals are let
-- into an audience whose `relationships` names them and whose `exclude` does not; nobody else is.
with
first_reasons as (
    select account_id, min(reason_order) as reason_order
    from activation.exclusion_reasons
    group by account_id
)

select
    -- #not_null #unique #references[core.accounts.account_id]
    reasons.account_id,
    -- Registrable domain; NULL where none is known.
    accounts.domain,
    -- The first that applies: on a suppress list, not a prospect, disqualified, not ICP in every ICP it belongs to,
    -- customer, open deal. #not_null #accepted[suppressed,not_prospect,disqualified,not_icp,customer,open_deal]
    reasons.reason,
    -- Last day on which a list keeps it out; NULL if open-ended.
    reasons.until
from activation.exclusion_reasons as reasons
inner join first_reasons
    on reasons.account_id = first_reasons.account_id and reasons.reason_order = first_reasons.reason_order
inner join core.accounts as accounts on reasons.account_id = accounts.account_id
