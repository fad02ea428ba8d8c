-- One row per observation and segment it belongs to, by what was known when its outcome window began.
select distinct
    -- What is judged. #not_null #accepted[quality,win]
    levels.outcome,
    -- The observation. #not_null #unique_with[outcome,attribute,segment]
    levels.observation_id,
    -- The account observed. #not_null
    levels.account_id,
    -- The attribute. #not_null
    definitions.attribute,
    -- The segment. #not_null
    definitions.segment
from segments.observed_levels as levels
inner join segments.segment_definitions as definitions
    on levels.attribute = definitions.attribute and levels.level = definitions.level
