-- Touches of known accounts up to the as-of date, one row per touch; identical rows all count.
select
    -- #not_null #references[core.account_records.account_id]
    coalesce(by_key.account_id, by_domain.account_id) as account_id,
    -- Day of the touch. #not_null
    engagement.happened_on,
    -- Moment of the touch (UTC); NULL where only the day is known.
    engagement.happened_at,
    -- Channel, such as email, web or event.
    engagement.channel,
    -- touch, visit, reply, meeting or trial; `touch` if the file names no kind. #not_null
    coalesce(engagement.kind, 'touch') as kind
from staging.engagement
cross join settings.run
left join core.account_references as by_key on engagement.account_key = by_key.reference
left join core.account_references as by_domain on engagement.domain = by_domain.reference
where
    engagement.happened_on <= run.as_of
    and coalesce(by_key.account_id, by_domain.account_id) is not null
