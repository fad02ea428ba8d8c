-- One row per attribute and level as some source spells it: how it is shown. Spellings that differ only in case become
-- the commonest of them.
with
counted as (
    select attribute, level, count(*) as uses
    from core.account_values
    where level is not null
    group by attribute, level
)

select
    -- #not_null #unique_with[level]
    counted.attribute,
    -- Level as a source spells it. #not_null
    counted.level,
    -- Level as it is shown. #not_null
    first_value(counted.level) over (
        partition by counted.attribute, lower(counted.level)
        order by counted.uses desc, counted.level asc
        rows between unbounded preceding and unbounded following
    ) as shown_level
from counted
