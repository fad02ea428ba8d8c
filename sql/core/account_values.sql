-- Values of every attribute by account, before bins and level groups: text levels, or a number to be binned.
-- Spellings that the settings call unknown are no value; where they name a level for a blank, it is one.
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
        deals.opened_on as known_at
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
        case when deals.lead_source is not null then deals.opened_on end as known_at
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

custom_typed as (
    select
        field_values.account_id,
        field_values.attribute,
        attributes.type,
        -- A date becomes its year only after it was compared with the spellings that mean "unknown".
        case
            when attributes.type = 'date' then substr(field_values.value, 1, 10)
            when attributes.type <> 'numeric' then trim(field_values.value)
        end as text_value,
        case
            when attributes.type = 'numeric' and abs(try_cast(field_values.value as double)) < 1e300
                then try_cast(field_values.value as double)
        end as amount,
        field_values.known_at,
        field_values.record_rank
    from core.account_field_values as field_values
    inner join settings.attributes
        on field_values.attribute = attributes.attribute
        and attributes.is_custom
),

-- What stands for "unknown" in one record leaves the word to the next one.
custom_ranked as (
    select
        custom_typed.*,
        min(custom_typed.record_rank) over (
            partition by custom_typed.account_id, custom_typed.attribute
        ) as first_record_rank,
        row_number() over (
            partition by custom_typed.account_id, custom_typed.attribute
            order by
                custom_typed.record_rank asc,
                custom_typed.text_value asc nulls last,
                custom_typed.amount asc nulls last,
                custom_typed.known_at asc nulls last
        ) as value_rank
    from custom_typed
    left join settings.unknown_values
        on custom_typed.attribute = unknown_values.attribute
        and (
            lower(custom_typed.text_value) = unknown_values.spelling
            or custom_typed.amount = unknown_values.amount
        )
    where unknown_values.attribute is null
),

custom as (
    select
        account_id,
        attribute,
        case when type = 'date' then substr(text_value, 1, 4) else text_value end as level,
        amount,
        known_at
    from custom_ranked
    where record_rank = first_record_rank and (type = 'multi' or value_rank = 1)
),

predefined_known as (
    select predefined.account_id, predefined.attribute, predefined.level, predefined.amount, predefined.known_at
    from predefined
    inner join settings.attributes
        on predefined.attribute = attributes.attribute
        and not attributes.is_custom
    left join settings.unknown_values
        on predefined.attribute = unknown_values.attribute
        and (lower(trim(predefined.level)) = unknown_values.spelling or predefined.amount = unknown_values.amount)
    where unknown_values.attribute is null
),

given_values as (
    select
        given.account_id,
        given.attribute,
        nullif(trim(given.level), '') as level,
        given.amount,
        given.known_at
    from (
        select account_id, attribute, level, amount, known_at
        from predefined_known
        union all
        select account_id, attribute, level, amount, known_at
        from custom
    ) as given
    where nullif(trim(given.level), '') is not null or given.amount is not null
),

-- Whose cell it is that can be blank: an account without a record of the field's file has no cell at all.
carriers as (
    select
        account_id, 'any' as carrier, cast(null as varchar) as source_system, cast(null as date) as known_at
    from core.accounts
    union all
    select distinct account_id, 'account' as carrier, source_system, cast(null as date) as known_at
    from core.account_records
    union all
    select account_id, 'deal' as carrier, source_system, min(opened_on) as known_at
    from core.deals
    group by account_id, source_system
),

given_attributes as (
    select distinct account_id, attribute
    from given_values
),

blanks as (
    select carriers.account_id, blank_levels.attribute, blank_levels.level, carriers.known_at
    from settings.blank_levels
    inner join carriers
        on blank_levels.carrier = carriers.carrier
        and coalesce(blank_levels.source_system, '') = coalesce(carriers.source_system, '')
    left join given_attributes
        on carriers.account_id = given_attributes.account_id
        and blank_levels.attribute = given_attributes.attribute
    where given_attributes.account_id is null
),

attribute_values as (
    select account_id, attribute, level, amount, known_at, false as is_blank
    from given_values
    union all
    select account_id, attribute, level, cast(null as double) as amount, known_at, true as is_blank
    from blanks
)

select
    -- Account. #not_null
    attribute_values.account_id,
    -- Attribute. #not_null
    attribute_values.attribute,
    -- Group of attributes. #not_null
    attributes.dimension,
    -- Level of a categorical, boolean, date or multi-valued attribute, trimmed.
    attribute_values.level,
    -- Number of a numeric attribute. #finite
    attribute_values.amount,
    -- When the value was recorded; NULL for an undated snapshot.
    attribute_values.known_at,
    -- Nothing is known, and the settings make that a level. #not_null
    attribute_values.is_blank
from attribute_values
inner join settings.attributes
    on attribute_values.attribute = attributes.attribute
    and attributes.is_enabled
