-- What people of each account did on the website by the as-of date, one row per account, day and kind of event.
select
    -- #not_null #references[core.account_records.account_id]
    account_references.account_id,
    -- Day (UTC). #not_null #unique_with[account_id,event]
    cast(web_events.occurred_at as date) as happened_on,
    -- visit, or what the visitor did: demo_request, signup ... #not_null
    web_events.event,
    -- Number of such events on that day. #not_null
    count(*) as events,
    -- When the first of them happened (UTC). #not_null
    min(web_events.occurred_at) as first_at
from staging.web_events
cross join settings.run
inner join core.account_references on web_events.domain = account_references.reference
where cast(web_events.occurred_at as date) <= run.as_of
group by account_references.account_id, cast(web_events.occurred_at as date), web_events.event
