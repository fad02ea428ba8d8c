-- One row per lead with a known time to answer: the lead arrived at a known time, and its first answer has one. An
-- answer on a day without a time may have come before it.
with
-- Visits and trials come from the account itself.
answers as (
    select
        leads.lead_id,
        leads.created_at,
        touches.happened_on,
        touches.happened_at,
        min(touches.happened_at) over (partition by leads.lead_id) as first_at,
        min(case when touches.happened_at is null then touches.happened_on end) over (
            partition by leads.lead_id
        ) as untimed_on
    from core.leads
    inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
    inner join core.account_engagement as touches on matches.account_id = touches.account_id
    where
        touches.kind not in ('visit', 'trial')
        and coalesce(touches.happened_at >= leads.created_at, touches.happened_on >= cast(leads.created_at as date))
)

select
    -- The lead. #not_null #unique
    lead_id,
    -- Day it came. #not_null
    cast(created_at as date) as came_on,
    -- Day of the first answer. #not_null
    min(happened_on) as answered_on,
    -- Minutes from one to the other. #not_null
    date_diff('minute', date_trunc('minute', created_at), date_trunc('minute', first_at)) as minutes_to_answer
from answers
where
    happened_at = first_at
    and coalesce(untimed_on > cast(first_at as date), true)
    and created_at <> cast(cast(created_at as date) as timestamp)
group by lead_id, created_at, first_at
