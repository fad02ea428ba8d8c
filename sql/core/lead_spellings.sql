-- One row per attribute and level as a lead spells it: the spelling of accounts, else its own.
with
levels as (
    select distinct attribute, level
    from core.lead_values
    where level is not null
),

known_spellings as (
    select attribute, lower(level) as folded_level, min(shown_level) as shown_level
    from core.level_spellings
    group by attribute, lower(level)
)

select
    -- #not_null #unique_with[level]
    levels.attribute,
    -- Level as a lead spells it. #not_null
    levels.level,
    -- Level as it is shown. #not_null
    coalesce(known_spellings.shown_level, levels.level) as shown_level
from levels
left join known_spellings
    on levels.attribute = known_spellings.attribute and lower(levels.level) = known_spellings.folded_level
