-- One row per lead: where it goes, and by when. Leads of one company on one day share a route, that of the first of
-- their rules. A converted lead keeps its route from before conversion.
with
kept_rows as (
    select
        routes.*,
        coalesce(runs.counted_on, routes.as_of) as counted_on,
        row_number() over (
            partition by routes.lead_id order by coalesce(runs.sequence, 0) asc, routes.run_id asc
        ) as place,
        lag(routes.route) over (
            partition by routes.lead_id order by coalesce(runs.sequence, 0) asc, routes.run_id asc
        ) as route_before
    from history.lead_routes as routes
    left join icp.past_runs as runs on routes.run_id = runs.run_id
    where not coalesce(runs.is_look_back, false)
),

route_starts as (
    select
        lead_id,
        max(place) as last_place,
        max(case when route_before is null or route_before <> route then place end) as first_place,
        sum(case when route_before is null or route_before <> route then 1 else 0 end) as routes
    from kept_rows
    group by lead_id
),

last_routes as (
    select
        kept_rows.*,
        first_rows.counted_on as since,
        route_starts.routes
    from route_starts
    inner join kept_rows on route_starts.lead_id = kept_rows.lead_id and route_starts.last_place = kept_rows.place
    inner join kept_rows as first_rows
        on route_starts.lead_id = first_rows.lead_id and route_starts.first_place = first_rows.place
),

members as (
    select
        tiers.lead_id,
        tiers.tier,
        tiers.reasons,
        tiers.company,
        cast(leads.created_at as date) as came_on,
        leads.created_at,
        leads.is_converted,
        rules.position,
        rules.rule,
        rules.route,
        rules.due_hours
    from activation.lead_tiers as tiers
    inner join core.leads on tiers.lead_id = leads.lead_id
    left join activation.lead_rules as rules on tiers.lead_id = rules.lead_id
),

ranked as (
    select
        members.*,
        min(created_at) over (partition by company, came_on) as first_created_at,
        row_number() over (
            partition by company, came_on order by position asc nulls last, created_at asc nulls last, lead_id asc
        ) as place
    from members
),

shared as (
    select
        members.lead_id,
        members.is_converted,
        coalesce(ranked.route, 'none') as route,
        coalesce(ranked.rule, 'no rule') as rule,
        ranked.tier,
        ranked.reasons,
        ranked.due_hours,
        ranked.first_created_at
    from members
    inner join ranked
        on members.company = ranked.company
        and coalesce(members.came_on = ranked.came_on, members.came_on is null and ranked.came_on is null)
        and ranked.place = 1
),

-- A converted lead has the route that was decided before its conversion.
decided as (
    select
        shared.lead_id,
        coalesce(before.route, shared.route) as route,
        coalesce(before.rule, shared.rule) as rule,
        coalesce(before.tier, shared.tier) as tier,
        shared.reasons,
        shared.due_hours,
        shared.first_created_at,
        case
            when last_routes.route = coalesce(before.route, shared.route) then least(last_routes.since, run.as_of) else run.as_of
        end as since,
        coalesce(last_routes.routes = 1 and last_routes.route = coalesce(before.route, shared.route), true)
            as is_first_route
    from shared
    cross join settings.run
    left join last_routes on shared.lead_id = last_routes.lead_id
    left join last_routes as before
        on shared.lead_id = before.lead_id and shared.is_converted and not before.is_converted
)

select
    -- #not_null #unique #same_count_as[core.leads] #references[core.leads.lead_id]
    decided.lead_id,
    -- Route; `none` if no rule matches. #not_null
    decided.route,
    -- Rule of icp.yaml that decided. #not_null
    decided.rule,
    -- Why: the tier that decided, and its strongest evidence. #not_null
    decided.tier || ': ' || decided.reasons as reason,
    -- First day on this route. #not_null
    decided.since,
    -- When an answer is due (UTC): counted from the arrival of the company's first lead that day, or from the day of a
    -- change of route; NULL for no deadline.
    case
        when decided.is_first_route then decided.first_created_at else cast(decided.since as timestamp)
    end + decided.due_hours * interval '1' hour as due_by,
    -- Tier that decided. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    decided.tier
from decided
