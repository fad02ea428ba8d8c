-- Values of every attribute by account, before bins and level groups: text levels, or a number to be binned.
-- #by[account_id]
with
firmographics as (
    select account_id, 'industry' as attribute, industry as level from core.accounts
    union all
    select account_id, 'sub_industry' as attribute, sub_industry as level from core.accounts
    union all
    select account_id, 'country' as attribute, country as level from core.accounts
    union all
    select account_id, 'region' as attribute, region as level from core.accounts
    union all
    select account_id, 'ownership' as attribute, ownership as level from core.accounts
    union all
    select account_id, 'business_model' as attribute, business_model as level from core.accounts
    union all
    select account_id, 'growth_stage' as attribute, growth_stage as level from core.accounts
),

numbers as (
    select account_id, 'employees' as attribute, cast(employees as double) as amount, cast(null as date) as known_at
    from core.accounts
    union all
    select
        account_id, 'annual_revenue_usd' as attribute, cast(annual_revenue_usd as double) as amount,
        cast(null as date) as known_at
    from core.accounts
    union all
    select
        account_id, 'founded_year' as attribute, cast(founded_year as double) as amount, cast(null as date) as known_at
    from core.accounts
    union all
    select
        account_id, 'trial_active_days' as attribute, cast(trial_active_days as double) as amount,
        last_trial_day as known_at
    from core.account_trial_usage
    union all
    select
        account_deciding_deals.account_id, 'committee_size' as attribute,
        cast(deals.committee_size as double) as amount,
        cast(deals.created_at as date) as known_at
    from core.account_deciding_deals
    inner join core.deals on account_deciding_deals.deal_id = deals.deal_id
    where deals.is_closed
),

technologies as (
    select account_id, 'technology' as attribute, technology as level, first_detected as known_at
    from core.account_technologies
    where is_live
    union all
    select
        account_technologies.account_id, technology_categories.category as attribute,
        account_technologies.technology as level, account_technologies.first_detected as known_at
    from core.account_technologies
    inner join settings.technology_categories
        on account_technologies.technology_key = replace(technology_categories.technology, '_', ' ')
    where account_technologies.is_live
),

lead_sources as (
    select
        accounts.account_id,
        'lead_source' as attribute,
        coalesce(deals.lead_source, accounts.account_source) as level,
        case when deals.lead_source is not null then cast(deals.created_at as date) end as known_at
    from core.accounts
    left join core.account_deciding_deals on accounts.account_id = account_deciding_deals.account_id
    left join core.deals on account_deciding_deals.deal_id = deals.deal_id
),

predefined as (
    select account_id, attribute, level, cast(null as double) as amount, cast(null as date) as known_at
    from firmographics
    union all
    select account_id, attribute, cast(null as varchar) as level, amount, known_at
    from numbers
    union all
    select account_id, attribute, level, cast(null as double) as amount, known_at
    from technologies
    union all
    select account_id, attribute, level, cast(null as double) as amount, known_at
    from lead_sources
),

custom_ranked as (
    select
        field_values.account_id,
        field_values.attribute,
        attributes.type,
        field_values.value,
        field_values.known_at,
        field_values.record_rank,
        row_number() over (
            partition by field_values.account_id, field_values.attribute
            order by field_values.record_rank asc, field_values.value asc
        ) as value_rank
    from core.account_field_values as field_values
    inner join settings.attributes
        on field_values.attribute = attributes.attribute
        and attributes.is_custom
),

custom as (
    select
        account_id,
        attribute,
        case when type = 'date' then substr(value, 1, 4) when type <> 'numeric' then value end as level,
        case
            when type = 'numeric' and abs(try_cast(value as double)) < 1e300 then try_cast(value as double)
        end as amount,
        known_at
    from custom_ranked
    where record_rank = 1 and (type = 'multi' or value_rank = 1)
),

attribute_values as (
    select predefined.account_id, predefined.attribute, predefined.level, predefined.amount, predefined.known_at
    from predefined
    inner join settings.attributes
        on predefined.attribute = attributes.attribute
        and not attributes.is_custom
    union all
    select account_id, attribute, level, amount, known_at
    from custom
)

select
    -- Account. #not_null
    attribute_values.account_id,
    -- Attribute. #not_null
    attribute_values.attribute,
    -- Group of attributes. #not_null
    attributes.dimension,
    -- Level of a categorical, boolean, date or multi-valued attribute, trimmed.
    nullif(trim(attribute_values.level), '') as level,
    -- Number of a numeric attribute. #finite
    attribute_values.amount,
    -- When the value was recorded; NULL for an undated snapshot.
    attribute_values.known_at
from attribute_values
inner join settings.attributes
    on attribute_values.attribute = attributes.attribute
    and attributes.is_enabled
where nullif(trim(attribute_values.level), '') is not null or attribute_values.amount is not null
