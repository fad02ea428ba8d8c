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

weighed_members as (
    select
        live.icp_id,
        live.icp_version,
        live.learned_on,
        icps.filter_sql,
        observations.observation_id,
        observations.account_id,
        observations.observed_at,
        observations.y,
        observations.cluster_id,
        cast(1.0 / count(*) over (partition by live.icp_id, observations.cluster_id) as decimal(18, 12)) as weight
    from live
    inner join settings.icps as icps on live.icp_id = icps.icp_id
    inner join core.icp_members as members on live.icp_id = members.icp_id
    inner join outcomes.observations as observations on members.account_id = observations.account_id
    where observations.outcome = 'quality'
),

-- Where an ICP has a filter, its members are ranked among themselves, as learning does.
ranked_members as (
    select
        icp_id,
        icp_version,
        learned_on,
        observation_id,
        account_id,
        observed_at,
        cluster_id,
        case
            when filter_sql is null then y
            else round(
                6 * (
                    (
                        cast(sum(weight) over (partition by icp_id order by y nulls first) as double)
                        - cast(sum(weight) over (partition by icp_id, y) as double) / 2.0
                    ) / nullif(cast(sum(weight) over (partition by icp_id) as double), 0) - 0.5
                ),
                9
            )
        end as y
    from weighed_members
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
    cast(ranked_members.y as decimal(18, 9)) as y,
    -- What is one observation: the ultimate parent of accounts that have relatives, else the customer by itself. #not_null
    ranked_members.cluster_id
from ranked_members
cross join settings.run as run
where date_diff('day', ranked_members.observed_at, ranked_members.learned_on) < 30 * run.min_tenure_months
