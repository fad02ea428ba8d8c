-- One row per finding that today's data do not support the live ICP (ICP_UNCONFIRMED).
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

-- The last learning had no signal: the live version rests on data that have since changed, or on chance.
refuted as (
    select
        'ICP_UNCONFIRMED' as code,
        'warning' as severity,
        live.spoken_version || ' is live, but the data no longer support it: learning again as of '
        || cast(learned.learned_on as varchar) || ' (' || learned.icp_version || ') found no signal'
        || coalesce(
            ' (z = ' || cast(cast(learned.signal_z as decimal(9, 2)) as varchar) || '; '
            || cast(cast(run.signal_z as decimal(9, 3)) as varchar) || ' and a clear trait are needed)',
            ''
        )
        || '. Its tiers and tags continue, unproven. If corrected data took away its evidence (renewals, subsidiaries, '
        || 'leaks, import dates: see the other warnings), retire it with `icp promote '
        || learned.icp_version || '`: then nobody is tagged until there is a signal. Otherwise fix the data and run `icp refit`.'
            as message,
        live.icp_id as subject
    from live
    inner join icp.learned_versions as learned on live.icp_id = learned.icp_id and learned.recency = 1
    cross join settings.run as run
    where learned.status = 'no_signal'
),

-- Each criterion in today's data, most of which it was learned from: a true one stands out there. Segments that are not
-- in today's data, because of other bins, are not tested.
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
            when states.criteria = 1 then 'its only criterion does not stand out'
            else 'none of its ' || cast(states.criteria as varchar) || ' criteria stands out'
        end
        || ' in today''s data: they were corrected since, or are counted differently. Run `icp refit`; until then its tiers '
        || 'are unproven.' as message,
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
        || ', but that attribute is now excluded as a leak (LEAKY_ATTRIBUTE), so its points mean nothing. Run `icp refit`.'
            as message,
        live.icp_id || ': ' || criteria_today.attribute || ' ' || criteria_today.segment as subject
    from criteria_today
    inner join live on criteria_today.icp_id = live.icp_id
    where criteria_today.state = 'leak'
),

findings as (
    select code, severity, message, subject from refuted
    union all
    select code, severity, message, subject from unsupported
    union all
    select code, severity, message, subject from leaking
)

select
    -- #not_null #accepted[ICP_UNCONFIRMED]
    findings.code,
    findings.severity,
    findings.message,
    -- The ICP, with the trait if it is about one. #not_null #unique
    findings.subject
from findings
