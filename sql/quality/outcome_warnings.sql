-- One row per finding about what can be learned from outcomes: coverage that correlates with a trait, traits that
-- correlate with the start, attributes that give the outcome away.
with
uneven as (
    select
        outcome_coverage.*,
        cast(round(100 * share_inside) as integer) as inside,
        cast(round(100 * share_outside) as integer) as outside
    from segments.outcome_coverage
    where attribute is not null
),

uneven_coverage as (
    select
        'OUTCOME_COVERAGE' as code,
        'warning' as severity,
        metric || ' is known for ' || cast(known_customers as varchar) || ' of ' || cast(customers as varchar)
        || ' customers old enough to compare, and that depends on a trait: for ' || cast(inside as varchar)
        || ' % where ' || attribute || ' is ' || level || ', for ' || cast(outside as varchar) || ' % of the others. '
        || case metric
            when 'retained' then 'Churn rates of segments count only customers for whom it is known. '
            else ''
        end
        || 'The rest counts as unknown. Land the source that covers the others, or name a field that all customers '
        || 'have under outcomes.metrics in icp.yaml.' as message,
        metric as subject
    from uneven
),

-- The clearest of an attribute's segments.
starts as (
    select
        segment_starts.*,
        row_number() over (partition by attribute order by abs(start_correlation) desc, segment asc) as place
    from segments.segment_starts
    where icp_id = 'primary' and n_segment >= 5 and abs(start_correlation) > 0.7
),

inseparable_starts as (
    select
        'TRAIT_GOES_WITH_START' as code,
        'warning' as severity,
        'Customers with ' || attribute || ' ' || segment || ' (' || cast(n_segment as varchar) || ') started '
        || cast(cast(round(abs(older_by_days) / 30.4375) as integer) as varchar) || ' months '
        || case when older_by_days > 0 then 'earlier' else 'later' end
        || ' than the others on average (correlation '
        || cast(cast(abs(start_correlation) as decimal(4, 2)) as varchar) || '), so the trait cannot be separated from '
        || 'the time: it gets no verdict and is not a criterion. It can be tested once you sell to both kinds at the same time.'
            as message,
        attribute as subject
    from starts
    where place = 1
),

-- The attribute in the settings: if it has an entry, the advice is a line to add to it, because the entry needs the
-- rest.
leaks as (
    select
        leaks.attribute,
        leaks.rule,
        leaks.verdict,
        leaks.message,
        coalesce(attributes.is_custom, false) as is_custom,
        coalesce(attributes.is_known_before_sale, false) as is_known_before_sale,
        case when attributes.is_custom then 'add `' else 'write `attributes: {' || leaks.attribute || ': {' end as line_begins,
        case
            when attributes.is_custom then '` to attributes.' || leaks.attribute || ' in icp.yaml'
            else '}}` in icp.yaml'
        end as line_ends
    from segments.attribute_leaks as leaks
    left join settings.attributes as attributes on leaks.attribute = attributes.attribute
    where leaks.verdict in ('block', 'warn')
),

leak_findings as (
    select
        'LEAKY_ATTRIBUTE' as code,
        'warning' as severity,
        message || case
            when verdict = 'warn'
                then case
                    when is_custom
                        then ' From now on it cannot become a must-have or disqualifier; its points still count, and they can '
                        || 'make an account Not ICP.'
                    else ''
                end
                || ' Find out when it is filled in. After the outcome: ' || line_begins || 'enabled: false' || line_ends
                || ', run (`icp run --accept "why"` if a guard blocks it, because tiers move) and `icp refit`. Before the sale: '
                || line_begins || 'known_before_sale: true' || line_ends || ' and `icp refit`.'
            when rule = 'gives_the_result_away'
                then ' If it is known before the sale, ' || line_begins || 'known_before_sale: true' || line_ends
                || '; otherwise do nothing.'
            else ' To use it, land the value as it was before the sale; otherwise do nothing.'
                || case
                    when is_known_before_sale
                        then ' (`known_before_sale` does not change that: it vouches for a strong field, not for when or '
                        || 'for whom it is filled in.)'
                    else ''
                end
        end as message,
        attribute as subject
    from leaks
),

findings as (
    select code, severity, message, subject from uneven_coverage
    union all
    select code, severity, message, subject from inseparable_starts
    union all
    select code, severity, message, subject from leak_findings
)

select
    -- #not_null #accepted[OUTCOME_COVERAGE,TRAIT_GOES_WITH_START,LEAKY_ATTRIBUTE]
    findings.code,
    findings.severity,
    findings.message,
    -- An outcome metric, or an attribute. #not_null #unique_with[code]
    findings.subject
from findings
