-- What is known about each account, one row per account, attribute and level. Unknown is no row, never a level,
-- unless the settings name a level for blanks.
-- Numbers are binned, levels grouped as the settings say; spellings that differ only in case become the commonest one.
-- #by[account_id]
with
texts as (
    select
        account_values.account_id,
        account_values.dimension,
        account_values.attribute,
        spellings.shown_level as level,
        account_values.known_at,
        account_values.is_blank
    from core.account_values
    inner join core.level_spellings as spellings
        on account_values.attribute = spellings.attribute
        and account_values.level = spellings.level
),

binned as (
    select
        account_values.account_id,
        account_values.dimension,
        account_values.attribute,
        attribute_bins.level,
        account_values.known_at,
        account_values.is_blank
    from core.account_values
    inner join settings.attribute_bins
        on account_values.attribute = attribute_bins.attribute
        and (attribute_bins.lower_bound is null or account_values.amount >= attribute_bins.lower_bound)
        and (attribute_bins.upper_bound is null or account_values.amount < attribute_bins.upper_bound)
),

levels as (
    select account_id, dimension, attribute, level, known_at, is_blank
    from texts
    union all
    select account_id, dimension, attribute, level, known_at, is_blank
    from binned
)

select
    -- Account. #not_null #unique_with[attribute,level] #references[core.accounts.account_id]
    levels.account_id,
    -- Kind of trait. #not_null #accepted[firmographic,technographic,situational,organizational,behavioral,custom]
    levels.dimension,
    -- Attribute: a predefined one or a key of the settings. #not_null
    levels.attribute,
    -- Level as the source spells it, a bin's label, or the group the settings put it in. #not_null
    coalesce(level_groups.grouped_level, levels.level) as level,
    -- When the value was recorded; NULL for an undated snapshot value, which never counts as late.
    case when count(*) = count(levels.known_at) then min(levels.known_at) end as known_at,
    -- The level that the settings give to a blank: it may be learned from, but nothing is known. #not_null
    max(case when levels.is_blank then 1 else 0 end) = 1 as is_blank
from levels
left join settings.level_groups
    on levels.attribute = level_groups.attribute
    and lower(levels.level) = lower(level_groups.level)
group by
    levels.account_id,
    levels.dimension,
    levels.attribute,
    coalesce(level_groups.grouped_level, levels.level)
