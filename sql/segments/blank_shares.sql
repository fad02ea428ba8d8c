-- One row per single-valued attribute whose blank cells count as unknown: the share of blanks among accounts whose
-- outcome is still open, and among lost ones (among customers, if the ICP is learned from their outcomes). Whole
-- company only.
with
candidates as (
    select attributes.attribute, attributes.carrier, attributes.source_system
    from settings.attributes as attributes
    left join settings.blank_levels as blank_levels on attributes.attribute = blank_levels.attribute
    left join segments.attribute_leaks as leaks on attributes.attribute = leaks.attribute
    where
        attributes.is_enabled
        and attributes.type <> 'multi'
        and (attributes.is_custom or attributes.dimension = 'firmographic')
        and attributes.carrier is not null
        and blank_levels.attribute is null
        and coalesce(leaks.verdict, 'ok') <> 'block'
),

-- Customers are left out if the ICP is learned from wins, and lost accounts if it is learned from outcomes.
accounts as (
    select
        accounts.account_id,
        case when customers.account_id is null and lost.account_id is null then 1 else 0 end as is_open,
        case basis.outcome
            when 'win' then case when customers.account_id is null and lost.account_id is not null then 1 else 0 end
            else case when customers.account_id is not null then 1 else 0 end
        end as is_ended
    from core.accounts as accounts
    cross join segments.learning_basis as basis
    left join core.customers as customers on accounts.account_id = customers.account_id
    left join outcomes.lost_accounts as lost on accounts.account_id = lost.account_id
    where accounts.relationship <> 'not_prospect' and basis.icp_id = 'primary' and basis.outcome is not null
),

filled as (
    select distinct attributes.account_id, attributes.attribute
    from core.account_attributes as attributes
    inner join candidates on attributes.attribute = candidates.attribute
    where not coalesce(attributes.is_blank, false)
),

counted as (
    select
        candidates.attribute,
        candidates.carrier,
        candidates.source_system,
        sum(accounts.is_open) as open_accounts,
        sum(case when filled.account_id is not null then accounts.is_open else 0 end) as filled_open,
        sum(accounts.is_ended) as ended_accounts,
        sum(case when filled.account_id is not null then accounts.is_ended else 0 end) as filled_ended
    from candidates
    cross join accounts
    left join core.account_sources as sources
        on accounts.account_id = sources.account_id
        and candidates.carrier = sources.carrier
        and candidates.source_system = sources.source_system
    left join filled on accounts.account_id = filled.account_id and candidates.attribute = filled.attribute
    -- An account without a record of the field's file has no cell at all.
    where candidates.carrier = 'any' or sources.account_id is not null
    group by candidates.attribute, candidates.carrier, candidates.source_system
)

select
    -- #not_null #unique
    attribute,
    -- Records that carry it: `account` or `deal`; `any` if it needs no record. #not_null
    carrier,
    -- System of these records; NULL for `any`.
    source_system,
    -- Accounts that have the cell and whose outcome is still open. #not_null
    cast(open_accounts as bigint) as open_accounts,
    -- Share of them where it is blank. #between[0,1] #finite
    1 - cast(filled_open as double) / nullif(open_accounts, 0) as blank_share_open,
    -- Lost accounts that have the cell, or customers where the ICP is learned from their outcomes. #not_null
    cast(ended_accounts as bigint) as ended_accounts,
    -- Share of them where it is blank. #between[0,1] #finite
    1 - cast(filled_ended as double) / nullif(ended_accounts, 0) as blank_share_ended
from counted
