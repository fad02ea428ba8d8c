-- Touches of known accounts by the as-of date, one row per touch: identical rows all count.
select
    -- Account. #not_null #references[core.account_records.account_id]
    coalesce(by_key.account_id, by_domain.account_id) as account_id,
    -- Day of the touch. #not_null
    engagement.happened_on,
    -- Moment of the touch (UTC); NULL where only the day is known.
    engagement.happened_at,
    -- Email, web, event ...
    engagement.channel,
    -- Kind of touch; a touch that says nothing more is one. #not_null
    coalesce(engagement.kind, 'touch') as kind
from staging.engagement
cross join settings.run
left join core.account_references as by_key on engagement.account_key = by_key.reference
left join core.account_references as by_domain on engagement.domain = by_domain.reference
where
    engagement.happened_on <= run.as_of
    and coalesce(by_key.account_id, by_domain.account_id) is not null
