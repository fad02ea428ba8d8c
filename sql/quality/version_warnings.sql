-- One row per finding about how the live version was learned: from whom, from what, when, and its own warnings.
with
other_filter as (
    select
        'ICP_FILTER_CHANGED' as code,
        'warning' as severity,
        coalesce(spoken_name, '') || 'version ' || icp_version || ' was learned '
        || coalesce('for accounts where ' || learned_filter_sql, 'for all accounts') || ', and icp.yaml now says '
        || coalesce('where ' || filter_sql, 'all accounts') || '. Run `icp refit`, then `icp promote` the new version.'
            as message,
        icp_id as subject
    from icp.learning_state
    where icp_version is not null and coalesce(filter_sql, '') <> coalesce(learned_filter_sql, '')
),

proxy_basis as (
    select
        'PROXY_BASIS' as code,
        'warning' as severity,
        coalesce(spoken_name || 'version ', 'Version ')
        || icp_version || ' was learned from proxies (deals won and advanced, '
        || 'engaged trials), because too few customers could be ranked: it says who buys, not who turns out well. '
        || case
            when basis_today = 'outcomes'
                then cast(ranked_customers as varchar) || ' customers can be ranked now: run `icp refit`.'
            when basis_today = 'wins'
                then 'Enough deals are won and lost now to learn from them: run `icp refit`.'
            else 'Test it in interviews, and learn again from outcomes once 30 customers can be ranked.'
        end as message,
        icp_id as subject
    from icp.learning_state
    where icp_version is not null and basis = 'proxy'
),

wins_basis as (
    select
        'WINS_BASIS' as code,
        'info' as severity,
        coalesce(spoken_name || 'version ', 'Version ')
        || icp_version || ' was learned from deals won and lost (' || measured_by || '): it says who buys, not who turns out '
        || 'well. To learn from outcomes, land what measures them (subscriptions, surveys, usage, tickets) and run '
        || '`icp refit`.' as message,
        icp_id as subject
    from icp.learning_state
    where icp_version is not null and basis = 'wins'
),

-- A version of an earlier release may rank by deal size, and one from before a source came or went by less than is
-- known.
basis_changed as (
    select
        'BASIS_CHANGED' as code,
        'warning' as severity,
        coalesce(spoken_name || 'version ', 'Version ') || icp_version
        || ' was learned from ' || case basis when 'wins' then 'deals won and lost' else 'outcomes of customers' end
        || ', but today '
        || case basis_today
            when 'wins'
                then 'too little measures how customers turn out: it would be learned from deals won and lost. '
            when 'outcomes' then 'enough is known about how customers turn out to learn from that. '
            else 'neither enough outcomes nor enough deals won and lost are known. '
        end
        || 'Run `icp refit` and compare the versions.' as message,
        icp_id as subject
    from icp.learning_state
    where
        icp_version is not null
        and basis in ('outcomes', 'wins')
        and basis <> basis_today
        -- Fewer new customers than a refit needs do not make a version outdated.
        and (basis_today <> 'none' or measured_customers = 0)
),

-- Findings of the learning itself hold while the version is live. What can be checked every day is above and below
-- instead.
learned as (
    select
        warnings.code,
        warnings.severity,
        coalesce(state.spoken_name, '') || warnings.message as message,
        state.icp_id as subject
    from history.icp_warnings as warnings
    inner join icp.learning_state as state
        on warnings.icp_id = state.icp_id and warnings.icp_version = state.icp_version
    where warnings.code in ('NO_BACKTEST', 'BACKTEST_SNAPSHOT')
),

-- A quarter has at most 92 days.
stale as (
    select
        'ICP_STALE' as code,
        'warning' as severity,
        'ICP version ' || icp_version || ' was learned as of ' || cast(learned_on as varchar) || ', '
        || cast(date_diff('day', learned_on, run.as_of) as varchar) || ' days ago. Customers change: run `icp refit` each quarter and compare.'
            as message,
        icp_id as subject
    from icp.learning_state as state
    cross join settings.run as run
    where date_diff('day', learned_on, run.as_of) > 92
),

findings as (
    select code, severity, message, subject from other_filter
    union all
    select code, severity, message, subject from proxy_basis
    union all
    select code, severity, message, subject from wins_basis
    union all
    select code, severity, message, subject from basis_changed
    union all
    select code, severity, message, subject from learned
    union all
    select code, severity, message, subject from stale
)

select
    -- #not_null #accepted[ICP_FILTER_CHANGED,PROXY_BASIS,WINS_BASIS,BASIS_CHANGED,NO_BACKTEST,BACKTEST_SNAPSHOT,ICP_STALE]
    findings.code,
    findings.severity,
    findings.message,
    -- The ICP. #not_null #unique_with[code]
    findings.subject
from findings
