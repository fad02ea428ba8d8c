with
counted as (
    select reasons.reason, min(reasons.reason_order) as reason_order, count(*) as accounts
    from activation.exclusions as exclusions
    inner join activation.exclusion_reasons as reasons
        on exclusions.account_id = reasons.account_id and exclusions.reason = reasons.reason
    group by reasons.reason
)

select reason, reason_order, accounts from counted order by reason_order
