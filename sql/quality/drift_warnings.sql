-- One row per way in which today differs from what the live ICP was learned from (ICP_DRIFTED): effects, ranking,
-- market.
with
drifts as (
    select drift.*, coalesce(live.outcome, 'quality') = 'win' as is_about_wins
    from icp.drift as drift
    left join icp.live_versions as live on drift.icp_id = live.icp_id and live.icp_version is not null
    where drift.drifted
),

drifted_effects as (
    select
        'ICP_DRIFTED' as code,
        'warning' as severity,
        case
            when is_about_wins
                then 'Deals with ' || attribute || ' ' || segment || ' are won more or less often than when ICP ' || icp_version
                || ' was learned: the odds were about '
                || cast(cast(round(exp(least(5, value_then)), 1) as decimal(9, 1)) as varchar) || ' times those of the others ('
                || cast(n_then as varchar) || ' deals); since then they are about '
                || cast(cast(round(exp(least(5, value_now)), 1) as decimal(9, 1)) as varchar) || ' times (' || cast(n_now as varchar)
                || '). Learn again with `icp refit`.'
            else 'Customers with ' || attribute || ' ' || segment || ' turn out differently than when ICP ' || icp_version
                || ' was learned: they ranked ' || cast(cast(round(abs(value_then) * 100 / 6) as integer) as varchar)
                || ' places (of 100) ' || case when value_then >= 0 then 'above' else 'below' end || ' the others ('
                || cast(n_then as varchar) || ' customers); newer ones rank '
                || cast(cast(round(abs(value_now) * 100 / 6) as integer) as varchar) || ' '
                || case when value_now >= 0 then 'above' else 'below' end || ' (' || cast(n_now as varchar)
                || '). Learn again with `icp refit`.'
        end as message,
        icp_id || ': ' || attribute || ' ' || segment as subject
    from drifts
    where measure = 'effect'
),

drifted_rankings as (
    select
        'ICP_DRIFTED' as code,
        'warning' as severity,
        'ICP ' || icp_version || ' ranks new ' || case when is_about_wins then 'deals' else 'customers' end
        || ' worse than when it was learned: the correlation of its points with '
        || case when is_about_wins then 'which deals are won' else 'how customers turn out' end
        || ' was ' || cast(cast(round(value_then, 2) as decimal(4, 2)) as varchar) || ' then ('
        || cast(n_then as varchar) || case when is_about_wins then ' deals' else ' customers' end
        || ' it had not seen) and is '
        || cast(cast(round(value_now, 2) as decimal(4, 2)) as varchar) || ' among the ' || cast(n_now as varchar)
        || ' since. Learn again with `icp refit`.' as message,
        icp_id || ': ranking' as subject
    from drifts
    where measure = 'ranking'
),

drifted_traits as (
    select
        'ICP_DRIFTED' as code,
        'warning' as severity,
        'The market has changed in ' || attribute || ' since ICP ' || icp_version || ' was learned: ' || segment
        || ' was ' || cast(cast(round(100 * value_then) as integer) as varchar) || ' % of known values and is now '
        || cast(cast(round(100 * value_now) as integer) as varchar)
        || ' %. Unless a source only changed what it exports, learn again with `icp refit`.' as message,
        icp_id || ': ' || attribute as subject
    from drifts
    where measure = 'psi'
),

findings as (
    select code, severity, message, subject from drifted_effects
    union all
    select code, severity, message, subject from drifted_rankings
    union all
    select code, severity, message, subject from drifted_traits
)

select
    -- #not_null #accepted[ICP_DRIFTED]
    findings.code,
    findings.severity,
    findings.message,
    -- The ICP and the trait, the attribute or its ranking. #not_null #unique
    findings.subject
from findings
