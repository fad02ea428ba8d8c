-- One row per finding about tiers and their results: nothing that could make tier 1, scores relative to another market,
-- a changed tier rule, a tier 1 that does not close.
with
trigger_counts as (
    select count(*) as triggers from core.account_triggers
),

no_triggers as (
    select
        'NO_TRIGGERS' as code,
        'warning' as severity,
        'No account has a trigger, so none can be tier 1, which needs a reason to call now. Land events such as '
        || 'new executives, funding rounds or hiring under landing/triggers (account, trigger, happened_on) or '
        || 'landing/crunchbase. Until then, work tier 2 from the top: band A first.' as message,
        'triggers' as subject
    from trigger_counts
    where triggers = 0 and exists (select 1 from icp.live_versions where criteria > 0)
),

other_markets as (
    select
        'FIT_SCORE_STALE' as code,
        'warning' as severity,
        'The fit of today''s ' || cast(accounts as varchar) || ' accounts is distributed differently than when ICP ' || icp_version
        || ' was learned (PSI ' || cast(cast(round(psi, 2) as decimal(9, 2)) as varchar)
        || '), and fit scores still rank against the market at that time. Tiers do not depend on it. Learn again with `icp refit` '
        || 'to rank against today''s market.' as message,
        icp_id as subject
    from icp.fit_score_shift
    where psi > 0.25 and parents >= 30
),

moves_by_rule as (
    select
        icp_id,
        count(*) as accounts,
        sum(case when from_tier = 'tier_1' then 1 else 0 end) as left_tier_1,
        sum(case when to_tier = 'tier_1' then 1 else 0 end) as came_to_tier_1
    from icp.tier_transitions
    where cause = 'tier_rule'
    group by icp_id
),

new_rules as (
    select
        'TIER_RULE_CHANGED' as code,
        'warning' as severity,
        'The rule for tiers changed since the last run (' || run.tier_rule || '). Because of it alone, '
        || cast(accounts as varchar) || case when accounts = 1 then ' account changes' else ' accounts change' end
        || ' tier, ' || cast(left_tier_1 as varchar) || ' out of tier 1 and ' || cast(came_to_tier_1 as varchar)
        || ' into it. The mass-change guard allows moves caused by a new release, and checks those caused by settings; '
        || '`icp diff` and changes.csv show them with the cause tier_rule. To undo it, restore bands and tiers in icp.yaml, or use `icp rollback`.' as message,
        moves_by_rule.icp_id as subject
    from moves_by_rule
    cross join settings.run as run
),

-- Tier 1 is tested every night. Each doubling of its decisions since twenty counts as one more look (1.442695 is 1 / ln
-- 2) and widens the interval accordingly: over a quarter of nights a false alarm stays as rare as in a single one.
judged_tiers as (
    select
        results.*,
        results.win_lift * exp(
            ln(nullif(results.win_lift_high, 0) / nullif(results.win_lift, 0)) * sqrt(
                1 + 2 * ln(1 + ln(greatest(results.win_decisions, 20) / 20.0) * 1.442695)
                / nullif(run.interval_z * run.interval_z, 0)
            )
        ) as lift_at_most
    from icp.tier_results as results
    cross join settings.run as run
),

-- Not above the others so far, and at most below the smallest lift that a criterion may have.
not_closing as (
    select
        'TIER_1_NOT_CLOSING' as code,
        'warning' as severity,
        'Tier 1 does not close: ' || cast(deals_won as varchar) || ' of ' || cast(deals_closed as varchar)
        || ' deals were won (' || cast(cast(round(100 * win_rate) as integer) as varchar)
        || ' %) since ICP ' || icp_version || ' went live on ' || cast(live_from as varchar) || ', compared with '
        || cast(rest_won as varchar) || ' of ' || cast(rest_closed as varchar) || ' in the other tiers ('
        || cast(cast(round(100 * rest_win_rate) as integer) as varchar)
        || ' %)'
        || case
            when
                abs(win_rate - cast(deals_won as double) / nullif(deals_closed, 0)) >= 0.005
                or abs(rest_win_rate - cast(rest_won as double) / nullif(rest_closed, 0)) >= 0.005
                then ', where deals of one parent count as one: ' || cast(win_decisions as varchar)
                    || ' decisions vs. ' || cast(rest_win_decisions as varchar)
            else ''
        end
        || '. Ask sales what happens in these deals, then learn again with `icp refit`.' as message,
        icp_id as subject
    from judged_tiers
    where
        is_live
        and tier = 'tier_1'
        and win_decisions >= 20
        and rest_win_decisions >= 20
        and win_lift <= 1
        and lift_at_most < 1.25
),

findings as (
    select code, severity, message, subject from no_triggers
    union all
    select code, severity, message, subject from other_markets
    union all
    select code, severity, message, subject from new_rules
    union all
    select code, severity, message, subject from not_closing
)

select
    -- #not_null #accepted[NO_TRIGGERS,FIT_SCORE_STALE,TIER_RULE_CHANGED,TIER_1_NOT_CLOSING]
    findings.code,
    findings.severity,
    findings.message,
    -- The ICP, or triggers. #not_null #unique_with[code]
    findings.subject
from findings
