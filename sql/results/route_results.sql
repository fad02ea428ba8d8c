-- One row per route and month: what came of the leads that were first sent there in that month, each thing in the route that
-- the lead had before it. Young months have had less time; leads that are gone since still count.
with
-- What was decided of a lead that had been converted by then says nothing of before.
stretches as (
    select
        routes.lead_id,
        routes.route,
        routes.as_of as given_on,
        lead(routes.as_of) over (
            partition by routes.lead_id order by routes.as_of asc, coalesce(runs.sequence, 0) asc, routes.run_id asc
        ) as taken_on
    from history.lead_routes as routes
    left join history.runs as runs on routes.run_id = runs.run_id
    where not routes.is_converted
),

lead_accounts as (
    select leads.lead_id, leads.created_at, leads.is_converted, leads.converted_at, matches.account_id
    from core.leads
    inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
),

new_deals as (
    select account_id, opened_on, case when is_won then closed_at end as won_on
    from core.deals
    where deal_role = 'new_business'
),

-- Visits and trials come from the account itself.
answers as (
    select
        lead_accounts.lead_id,
        lead_accounts.created_at,
        touches.happened_on,
        touches.happened_at,
        min(touches.happened_at) over (partition by lead_accounts.lead_id) as first_at,
        min(case when touches.happened_at is null then touches.happened_on end) over (
            partition by lead_accounts.lead_id
        ) as untimed_on
    from lead_accounts
    inner join core.account_engagement as touches on lead_accounts.account_id = touches.account_id
    where
        touches.kind not in ('visit', 'trial')
        and coalesce(
            touches.happened_at >= lead_accounts.created_at,
            touches.happened_on >= cast(lead_accounts.created_at as date)
        )
),

-- How fast somebody was answered is known of who came with a time, and whose first answer has one: one of a day without a
-- time may have come before it.
timed_answers as (
    select
        lead_id,
        cast(created_at as date) as came_on,
        date_diff('minute', date_trunc('minute', created_at), date_trunc('minute', first_at)) as minutes,
        min(happened_on) as happened_on
    from answers
    where
        happened_at = first_at
        and coalesce(untimed_on > cast(first_at as date), true)
        and created_at <> cast(cast(created_at as date) as timestamp)
    group by lead_id, created_at, first_at
),

-- What happened by the as-of date, and the day before which the route was decided. A kept row says that its lead had not been
-- converted yet, and who is to answer may do so at once: of these the day itself counts.
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
        lead_accounts.lead_id,
        'converted' as event,
        new_deals.opened_on as happened_on,
        new_deals.opened_on as decided_before
    from lead_accounts
    inner join new_deals on lead_accounts.account_id = new_deals.account_id
    union all
    select
        lead_accounts.lead_id,
        'won' as event,
        new_deals.won_on as happened_on,
        new_deals.won_on as decided_before
    from lead_accounts
    inner join new_deals on lead_accounts.account_id = new_deals.account_id
    union all
    select
        lead_accounts.lead_id,
        'met' as event,
        touches.happened_on,
        touches.happened_on as decided_before
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
        happened_on,
        cast(happened_on + interval '1' day as date) as decided_before
    from timed_answers
),

journeys as (
    select
        stretches.lead_id,
        stretches.route,
        min(stretches.given_on) as given_on,
        max(case when happenings.event = 'met' then 1 else 0 end) as met,
        max(case when happenings.event = 'converted' then 1 else 0 end) as converted,
        max(case when happenings.event = 'won' then 1 else 0 end) as won,
        min(case when happenings.event = 'touched' then happenings.happened_on end) as touched_on,
        max(case when happenings.event = 'answered' then 1 else 0 end) as answered
    from stretches
    left join happenings
        on stretches.lead_id = happenings.lead_id
        and happenings.decided_before > stretches.given_on
        and (stretches.taken_on is null or happenings.decided_before <= stretches.taken_on)
    group by stretches.lead_id, stretches.route
),

sent as (
    select
        journeys.*,
        cast(date_trunc('month', journeys.given_on) as date) as month,
        date_diff('day', journeys.given_on, journeys.touched_on) as days_to_touch,
        -- Of leads that came with the decision: the day before it or on it.
        case
            when
                journeys.answered = 1
                and timed_answers.came_on >= cast(journeys.given_on - interval '1' day as date)
                then timed_answers.minutes
        end as minutes_to_touch,
        case
            when
                routes.due_by < cast(run.as_of as timestamp)
                and journeys.touched_on is null
                and journeys.converted = 0 then 1
            else 0
        end as overdue
    from journeys
    cross join settings.run
    left join timed_answers on journeys.lead_id = timed_answers.lead_id
    left join activation.lead_routes as routes
        on journeys.lead_id = routes.lead_id and journeys.route = routes.route
),

-- Median by place in the order, as not every warehouse has one: the middle value, or the mean of the middle two.
waits as (
    select lead_id, route, month, 'day' as unit, days_to_touch as wait
    from sent
    where days_to_touch is not null
    union all
    select lead_id, route, month, 'minute' as unit, minutes_to_touch as wait
    from sent
    where minutes_to_touch is not null
),

wait_places as (
    select
        route,
        month,
        unit,
        wait,
        2 * row_number() over (partition by route, month, unit order by wait, lead_id)
        - count(*) over (partition by route, month, unit) as place
    from waits
),

touch_medians as (
    select
        route,
        month,
        avg(case when unit = 'day' and place between 0 and 2 then wait end) as median_days_to_touch,
        avg(case when unit = 'minute' and place between 0 and 2 then wait end) / 60 as median_hours_to_touch
    from wait_places
    group by route, month
),

counts as (
    select
        route,
        month,
        count(*) as leads,
        sum(met) as met,
        sum(converted) as converted,
        sum(won) as won,
        count(days_to_touch) as touched,
        sum(overdue) as overdue,
        cast(sum(converted) as double) / nullif(count(*), 0) as rate
    from sent
    group by route, month
),

wilson as (
    select
        counts.route,
        counts.month,
        (rate + z * z / (2.0 * nullif(leads, 0))) / nullif(1 + z * z / nullif(leads, 0), 0) as centre,
        z * sqrt(rate * (1 - rate) / nullif(leads, 0) + z * z / (4.0 * nullif(leads * leads, 0)))
        / nullif(1 + z * z / nullif(leads, 0), 0) as width
    from counts
    cross join (select interval_z as z from settings.run) as run
)

select
    -- Where the leads went. #not_null
    counts.route,
    -- First day of the month in which they were first sent there. #not_null #unique_with[route]
    counts.month,
    -- Leads that had not been converted by then. #not_null
    counts.leads,
    -- Those whose account met after it. #not_null
    cast(counts.met as bigint) as met,
    -- Those that came to a deal after it: the record was converted, or its account opened a deal of new business. #not_null
    cast(counts.converted as bigint) as converted,
    -- Those whose account won a deal of new business after it. #not_null
    cast(counts.won as bigint) as won,
    -- Share of the leads that came to a deal. #not_null #between[0,1]
    counts.rate,
    -- Lower end of its 90 % interval (Wilson). #not_null #between[0,1]
    round(greatest(0.0, wilson.centre - wilson.width), 9) as rate_low,
    -- Upper end of its interval. #not_null #between[0,1]
    round(least(1.0, wilson.centre + wilson.width), 9) as rate_high,
    -- Leads whose account was contacted, replied or met on the day of the decision or later. #not_null
    counts.touched,
    -- Median days until that, of those; NULL where there was none. #finite
    touch_medians.median_days_to_touch,
    -- Median hours from a lead's arrival to that, of leads that came on the day of the decision or the day before, where the
    -- lead and the touch have a time; NULL where none has. #finite
    touch_medians.median_hours_to_touch,
    -- Leads that still go there, were due before the as-of date, came to no deal, and whose account nobody is known to have
    -- touched since. #not_null
    cast(counts.overdue as bigint) as overdue
from counts
inner join wilson on counts.route = wilson.route and counts.month = wilson.month
left join touch_medians on counts.route = touch_medians.route and counts.month = touch_medians.month
