-- One row per finding about an ICP's accounts: customers to learn from, its members, its share of the market.
with
-- ICPs without a filter have the same customers: reported once.
counted_customers as (
    select
        state.*,
        case when filter_sql is null then 'customers' else icp_id end as subject,
        icp_version is not null and basis = 'wins' as is_live_by_wins,
        case when basis_today = 'wins' and basis <> 'proxy' then 'wins' else basis end as goes_by
    from icp.learning_state as state
    where filter_sql is not null or icp_id = 'primary'
),

too_few as (
    select
        'TOO_FEW_CUSTOMERS' as code,
        case when ranked_customers < 100 and not is_live_by_wins then 'warning' else 'info' end as severity,
        coalesce(spoken_name, '') || cast(ranked_customers as varchar) || ' of ' || cast(customers as varchar) || ' customers can be ranked. '
        || case
            when customers = 0 and filter_sql is null
                then 'No customers are known: land won deals or subscriptions, or name the field that marks them '
                || 'under customer.since in icp.yaml.'
            when goes_by = 'wins'
                then 'The ICP is learned from deals won and lost, so none are needed. To learn how customers turn out, land what '
                || 'measures it (subscriptions, surveys, usage, tickets).'
            when ranked_customers < 30 and goes_by = 'proxy'
                then 'Fewer than 30 cannot show which traits are good or bad, so this ICP rests on proxies: deals won and '
                || 'advanced, and engaged trials. Check it in interviews. With 30 ranked customers it can be learned '
                || 'from outcomes: run `icp refit` then.'
            when ranked_customers < 30
                then 'Below 30, no trait is called good or bad; accounts, outcomes and usage can still be read, '
                || 'and interviews (`icp interview --new`) help until there are more. '
                || case
                    when customers < 30
                        then 'Deals and engagement serve as proxies once at least 30 accounts have a result, ten '
                            || 'good and ten bad. '
                    else ''
                end
                || 'From 30 ranked customers on, lifts are shown as directions.'
            when ranked_customers < 100
                then 'Below 100, a lift shows a direction, not a size: check it against what sales sees before acting. '
                || 'From 100 on, single traits count in full, and bad ones can disqualify.'
            else
                'Below 300, only single traits are tested; from 300 on, pairs of traits and size ranges are too.'
        end as message,
        subject
    from counted_customers
    where ranked_customers < 300
),

no_members as (
    select
        'ICP_WITHOUT_MEMBERS' as code,
        'warning' as severity,
        coalesce(spoken_name, '') || 'no account matches its filter (' || filter_sql || '). Compare the filter under icps in icp.yaml '
        || 'with the values in core.accounts and core.account_attributes.' as message,
        icp_id as subject
    from icp.learning_state
    where filter_sql is not null and accounts = 0
),

too_broad as (
    select
        'ICP_TOO_BROAD' as code,
        'warning' as severity,
        coalesce(state.spoken_name, '') || 'The ICP covers ' || cast(cast(round(100 * coverage.share_of_market) as integer) as varchar) || ' % of the '
        || cast(coverage.known_accounts as varchar) || ' accounts that can still be won; above '
        || cast(cast(round(100 * run.broad_share) as integer) as varchar)
        || ' % it hardly filters. Raise bands.a and bands.b in icp.yaml, or work its tiers in order of priority_score.'
            as message,
        coverage.icp_id as subject
    from quality.market_coverage as coverage
    inner join icp.learning_state as state on coverage.icp_id = state.icp_id
    cross join settings.run as run
    where coverage.share_of_market > run.broad_share
),

findings as (
    select code, severity, message, subject from too_few
    union all
    select code, severity, message, subject from no_members
    union all
    select code, severity, message, subject from too_broad
)

select
    -- #not_null #accepted[TOO_FEW_CUSTOMERS,ICP_WITHOUT_MEMBERS,ICP_TOO_BROAD]
    findings.code,
    findings.severity,
    findings.message,
    -- The ICP, or customers as a whole. #not_null #unique_with[code]
    findings.subject
from findings
