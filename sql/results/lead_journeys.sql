-- One row per lead and route that it was sent to: what came of it there, each event in the route that the lead had
-- before. Leads that are gone since still count.
with
-- A decision about a lead that had already been converted does not count for the time before.
stretches as (
    select
        routes.lead_id,
        routes.route,
        coalesce(runs.counted_on, routes.as_of) as given_on,
        min(coalesce(runs.counted_on, routes.as_of)) over (
            partition by routes.lead_id
            order by coalesce(runs.sequence, 0) asc nulls first, routes.run_id asc nulls first
            rows between 1 following and unbounded following
        ) as taken_on
    from history.lead_routes as routes
    left join icp.past_runs as runs on routes.run_id = runs.run_id
    where not routes.is_converted and not coalesce(runs.is_look_back, false)
),

lead_accounts as (
    select leads.lead_id, leads.is_converted, leads.converted_at, matches.account_id
    from core.leads
    inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
),

new_deals as (
    select account_id, opened_on, case when is_won then closed_at end as won_on
    from core.deals
    where deal_role = 'new_business'
),

-- What happened by the as-of date, and the day from which the route counts. A kept row means that its lead had not been
-- converted yet and could be answered at once: for these the day itself counts.
happenings as (
    select
        lead_accounts.lead_id,
        'converted' as event,
        lead_accounts.converted_at as happened_on,
        cast(coalesce(lead_accounts.converted_at, run.as_of) + interval '1' day as date) as decided_before
    from lead_accounts
    cross join settings.run
    where lead_accounts.is_converted
    union all
    select
        lead_accounts.lead_id, 'converted' as event, new_deals.opened_on as happened_on, new_deals.opened_on as decided_before
    from lead_accounts
    inner join new_deals on lead_accounts.account_id = new_deals.account_id
    union all
    select
        lead_accounts.lead_id, 'won' as event, new_deals.won_on as happened_on, new_deals.won_on as decided_before
    from lead_accounts
    inner join new_deals on lead_accounts.account_id = new_deals.account_id
    union all
    select
        lead_accounts.lead_id, 'met' as event, touches.happened_on, touches.happened_on as decided_before
    from lead_accounts
    inner join core.account_engagement as touches on lead_accounts.account_id = touches.account_id
    where touches.kind = 'meeting'
    union all
    select
        lead_accounts.lead_id,
        'touched' as event,
        touches.happened_on,
        cast(touches.happened_on + interval '1' day as date) as decided_before
    from lead_accounts
    inner join core.account_engagement as touches on lead_accounts.account_id = touches.account_id
    where touches.kind not in ('visit', 'trial')
    union all
    select
        lead_id,
        'answered' as event,
        answered_on as happened_on,
        cast(answered_on + interval '1' day as date) as decided_before
    from results.lead_answers
)

select
    -- The lead. #not_null
    stretches.lead_id,
    -- Where it was sent. #not_null #unique_with[lead_id]
    stretches.route,
    -- Day of the first decision for that route. #not_null
    min(stretches.given_on) as given_on,
    -- 1 if its account met after it. #not_null
    max(case when happenings.event = 'met' then 1 else 0 end) as met,
    -- 1 if it led to a deal after it: the record was converted, or its account opened a deal of new business. #not_null
    max(case when happenings.event = 'converted' then 1 else 0 end) as converted,
    -- 1 if its account won a deal of new business after it. #not_null
    max(case when happenings.event = 'won' then 1 else 0 end) as won,
    -- First day on which its account was contacted, replied or met, on the day of the decision or later.
    min(case when happenings.event = 'touched' then happenings.happened_on end) as touched_on,
    -- 1 if the lead's first answer came after it, at a known time. #not_null
    max(case when happenings.event = 'answered' then 1 else 0 end) as answered
from stretches
left join happenings
    on stretches.lead_id = happenings.lead_id
    and happenings.decided_before > stretches.given_on
    and (stretches.taken_on is null or happenings.decided_before <= stretches.taken_on)
group by stretches.lead_id, stretches.route
