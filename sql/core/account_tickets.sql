-- Support tickets of known accounts, opened by the as-of date. Tickets merged into others do not count twice.
select
    -- Ticket: source folder and id. #not_null #unique
    tickets.ticket_id,
    -- #not_null #references[core.account_records.account_id]
    coalesce(by_key.account_id, by_domain.account_id) as account_id,
    -- Priority.
    tickets.priority,
    -- Satisfaction answer.
    tickets.satisfaction,
    -- Whether it asks for a feature; NULL if neither tags nor type say.
    tickets.is_feature_request,
    -- When it was opened (UTC). #not_null
    tickets.created_at,
    -- When it was solved (UTC); NULL if open on the as-of date.
    case when cast(tickets.solved_at as date) <= run.as_of then tickets.solved_at end as solved_at
from staging.tickets
cross join settings.run
left join core.account_references as by_key on tickets.account_key = by_key.reference
left join core.account_references as by_domain on tickets.domain = by_domain.reference
where
    not tickets.is_merged
    and cast(tickets.created_at as date) <= run.as_of
    and coalesce(by_key.account_id, by_domain.account_id) is not null
