-- One row per route and month: what came of the leads first sent there in that month, each event in the route that the
-- lead had before. Recent months have had less time; leads that are gone since still count.
with
sent as (
    select
        journeys.*,
        cast(date_trunc('month', journeys.given_on) as date) as month,
        date_diff('day', journeys.given_on, journeys.touched_on) as days_to_touch,
        -- For leads that arrived with the decision: the day before it or the same day.
        case
            when
                journeys.answered = 1
                and answers.came_on >= cast(journeys.given_on - interval '1' day as date)
                then answers.minutes_to_answer
        end as minutes_to_touch,
        case
            when
                routes.due_by < cast(run.as_of as timestamp)
                and journeys.touched_on is null
                and journeys.converted = 0 then 1
            else 0
        end as overdue
    from results.lead_journeys as journeys
    cross join settings.run
    left join results.lead_answers as answers on journeys.lead_id = answers.lead_id
    left join activation.lead_routes as routes
        on journeys.lead_id = routes.lead_id and journeys.route = routes.route
),

-- Median by position, because not every warehouse has a median: the middle value, or the mean of the middle two.
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
    -- Those that led to a deal after it: the record was converted, or its account opened a deal of new business.
    -- #not_null
    cast(counts.converted as bigint) as converted,
    -- Those whose account won a deal of new business after it. #not_null
    cast(counts.won as bigint) as won,
    -- Share of the leads that led to a deal. #not_null #between[0,1]
    counts.rate,
    -- Lower end of its 90 % interval (Wilson). #not_null #between[0,1]
    round(greatest(0.0, wilson.centre - wilson.width), 9) as rate_low,
    -- Upper end of its interval. #not_null #between[0,1]
    round(least(1.0, wilson.centre + wilson.width), 9) as rate_high,
    -- Leads whose account was contacted, replied or met on the day of the decision or later. #not_null
    counts.touched,
    -- Median days until then; NULL if there was none. #finite
    touch_medians.median_days_to_touch,
    -- Median hours from a lead's arrival to that touch, for leads that came on the day of the decision or the day
    -- before and where both times are known; NULL without such leads. #finite
    touch_medians.median_hours_to_touch,
    -- Leads still on this route that were due before the as-of date, led to no deal, and whose account has no touch
    -- since. #not_null
    cast(counts.overdue as bigint) as overdue
from counts
inner join wilson on counts.route = wilson.route and counts.month = wilson.month
left join touch_medians on counts.route = touch_medians.route and counts.month = touch_medians.month
