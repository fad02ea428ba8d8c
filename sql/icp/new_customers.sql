-- One row per ICP and customer that the live version was not learned from: ranked now, too young to have been ranked then.
with
live as (
    select
        versions.icp_id,
        versions.icp_version,
        history_versions.as_of as learned_on
    from icp.live_versions as versions
    inner join history.icp_versions as history_versions
        on versions.icp_id = history_versions.icp_id and versions.icp_version = history_versions.icp_version
    -- What was learned from proxies cannot be held against outcomes.
    where coalesce(history_versions.basis, 'outcomes') = 'outcomes'
),

-- Where an ICP has a filter, its members are ranked among themselves, as learning does.
ranked_members as (
    select
        live.icp_id,
        live.icp_version,
        live.learned_on,
        observations.observation_id,
        observations.account_id,
        observations.observed_at,
        case
            when icps.filter_sql is null then observations.y
            else round(
                6 * (
                    cast(
                        rank() over (partition by live.icp_id order by observations.y)
                        + (count(*) over (partition by live.icp_id, observations.y) - 1) / 2.0 - 0.5
                        as double
                    ) / nullif(count(*) over (partition by live.icp_id), 0) - 0.5
                ),
                9
            )
        end as y
    from live
    inner join settings.icps as icps on live.icp_id = icps.icp_id
    inner join core.icp_members as members on live.icp_id = members.icp_id
    inner join outcomes.observations as observations on members.account_id = observations.account_id
    where observations.outcome = 'quality'
)

select
    -- ICP. #not_null
    ranked_members.icp_id,
    -- Version that is live. #not_null
    ranked_members.icp_version,
    -- The customer's observation. #not_null #unique_with[icp_id]
    ranked_members.observation_id,
    -- The customer. #not_null
    ranked_members.account_id,
    -- Half-years since its start, at most six. #not_null #between[0,6]
    cast(least(6, floor(date_diff('day', ranked_members.observed_at, run.as_of) / 182.0)) as integer) as tenure_half_years,
    -- How it turned out, in log-odds. #not_null
    cast(ranked_members.y as decimal(18, 9)) as y
from ranked_members
cross join settings.run as run
where date_diff('day', ranked_members.observed_at, ranked_members.learned_on) < 30 * run.min_tenure_months
