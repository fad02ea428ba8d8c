-- One row per account that is kept out of audiences, with the first of its reasons. Customers and open deals yield to an
-- audience whose `relationships` names them, unless its `exclude` repeats them; nobody else does.
with
first_reasons as (
    select account_id, min(reason_order) as reason_order
    from activation.exclusion_reasons
    group by account_id
)

select
    -- Account. #not_null #unique #references[core.accounts.account_id]
    reasons.account_id,
    -- Registrable domain; NULL where none is known.
    accounts.domain,
    -- The first that holds: on a suppress list, nobody sells to it, ruled out, not ICP in every ICP it belongs to, customer,
    -- open deal. #not_null #accepted[suppressed,not_prospect,disqualified,not_icp,customer,open_deal]
    reasons.reason,
    -- Last day on which a list keeps it out; NULL where there is no end.
    reasons.until
from activation.exclusion_reasons as reasons
inner join first_reasons
    on reasons.account_id = first_reasons.account_id and reasons.reason_order = first_reasons.reason_order
inner join core.accounts as accounts on reasons.account_id = accounts.account_id
