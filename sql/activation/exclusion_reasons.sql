-- One row per account and reason to keep it out of audiences. A company is its domain: a list, sale or open deal of one
-- of its records keeps out all of them, or the domain would be in an audience and in the exclusions; "does not fit"
-- must be true for all of them.
with
records as (
    select
        accounts.account_id,
        coalesce(accounts.domain, accounts.account_id) as company,
        accounts.relationship,
        suppressions.account_id is not null as is_suppressed,
        suppressions.until
    from core.accounts as accounts
    left join core.account_suppressions as suppressions on accounts.account_id = suppressions.account_id
),

standings as (
    select
        records.company,
        min(case when tiers.tier = 'not_icp' then 1 else 0 end) as is_out,
        max(case when scores.status = 'disqualified' then 1 else 0 end) as is_disqualified
    from records
    inner join icp.account_tiers as tiers on records.account_id = tiers.account_id
    inner join icp.account_scores as scores
        on tiers.account_id = scores.account_id and tiers.icp_id = scores.icp_id
    group by records.company
),

company_reasons as (
    select
        company,
        'suppressed' as reason,
        case when count(*) = count(until) then max(until) end as until
    from records
    where is_suppressed
    group by company

    union all

    select distinct company, relationship as reason, cast(null as date) as until
    from records
    where relationship in ('not_prospect', 'customer', 'open_deal')

    union all

    select
        company,
        case when is_disqualified = 1 then 'disqualified' else 'not_icp' end as reason,
        cast(null as date) as until
    from standings
    where is_out = 1
)

select
    -- #not_null #references[core.accounts.account_id]
    records.account_id,
    -- Why it is kept out. #not_null #unique_with[account_id]
    -- #accepted[suppressed,not_prospect,disqualified,not_icp,customer,open_deal]
    company_reasons.reason,
    -- Rank of the reason; 1 is the strongest. #not_null #between[1,6]
    case company_reasons.reason
        when 'suppressed' then 1
        when 'not_prospect' then 2
        when 'disqualified' then 3
        when 'not_icp' then 4
        when 'customer' then 5
        else 6
    end as reason_order,
    -- Last day on which a list keeps it out; NULL if open-ended.
    company_reasons.until
from records
inner join company_reasons on records.company = company_reasons.company
