-- One row per attribute of one value whose blank cells are unknown: how many of those accounts are blank of which nobody knows
-- how it ends, and of those whose deals were lost (customers, where outcomes are learned from). Of the whole company alone.
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

lost as (
    select account_id
    from core.deals
    where deal_role = 'new_business'
    group by account_id
    having sum(case when is_closed and not is_won then 0 else 1 end) = 0
),

-- Customers are compared with nobody where who won is learned from, nor the lost where it is how customers turn out.
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
    left join lost on accounts.account_id = lost.account_id
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
    -- The attribute. #not_null #unique
    attribute,
    -- Records that carry it: those of accounts or of deals, or `any` account. #not_null
    carrier,
    -- System of these records; NULL for `any`.
    source_system,
    -- Accounts that have the cell and of which nobody knows how it ends. #not_null
    cast(open_accounts as bigint) as open_accounts,
    -- Share of them where it is blank. #between[0,1] #finite
    1 - cast(filled_open as double) / nullif(open_accounts, 0) as blank_share_open,
    -- Accounts that have the cell and whose deals were lost; customers, where outcomes are learned from. #not_null
    cast(ended_accounts as bigint) as ended_accounts,
    -- Share of them where it is blank. #between[0,1] #finite
    1 - cast(filled_ended as double) / nullif(ended_accounts, 0) as blank_share_ended
from counted
