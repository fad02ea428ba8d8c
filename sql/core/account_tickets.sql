-- Support tickets of known accounts, opened by the as-of date. Tickets merged into others do not count twice.
select
    -- Ticket, known by its source folder and id. #not_null #unique
    tickets.ticket_id,
    -- Account. #not_null #references[core.account_records.account_id]
    coalesce(by_key.account_id, by_domain.account_id) as account_id,
    -- Priority.
    tickets.priority,
    -- Satisfaction answer.
    tickets.satisfaction,
    -- It asks for a feature; NULL where nothing says so or not.
    tickets.is_feature_request,
    -- Opened, UTC. #not_null
    tickets.created_at,
    -- Solved, UTC; NULL while open on the as-of date.
    case when cast(tickets.solved_at as date) <= run.as_of then tickets.solved_at end as solved_at
from staging.tickets
cross join settings.run
left join core.account_references as by_key on tickets.account_key = by_key.reference
left join core.account_references as by_domain on tickets.domain = by_domain.reference
where
    not tickets.is_merged
    and cast(tickets.created_at as date) <= run.as_of
    and coalesce(by_key.account_id, by_domain.account_id) is not null
