-- What is known about each account: one row per account, attribute and level. An unknown value is no row, never a
-- level, unless icp.yaml names a level for blanks. Numbers are binned and levels grouped as icp.yaml says; spellings
-- that differ only in case become the most common one. #by[account_id]
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
    -- #not_null #unique_with[attribute,level] #references[core.accounts.account_id]
    levels.account_id,
    -- Kind of attribute: firmographic, technographic, situational, organizational, behavioral or custom. #not_null
    -- #accepted[firmographic,technographic,situational,organizational,behavioral,custom]
    levels.dimension,
    -- Attribute: a predefined one, or a key under `attributes:` in icp.yaml. #not_null
    levels.attribute,
    -- Value: as the source spells it, the label of its bin, or the group that icp.yaml puts it in. #not_null
    coalesce(level_groups.grouped_level, levels.level) as level,
    -- When the value was recorded; NULL for an undated snapshot value, which never counts as late.
    case when count(*) = count(levels.known_at) then min(levels.known_at) end as known_at,
    -- Whether it is the level that icp.yaml gives to blank cells: nothing is known, but it may be learned from.
    -- #not_null
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
