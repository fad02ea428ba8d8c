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

-- What happened by the as-of date, and the day before which the route was decided. A kept row says that its lead had not been
-- converted yet, and who is to answer may do so at once: of these the day itself counts.
happenings as (
    select
        lead_accounts.lead_id,
        'converted' as event,
        lead_accounts.converted_at as happened_on,
        cast(null as timestamp) as happened_at,
        cast(coalesce(lead_accounts.converted_at, run.as_of) + interval '1' day as date) as decided_before
    from lead_accounts
    cross join settings.run
    where lead_accounts.is_converted
    union all
    select
        lead_accounts.lead_id,
        'converted' as event,
        new_deals.opened_on as happened_on,
        cast(null as timestamp) as happened_at,
        new_deals.opened_on as decided_before
    from lead_accounts
    inner join new_deals on lead_accounts.account_id = new_deals.account_id
    union all
    select
        lead_accounts.lead_id,
        'won' as event,
        new_deals.won_on as happened_on,
        cast(null as timestamp) as happened_at,
        new_deals.won_on as decided_before
    from lead_accounts
    inner join new_deals on lead_accounts.account_id = new_deals.account_id
    union all
    select
        lead_accounts.lead_id,
        'met' as event,
        touches.happened_on,
        cast(null as timestamp) as happened_at,
        touches.happened_on as decided_before
    from lead_accounts
    inner join core.account_engagement as touches on lead_accounts.account_id = touches.account_id
    where touches.kind = 'meeting'
    union all
    -- Visits and trials come from the account itself.
    select
        lead_accounts.lead_id,
        'touched' as event,
        touches.happened_on,
        -- How fast somebody was answered is known of who came with a time, and is answered with one.
        case
            when
                touches.happened_at >= lead_accounts.created_at
                and lead_accounts.created_at <> cast(cast(lead_accounts.created_at as date) as timestamp)
                then touches.happened_at
        end as happened_at,
        cast(touches.happened_on + interval '1' day as date) as decided_before
    from lead_accounts
    inner join core.account_engagement as touches on lead_accounts.account_id = touches.account_id
    where touches.kind not in ('visit', 'trial')
),

-- The first answer to a lead, in whatever route; one of a day without a time may have come before one with a time.
first_answers as (
    select
        lead_accounts.lead_id,
        min(touches.happened_at) as answered_at,
        min(case when touches.happened_at is null then touches.happened_on end) as untimed_on
    from lead_accounts
    inner join core.account_engagement as touches on lead_accounts.account_id = touches.account_id
    where
        touches.kind not in ('visit', 'trial')
        and coalesce(
            touches.happened_at >= lead_accounts.created_at,
            touches.happened_on >= cast(lead_accounts.created_at as date)
        )
    group by lead_accounts.lead_id
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
        min(happenings.happened_at) as touched_at
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
                cast(leads.created_at as date) >= cast(journeys.given_on - interval '1' day as date)
                and journeys.touched_at = first_answers.answered_at
                and coalesce(first_answers.untimed_on > cast(journeys.touched_at as date), true)
                then date_diff(
                    'minute', date_trunc('minute', leads.created_at), date_trunc('minute', journeys.touched_at)
                )
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
    left join core.leads as leads on journeys.lead_id = leads.lead_id
    left join first_answers on journeys.lead_id = first_answers.lead_id
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
