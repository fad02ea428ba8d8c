with
scored as (
    select max(as_of) as as_of from icp.account_tiers
),

today as (
    select routes.route,
        count(*) as leads,
        count(case when not leads.is_converted then 1 end) as open_leads,
        count(case when not leads.is_converted and routes.since = scored.as_of then 1 end) as sent_today
    from activation.lead_routes as routes
    inner join core.leads as leads on routes.lead_id = leads.lead_id
    cross join scored
    group by routes.route
),

since as (
    select route, cast(sum(leads) as bigint) as sent, cast(sum(met) as bigint) as met,
        cast(sum(converted) as bigint) as converted, cast(sum(won) as bigint) as won,
        cast(sum(overdue) as bigint) as overdue
    from results.route_results
    group by route
)

select today.route, today.leads, today.open_leads, today.sent_today, coalesce(since.overdue, 0) as overdue,
    coalesce(since.sent, 0) as sent, coalesce(since.met, 0) as met, coalesce(since.converted, 0) as converted,
    coalesce(since.won, 0) as won
from today
left join since on today.route = since.route
order by today.leads desc, today.route
