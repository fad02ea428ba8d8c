-- One row per finding about the life of the live ICP: the data of today do not bear it out, what it was learned from no
-- longer holds, or tier 1 does not close.
with
live as (
    select
        versions.icp_id,
        versions.icp_version,
        versions.outcome,
        case when versions.icp_id = 'primary' then 'ICP ' else 'ICP ' || versions.icp_id || ': version ' end
        || versions.icp_version as spoken_version
    from icp.live_versions as versions
    where versions.icp_version is not null
),

-- The run in progress is not among the runs yet: what it learned is the newest.
learned as (
    select
        versions.*,
        row_number() over (
            partition by versions.icp_id
            order by coalesce(runs.sequence, 9223372036854775807) desc, versions.icp_version desc
        ) as recency
    from history.icp_versions as versions
    left join history.runs as runs on versions.run_id = runs.run_id
),

-- What was learned last had no signal: what is live rests on data that have since changed, or on chance.
refuted as (
    select
        'ICP_UNCONFIRMED' as code,
        'warning' as severity,
        live.spoken_version || ' is live, but the data do not bear it out: learned again as of '
        || cast(learned.as_of as varchar) || ' (' || learned.icp_version || ') they hold no signal'
        || coalesce(
            ' (z = ' || cast(cast(learned.signal_z as decimal(9, 2)) as varchar) || '; '
            || cast(cast(run.signal_z as decimal(9, 3)) as varchar) || ' and a clear trait are needed)',
            ''
        )
        || '. Its tiers and tags go on as they were, unproven. If its evidence went because data were corrected (renewals, '
        || 'subsidiaries, leaks, dates of an import: see the other warnings), take it off with `icp promote '
        || learned.icp_version || '`: then nobody is tagged until there is a signal. Else correct the data and run `icp refit`.'
            as message,
        live.icp_id as subject
    from live
    inner join learned on live.icp_id = learned.icp_id and learned.recency = 1
    cross join settings.run as run
    where learned.status = 'no_signal'
),

-- Each criterion in the data of today, which it was learned from for the most part: a true one stands out there. What
-- today's data do not hold as a segment, such as other bins, says nothing.
criteria_today as (
    select
        live.icp_id,
        criteria.attribute,
        criteria.segment,
        case
            when leaks.verdict = 'block' then 'leak'
            when lift.verdict is null then 'unknown'
            when lift.p_value <= 0.1 and (lift.effect > 0) = (criteria.kind in ('must_have', 'positive')) then 'holds'
            else 'gone'
        end as state
    from live
    inner join icp.criteria as criteria on live.icp_id = criteria.icp_id
    left join segments.attribute_leaks as leaks on criteria.attribute = leaks.attribute
    left join segments.icp_segment_lift as lift
        on live.icp_id = lift.icp_id
        and live.outcome = lift.outcome
        and criteria.attribute = lift.attribute
        and criteria.segment = lift.segment
),

states as (
    select
        icp_id,
        count(*) as criteria,
        sum(case when state in ('holds', 'unknown') then 1 else 0 end) as not_gone
    from criteria_today
    group by icp_id
),

unsupported as (
    select
        'ICP_UNCONFIRMED' as code,
        'warning' as severity,
        live.spoken_version || ' is live, but '
        || case
            when states.criteria = 1 then 'its one criterion does not stand out'
            else 'none of its ' || cast(states.criteria as varchar) || ' criteria stands out'
        end
        || ' in the data of today, which it was learned from: they have been corrected since, or are counted otherwise. Run '
        || '`icp refit`; until then its tiers are unproven.' as message,
        live.icp_id as subject
    from live
    inner join states on live.icp_id = states.icp_id
    left join refuted on live.icp_id = refuted.subject
    where states.not_gone = 0 and refuted.subject is null
),

leaking as (
    select
        'ICP_UNCONFIRMED' as code,
        'warning' as severity,
        live.spoken_version || ' has the criterion ' || criteria_today.attribute || ' ' || criteria_today.segment
        || ', but that attribute is excluded as a leak today (LEAKY_ATTRIBUTE), so its points say nothing. Run `icp refit`.'
            as message,
        live.icp_id || ': ' || criteria_today.attribute || ' ' || criteria_today.segment as subject
    from criteria_today
    inner join live on criteria_today.icp_id = live.icp_id
    where criteria_today.state = 'leak'
),

drifts as (
    select drift.*, coalesce(live.outcome, 'quality') = 'win' as is_about_wins
    from icp.drift as drift
    left join live on drift.icp_id = live.icp_id
    where drift.drifted
),

drifted_effects as (
    select
        'ICP_DRIFTED' as code,
        'warning' as severity,
        case
            when is_about_wins
                then 'Deals with ' || attribute || ' ' || segment || ' are not won as they were when ICP ' || icp_version
                || ' was learned: then the odds were about '
                || cast(cast(round(exp(least(5, value_then)), 1) as decimal(9, 1)) as varchar) || ' times those of the others ('
                || cast(n_then as varchar) || ' deals), of those since '
                || cast(cast(round(exp(least(5, value_now)), 1) as decimal(9, 1)) as varchar) || ' times (' || cast(n_now as varchar)
                || '). Learn again with `icp refit`.'
            else 'Customers with ' || attribute || ' ' || segment || ' do not turn out as they did when ICP ' || icp_version
                || ' was learned: then they ranked ' || cast(cast(round(abs(value_then) * 100 / 6) as integer) as varchar)
                || ' of 100 places ' || case when value_then >= 0 then 'above' else 'below' end || ' the others ('
                || cast(n_then as varchar) || ' customers), those since rank '
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
        || ' less well than when it was learned: its points and '
        || case when is_about_wins then 'which deals are won' else 'how customers turn out' end
        || ' had a correlation of ' || cast(cast(round(value_then, 2) as decimal(4, 2)) as varchar) || ' then ('
        || cast(n_then as varchar) || case when is_about_wins then ' deals' else ' customers' end
        || ' it had not seen), and have one of '
        || cast(cast(round(value_now, 2) as decimal(4, 2)) as varchar) || ' among the ' || cast(n_now as varchar)
        || ' that came since. Learn again with `icp refit`.' as message,
        icp_id || ': ranking' as subject
    from drifts
    where measure = 'ranking'
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
    select code, severity, message, subject from refuted
    union all
    select code, severity, message, subject from unsupported
    union all
    select code, severity, message, subject from leaking
    union all
    select code, severity, message, subject from drifted_effects
    union all
    select code, severity, message, subject from drifted_rankings
    union all
    select code, severity, message, subject from drifted_traits
    union all
    select code, severity, message, subject from not_closing
)

select
    -- What kind of finding. #not_null #accepted[ICP_UNCONFIRMED,ICP_DRIFTED,TIER_1_NOT_CLOSING]
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- The ICP, and where it is about one the trait. #not_null #unique_with[code]
    findings.subject
from findings
