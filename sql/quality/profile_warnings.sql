-- One row per finding about what was learned: whether there is an ICP, how far it can be trusted, what limits it.
with
run as (
    select as_of, broad_share from settings.run
),

profiles as (
    select
        live.icp_id,
        live.icp_version,
        live.has_signal,
        live.criteria,
        versions.as_of as learned_on,
        date_diff('day', versions.as_of, run.as_of) as age_days
    from icp.live_versions as live
    cross join run
    left join history.icp_versions as versions
        on live.icp_id = versions.icp_id and live.icp_version = versions.icp_version
),

customers as (
    select
        count(*) as customers,
        coalesce(sum(case when cohort is not null then 1 else 0 end), 0) as ranked
    from outcomes.customer_scores
),

no_signal as (
    select
        'NO_SIGNAL' as code,
        'warning' as severity,
        case
            when icp_version is null and customers.ranked >= 30
                then cast(customers.ranked as varchar) || ' customers were compared and no trait tells the best from the '
                || 'worst beyond chance, so there is no ICP and every account is unscored. Add attributes or outcome '
                || 'metrics in icp.yaml, or wait for more customers; every run tries again.'
            when icp_version is null
                then 'No ICP is live, so every account is unscored. Land customers with their outcomes '
                || '(won and lost deals, subscriptions, usage) and run `icp refit`.'
            when not coalesce(has_signal, false)
                then 'What is known about accounts does not tell the best customers from the worst beyond chance, '
                || 'so there is no ICP and every account is unscored. Add attributes or outcome metrics in icp.yaml, '
                || 'or wait for more customers, then run `icp refit`.'
            else
                'No single trait separates the best customers from the worst beyond chance, so the ICP has no criteria '
                || 'and every account is unscored. Add attributes in icp.yaml, or wait for more customers, '
                || 'then run `icp refit`.'
        end as message,
        icp_id as subject
    from profiles
    cross join customers
    where icp_version is null or not coalesce(has_signal, false) or criteria = 0
),

too_few as (
    select
        'TOO_FEW_CUSTOMERS' as code,
        case when ranked < 100 then 'warning' else 'info' end as severity,
        cast(ranked as varchar) || ' of ' || cast(customers as varchar) || ' customers can be ranked. '
        || case
            when customers = 0
                then 'Nobody is known to be a customer: land won deals or subscriptions, or name the field that says '
                || 'so under customer.since in icp.yaml.'
            when ranked < 30
                then 'Below 30 no trait is called good or bad; accounts, outcomes and usage can still be read, '
                || 'and interviews can stand in until there are more.'
            when ranked < 100
                then 'Below 100 every lift is a direction, not a size: check it against what sales sees before acting.'
            else
                'Below 300 only single traits are tested; pairs of traits and ranges of sizes need more.'
        end as message,
        'customers' as subject
    from customers
    where ranked < 300
),

leaks as (
    select
        'LEAKY_ATTRIBUTE' as code,
        'warning' as severity,
        case verdict
            when 'block'
                then message || ' To use it, land the value as it was before the sale; otherwise nothing needs doing.'
            else message
        end as message,
        attribute as subject
    from segments.attribute_leaks
    where verdict in ('block', 'warn')
),

too_broad as (
    select
        'ICP_TOO_BROAD' as code,
        'warning' as severity,
        'The ICP takes in ' || cast(cast(round(100 * coverage.share_of_market) as integer) as varchar) || ' % of the '
        || cast(coverage.known_accounts as varchar) || ' accounts that could still be won; above '
        || cast(cast(round(100 * run.broad_share) as integer) as varchar)
        || ' % it hardly chooses. Raise bands.a and bands.b in icp.yaml, or work its tiers in order of priority_score.'
            as message,
        coverage.icp_id as subject
    from quality.market_coverage as coverage
    cross join run
    where coverage.share_of_market > run.broad_share
),

stale as (
    select
        'ICP_STALE' as code,
        'warning' as severity,
        'ICP version ' || icp_version || ' was learned as of ' || cast(learned_on as varchar) || ', '
        || cast(age_days as varchar) || ' days ago. Customers change: run `icp refit` each quarter and compare.'
            as message,
        icp_id as subject
    from profiles
    -- A quarter has at most 92 days.
    where age_days > 92
),

findings as (
    select code, severity, message, subject from no_signal
    union all
    select code, severity, message, subject from too_few
    union all
    select code, severity, message, subject from leaks
    union all
    select code, severity, message, subject from too_broad
    union all
    select code, severity, message, subject from stale
)

select
    -- What kind of finding. #not_null #accepted[NO_SIGNAL,TOO_FEW_CUSTOMERS,LEAKY_ATTRIBUTE,ICP_TOO_BROAD,ICP_STALE]
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- What it is about: an ICP, an attribute, or customers as a whole. #not_null #unique_with[code]
    findings.subject
from findings
