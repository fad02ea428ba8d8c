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
        live.filter_sql,
        versions.filter_sql as learned_filter_sql,
        coalesce(versions.basis, 'outcomes') as basis,
        -- Other ICPs than the CRM's own are named, so that nobody takes their findings for its.
        case when live.icp_id = 'primary' then '' else 'ICP ' || live.icp_id || ': ' end as spoken_name,
        versions.as_of as learned_on,
        date_diff('day', versions.as_of, run.as_of) as age_days
    from icp.live_versions as live
    cross join run
    left join history.icp_versions as versions
        on live.icp_id = versions.icp_id and live.icp_version = versions.icp_version
),

customers as (
    select
        profiles.icp_id,
        profiles.filter_sql,
        profiles.basis,
        profiles.spoken_name,
        count(members.account_id) as accounts,
        count(scores.account_id) as customers,
        coalesce(sum(case when scores.cohort is not null then 1 else 0 end), 0) as ranked
    from profiles
    left join core.icp_members as members on profiles.icp_id = members.icp_id
    left join outcomes.customer_scores as scores on members.account_id = scores.account_id
    group by profiles.icp_id, profiles.filter_sql, profiles.basis, profiles.spoken_name
),

no_signal as (
    select
        'NO_SIGNAL' as code,
        'warning' as severity,
        profiles.spoken_name
        || case
            when profiles.icp_version is null and customers.ranked >= 30
                then cast(customers.ranked as varchar) || ' customers were compared and no trait tells the best from the '
                || 'worst beyond chance, so there is no ICP and every account is unscored. Add attributes or outcome '
                || 'metrics in icp.yaml, or wait for more customers; every run tries again.'
            when profiles.icp_version is null
                then 'No ICP is live, so every account is unscored. Land customers with their outcomes '
                || '(won and lost deals, subscriptions, usage) and run `icp refit`.'
            when not coalesce(profiles.has_signal, false)
                then 'What is known about accounts does not tell the best customers from the worst beyond chance, '
                || 'so there is no ICP and every account is unscored. Add attributes or outcome metrics in icp.yaml, '
                || 'or wait for more customers, then run `icp refit`.'
            else
                'No single trait separates the best customers from the worst beyond chance, so the ICP has no criteria '
                || 'and every account is unscored. Add attributes in icp.yaml, or wait for more customers, '
                || 'then run `icp refit`.'
        end as message,
        profiles.icp_id as subject
    from profiles
    inner join customers on profiles.icp_id = customers.icp_id
    where profiles.icp_version is null or not coalesce(profiles.has_signal, false) or profiles.criteria = 0
),

-- ICPs without a filter are about the same customers: that is said once.
counted_customers as (
    select distinct
        case when filter_sql is null then 'customers' else icp_id end as subject,
        case when filter_sql is null then '' else spoken_name end as spoken_name,
        filter_sql,
        basis,
        accounts,
        customers,
        ranked
    from customers
    where filter_sql is not null or icp_id = 'primary'
),

too_few as (
    select
        'TOO_FEW_CUSTOMERS' as code,
        case when ranked < 100 then 'warning' else 'info' end as severity,
        spoken_name || cast(ranked as varchar) || ' of ' || cast(customers as varchar) || ' customers can be ranked. '
        || case
            when customers = 0 and filter_sql is null
                then 'Nobody is known to be a customer: land won deals or subscriptions, or name the field that says '
                || 'so under customer.since in icp.yaml.'
            when ranked < 30 and basis = 'proxy'
                then 'Below 30 outcomes call no trait good or bad, so this ICP rests on proxies: deals won and '
                || 'advanced, and engaged trials. Check it in interviews. At 30 ranked customers it can be learned '
                || 'from outcomes: run `icp refit` then.'
            when ranked < 30
                then 'Below 30 no trait is called good or bad; accounts, outcomes and usage can still be read, '
                || 'and interviews can stand in until there are more. Deals and engagement can stand in as proxies '
                || 'where at least 30 accounts have a result, ten good and ten bad. At 30 ranked customers lift '
                || 'begins, as a direction.'
            when ranked < 100
                then 'Below 100 every lift is a direction, not a size: check it against what sales sees before acting. '
                || 'At 100 single traits count in full, and bad ones may disqualify.'
            else
                'Below 300 only single traits are tested; at 300 pairs of traits and ranges of sizes are too.'
        end as message,
        subject
    from counted_customers
    where ranked < 300
),

no_members as (
    select
        'ICP_WITHOUT_MEMBERS' as code,
        'warning' as severity,
        spoken_name || 'no account meets its filter (' || filter_sql || '). Compare the filter under icps in icp.yaml '
        || 'with the values in core.accounts and core.account_attributes.' as message,
        icp_id as subject
    from customers
    where filter_sql is not null and accounts = 0
),

other_filter as (
    select
        'ICP_FILTER_CHANGED' as code,
        'warning' as severity,
        spoken_name || 'version ' || icp_version || ' was learned '
        || coalesce('for accounts where ' || learned_filter_sql, 'for all accounts') || ', and icp.yaml now says '
        || coalesce('where ' || filter_sql, 'all accounts') || '. Run `icp refit`, then `icp promote` the new version.'
            as message,
        icp_id as subject
    from profiles
    where icp_version is not null and coalesce(filter_sql, '') <> coalesce(learned_filter_sql, '')
),

proxy_basis as (
    select
        'PROXY_BASIS' as code,
        'warning' as severity,
        case when profiles.spoken_name = '' then 'Version ' else profiles.spoken_name || 'version ' end
        || profiles.icp_version || ' was learned from proxies (deals won and advanced, '
        || 'engaged trials), because too few customers could be ranked: it says who buys, not who turns out well. '
        || case
            when customers.ranked >= 30
                then cast(customers.ranked as varchar) || ' customers can be ranked now: run `icp refit`.'
            else 'Test it in interviews, and learn again from outcomes when 30 customers can be ranked.'
        end as message,
        profiles.icp_id as subject
    from profiles
    inner join customers on profiles.icp_id = customers.icp_id
    where profiles.icp_version is not null and profiles.basis = 'proxy'
),

-- What learning found out about its own figures holds for as long as the version is live. What can be said anew each day
-- is said above and below instead.
learned as (
    select
        warnings.code,
        warnings.severity,
        profiles.spoken_name || warnings.message as message,
        profiles.icp_id as subject
    from history.icp_warnings as warnings
    inner join profiles
        on warnings.icp_id = profiles.icp_id and warnings.icp_version = profiles.icp_version
    where warnings.code in ('NO_BACKTEST', 'BACKTEST_SNAPSHOT')
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
        profiles.spoken_name || 'The ICP takes in ' || cast(cast(round(100 * coverage.share_of_market) as integer) as varchar) || ' % of the '
        || cast(coverage.known_accounts as varchar) || ' accounts that could still be won; above '
        || cast(cast(round(100 * run.broad_share) as integer) as varchar)
        || ' % it hardly chooses. Raise bands.a and bands.b in icp.yaml, or work its tiers in order of priority_score.'
            as message,
        coverage.icp_id as subject
    from quality.market_coverage as coverage
    inner join profiles on coverage.icp_id = profiles.icp_id
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
    union all
    select code, severity, message, subject from no_members
    union all
    select code, severity, message, subject from other_filter
    union all
    select code, severity, message, subject from proxy_basis
    union all
    select code, severity, message, subject from learned
)

select
    -- What kind of finding. #not_null
    -- #accepted[NO_SIGNAL,TOO_FEW_CUSTOMERS,LEAKY_ATTRIBUTE,ICP_TOO_BROAD,ICP_STALE,ICP_WITHOUT_MEMBERS,ICP_FILTER_CHANGED,PROXY_BASIS,NO_BACKTEST,BACKTEST_SNAPSHOT]
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- What it is about: an ICP, an attribute, or customers as a whole. #not_null #unique_with[code]
    findings.subject
from findings
