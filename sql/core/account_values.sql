-- Values of every attribute by account, before bins and level groups: a text level, or a number to be binned. Each
-- predefined attribute is a branch of `predefined`; those that icp.yaml adds come from core.configured_values.
-- Spellings that icp.yaml calls unknown are left out; where it names a level for blanks, a blank is that level.
-- #by[account_id]
with
predefined as (
    select
        account_id, 'industry' as attribute, industry as level, cast(null as double) as amount,
        cast(null as date) as known_at
    from core.accounts
    union all
    select account_id, 'sub_industry', sub_industry, null, null from core.accounts
    union all
    select account_id, 'country', country, null, null from core.accounts
    union all
    select account_id, 'region', region, null, null from core.accounts
    union all
    select account_id, 'ownership', ownership, null, null from core.accounts
    union all
    select account_id, 'business_model', business_model, null, null from core.accounts
    union all
    select account_id, 'growth_stage', growth_stage, null, null from core.accounts
    union all
    select account_id, 'employees', null, cast(employees as double), null from core.accounts
    union all
    select account_id, 'annual_revenue_usd', null, cast(annual_revenue_usd as double), null from core.accounts
    union all
    select account_id, 'founded_year', null, cast(founded_year as double), null from core.accounts
    union all
    select account_id, 'trial_active_days', null, cast(trial_active_days as double), last_trial_day
    from core.account_trial_usage
    union all
    select
        account_deciding_deals.account_id, 'committee_size', null, cast(deals.committee_size as double), deals.opened_on
    from core.account_deciding_deals
    inner join core.deals on account_deciding_deals.deal_id = deals.deal_id
    where deals.is_closed
    union all
    select
        accounts.account_id, 'lead_source', coalesce(deals.lead_source, accounts.account_source), null,
        case when deals.lead_source is not null then deals.opened_on end
    from core.accounts
    left join core.account_deciding_deals on accounts.account_id = account_deciding_deals.account_id
    left join core.deals on account_deciding_deals.deal_id = deals.deal_id
    union all
    select account_id, 'technology', technology, null, first_detected from core.account_technologies
    where is_live
    union all
    select
        account_technologies.account_id, technology_categories.category, account_technologies.technology, null,
        account_technologies.first_detected
    from core.account_technologies
    inner join settings.technology_categories
        on account_technologies.technology_key = replace(technology_categories.technology, '_', ' ')
    where account_technologies.is_live
),

given_values as (
    select account_id, attribute, nullif(trim(level), '') as level, amount, known_at
    from (
        select predefined.account_id, predefined.attribute, predefined.level, predefined.amount, predefined.known_at
        from predefined
        inner join settings.attributes
            on predefined.attribute = attributes.attribute
            and not attributes.is_custom
        left join settings.unknown_values
            on predefined.attribute = unknown_values.attribute
            and (lower(trim(predefined.level)) = unknown_values.spelling or predefined.amount = unknown_values.amount)
        where unknown_values.attribute is null
        union all
        select account_id, attribute, level, amount, known_at
        from core.configured_values
    ) as given
    where nullif(trim(level), '') is not null or amount is not null
),

given_attributes as (
    select distinct account_id, attribute
    from given_values
),

-- A blank counts only where a cell can be blank: an account without a record in the field's file has no cell.
blanks as (
    select accounts.account_id, blank_levels.attribute, blank_levels.level, sources.known_at
    from core.accounts
    cross join settings.blank_levels
    left join core.account_sources as sources
        on accounts.account_id = sources.account_id
        and blank_levels.carrier = sources.carrier
        and blank_levels.source_system = sources.source_system
    left join given_attributes
        on accounts.account_id = given_attributes.account_id
        and blank_levels.attribute = given_attributes.attribute
    where given_attributes.account_id is null and (blank_levels.carrier = 'any' or sources.account_id is not null)
),

attribute_values as (
    select account_id, attribute, level, amount, known_at, false as is_blank
    from given_values
    union all
    select account_id, attribute, level, cast(null as double) as amount, known_at, true as is_blank
    from blanks
)

select
    -- #not_null
    attribute_values.account_id,
    -- #not_null
    attribute_values.attribute,
    -- Kind of attribute: firmographic, technographic, situational, organizational, behavioral or custom. #not_null
    attributes.dimension,
    -- Level of a categorical, boolean, date or multi-valued attribute, trimmed.
    attribute_values.level,
    -- Number of a numeric attribute. #finite
    attribute_values.amount,
    -- When the value was recorded; NULL for an undated snapshot.
    attribute_values.known_at,
    -- Whether the cell was blank and icp.yaml gives blanks a level. #not_null
    attribute_values.is_blank
from attribute_values
inner join settings.attributes
    on attribute_values.attribute = attributes.attribute
    and attributes.is_enabled
