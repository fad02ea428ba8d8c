-- One row per observation and level of an attribute that was known when its outcome window began.
-- Leaking attributes are absent. A level without a date is a snapshot value and counts. #by[account_id]
select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    observations.outcome,
    -- The observation. #not_null #unique_with[outcome,attribute,level]
    observations.observation_id,
    -- The account observed. #not_null
    observations.account_id,
    -- #not_null
    attributes.attribute,
    -- Its level. #not_null
    attributes.level
from outcomes.observations as observations
inner join core.account_attributes as attributes on observations.account_id = attributes.account_id
left join segments.attribute_leaks as leaks on attributes.attribute = leaks.attribute
where
    coalesce(leaks.verdict, 'ok') <> 'block'
    and attributes.level is not null
    and (attributes.known_at is null or cast(attributes.known_at as date) <= observations.observed_at)
