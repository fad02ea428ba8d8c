-- One row per account: its state, which the next run takes as the state before anything that happens until then. Kept
-- as history.experiment_standings.
with
levels as (
    select
        account_id,
        min(case when attribute = 'industry' then level end) as industry,
        min(case when attribute = 'employees' then level end) as employees,
        min(case when attribute = 'region' then level end) as region
    from core.account_attributes
    where attribute in ('industry', 'employees', 'region') and not is_blank
    group by account_id
),

shown as (
    select account_id, max(case when variant <> default_variant then 1 else 0 end) as is_different
    from activation.website_matches
    group by account_id
)

select
    -- #not_null #unique #references[core.accounts.account_id]
    accounts.account_id,
    -- Relationship to us, as in core.accounts. #not_null
    accounts.relationship,
    -- Industry, as a level of the ICP's attributes.
    levels.industry,
    -- Headcount, as a level.
    levels.employees,
    -- Region, as a level.
    levels.region,
    -- Whether the website shows it something other than the default in at least one place, unless it is held out.
    -- #not_null
    coalesce(shown.is_different = 1, false) as is_different
from core.accounts as accounts
left join levels on accounts.account_id = levels.account_id
left join shown on accounts.account_id = shown.account_id
