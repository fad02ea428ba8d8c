-- One row per finding about what is known of how customers turned out.
with
uneven as (
    select
        metric,
        customers,
        known_customers,
        attribute,
        level,
        cast(round(100 * share_inside) as integer) as inside,
        cast(round(100 * share_outside) as integer) as outside
    from segments.outcome_coverage
    where attribute is not null
),

uneven_coverage as (
    select
        'OUTCOME_COVERAGE' as code,
        'warning' as severity,
        metric || ' is known of ' || cast(known_customers as varchar) || ' of ' || cast(customers as varchar)
        || ' customers old enough to be compared, and that goes with a trait: of ' || cast(inside as varchar)
        || ' % where ' || attribute || ' is ' || level || ', and of ' || cast(outside as varchar) || ' % of the others. '
        || case metric
            when 'retained' then 'Churn rates of segments are those of the customers it is known of. '
            else ''
        end
        || 'What no source covers counts as unknown; land the source that covers the others, or name a field that all '
        || 'have under outcomes.metrics in icp.yaml.' as message,
        metric as subject
    from uneven
)

select
    -- What kind of finding. #not_null #accepted[OUTCOME_COVERAGE]
    uneven_coverage.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    uneven_coverage.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    uneven_coverage.message,
    -- What it is about: an outcome metric. #not_null #unique_with[code]
    uneven_coverage.subject
from uneven_coverage
