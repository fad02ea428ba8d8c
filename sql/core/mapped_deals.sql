-- Deals of mapped sources that are not deleted, each with its account; where a deal has no flags, its stage says
-- whether it is closed and won.
with
mapped_stages as (
    select
        deals.source_name,
        deals.record_id,
        stages.is_closed,
        stages.is_won,
        row_number() over (
            partition by deals.source_name, deals.record_id
            order by
                case when stages.source_name = deals.source_name then 0 else 1 end asc,
                case
                    when split_part(stages.source_path, '/', 1) = split_part(deals.source_path, '/', 1) then 0 else 1
                end asc,
                stages.source_name asc
        ) as preference
    from staging.mapped_deals as deals
    inner join staging.mapped_deal_stages as stages on deals.stage_id = stages.stage_id
),

mapped_accounts as (
    select
        deal_accounts.deal_reference,
        account_references.account_id,
        row_number() over (
            partition by deal_accounts.deal_reference
            order by deal_accounts.account_reference asc, deal_accounts.source_name asc
        ) as preference
    from staging.mapped_deal_accounts as deal_accounts
    inner join core.account_references
        on deal_accounts.account_reference = account_references.reference
)

select
    -- Key under `sources:` and the source's id. #not_null #unique
    deals.source_name || '-' || deals.record_id as deal_id,
    -- Key under `sources:`. #not_null
    deals.source_name as source_system,
    -- The source's own id. #not_null
    deals.record_id as source_deal_id,
    -- Account that the deal names, else the one from a file of deal-account pairs; NULL if unknown.
    coalesce(account_references.account_id, mapped_accounts.account_id) as account_id,
    deals.stage_id as stage,
    deals.deal_type,
    deals.pipeline,
    deals.record_type,
    deals.lead_source,
    -- Currency of the amount; NULL means the home currency.
    deals.currency,
    -- Amount in that currency.
    deals.amount,
    -- Whether it is closed, by the deal's flags, else its stage's. #not_null
    coalesce(deals.is_closed, mapped_stages.is_closed, deals.is_won, mapped_stages.is_won, false)
    or coalesce(deals.is_won, mapped_stages.is_won, false) as is_closed,
    -- Whether it is won, by the deal's flag, else its stage's. #not_null
    coalesce(deals.is_won, mapped_stages.is_won, false) as is_won,
    -- When the deal was created (UTC).
    deals.created_at,
    -- Actual close of a closed deal, forecast of an open one.
    deals.close_date as closed_at,
    -- Months that the amount is for.
    deals.term_months,
    -- First day of the contract.
    deals.starts_on,
    -- Last day of the contract.
    deals.ends_on
from staging.mapped_deals as deals
left join core.account_references on deals.account_reference = account_references.reference
left join mapped_accounts
    on deals.record_id = mapped_accounts.deal_reference
    and mapped_accounts.preference = 1
left join mapped_stages
    on deals.source_name = mapped_stages.source_name
    and deals.record_id = mapped_stages.record_id
    and mapped_stages.preference = 1
where not deals.is_deleted
