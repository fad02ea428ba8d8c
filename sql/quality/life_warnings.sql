-- One row per finding about the life of the live ICP: what it was learned from no longer holds, or tier 1 does not close.
with
drifted_effects as (
    select
        'ICP_DRIFTED' as code,
        'warning' as severity,
        'Customers with ' || attribute || ' ' || segment || ' do not turn out as they did when ICP ' || icp_version
        || ' was learned: then they ranked ' || cast(cast(round(abs(value_then) * 100 / 6) as integer) as varchar)
        || ' of 100 places ' || case when value_then >= 0 then 'above' else 'below' end || ' the others ('
        || cast(n_then as varchar) || ' customers), those since rank '
        || cast(cast(round(abs(value_now) * 100 / 6) as integer) as varchar) || ' '
        || case when value_now >= 0 then 'above' else 'below' end || ' (' || cast(n_now as varchar)
        || '). Learn again with `icp refit`.' as message,
        icp_id || ': ' || attribute || ' ' || segment as subject
    from icp.drift
    where measure = 'effect' and drifted
),

drifted_rankings as (
    select
        'ICP_DRIFTED' as code,
        'warning' as severity,
        'ICP ' || icp_version || ' ranks new customers less well than when it was learned: its points and how customers '
        || 'turn out had a correlation of ' || cast(cast(round(value_then, 2) as decimal(4, 2)) as varchar) || ' then ('
        || cast(n_then as varchar) || ' customers it had not seen), and have one of '
        || cast(cast(round(value_now, 2) as decimal(4, 2)) as varchar) || ' among the ' || cast(n_now as varchar)
        || ' that came since. Learn again with `icp refit`.' as message,
        icp_id || ': ranking' as subject
    from icp.drift
    where measure = 'ranking' and drifted
),

drifted_traits as (
    select
        'ICP_DRIFTED' as code,
        'warning' as severity,
        'The market is another one in ' || attribute || ' than when ICP ' || icp_version || ' was learned: ' || segment
        || ' was ' || cast(cast(round(100 * value_then) as integer) as varchar) || ' % of the known values and is now '
        || cast(cast(round(100 * value_now) as integer) as varchar)
        || ' %. If a source did not just change what it exports, learn again with `icp refit`.' as message,
        icp_id || ': ' || attribute as subject
    from icp.drift
    where measure = 'psi' and drifted
),

-- Tier 1 is looked at every night. Each doubling of its deals since twenty counts as one more look (1.442695 is 1 / ln 2)
-- and widens the interval as so many looks do: over a quarter of nights a false alarm stays as rare as at a single one.
judged_tiers as (
    select
        results.*,
        results.win_lift * exp(
            ln(nullif(results.win_lift_high, 0) / nullif(results.win_lift, 0)) * sqrt(
                1 + 2 * ln(1 + ln(greatest(results.deals_closed, 20) / 20.0) * 1.442695)
                / nullif(run.interval_z * run.interval_z, 0)
            )
        ) as lift_at_most
    from icp.tier_results as results
    cross join settings.run as run
),

-- Not above the others so far, and at most less than the smallest lift that a criterion may have.
not_closing as (
    select
        'TIER_1_NOT_CLOSING' as code,
        'warning' as severity,
        'Tier 1 does not close: ' || cast(deals_won as varchar) || ' of ' || cast(deals_closed as varchar)
        || ' deals were won (' || cast(cast(round(100 * win_rate) as integer) as varchar)
        || ' %) since ICP ' || icp_version || ' went live on ' || cast(live_from as varchar) || ', against '
        || cast(rest_won as varchar) || ' of ' || cast(rest_closed as varchar) || ' in the other tiers ('
        || cast(cast(round(100.0 * rest_won / nullif(rest_closed, 0)) as integer) as varchar)
        || ' %). Ask sales what happens in these deals, then learn again with `icp refit`.' as message,
        icp_id as subject
    from judged_tiers
    where
        is_live
        and tier = 'tier_1'
        and deals_closed >= 20
        and rest_closed >= 20
        and win_lift <= 1
        and lift_at_most < 1.25
),

findings as (
    select code, severity, message, subject from drifted_effects
    union all
    select code, severity, message, subject from drifted_rankings
    union all
    select code, severity, message, subject from drifted_traits
    union all
    select code, severity, message, subject from not_closing
)

select
    -- What kind of finding. #not_null #accepted[ICP_DRIFTED,TIER_1_NOT_CLOSING]
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- The ICP, and for drift the trait. #not_null #unique_with[code]
    findings.subject
from findings
