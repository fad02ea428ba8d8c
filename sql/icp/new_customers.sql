-- One row per ICP and customer that the live version was not learned from: ranked now, but too young to be ranked then.
-- For a version learned from wins, one row per deal opened and closed since; deals that were open then took longer to
-- close than those it was learned from, and are left out.
with
live as (
    select
        versions.icp_id,
        versions.icp_version,
        learned.learned_on,
        versions.outcome
    from icp.live_versions as versions
    inner join icp.learned_versions as learned
        on versions.icp_id = learned.icp_id and versions.icp_version = learned.icp_version
    -- A version learned from proxies cannot be compared with outcomes.
    where learned.basis in ('outcomes', 'wins')
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
    where live.outcome = 'quality' and observations.outcome = 'quality'
),

-- If an ICP has a filter, its members are ranked among themselves, as in learning.
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
),

new_observations as (
    select
        ranked_members.icp_id,
        ranked_members.icp_version,
        'quality' as outcome,
        ranked_members.observation_id,
        ranked_members.account_id,
        ranked_members.observed_at,
        ranked_members.y,
        ranked_members.cluster_id
    from ranked_members
    cross join settings.run as run
    where date_diff('day', ranked_members.observed_at, ranked_members.learned_on) < 30 * run.min_tenure_months
    union all
    select
        live.icp_id,
        live.icp_version,
        'win' as outcome,
        deals.observation_id,
        deals.account_id,
        deals.observed_at,
        deals.y,
        deals.cluster_id
    from live
    inner join segments.icp_observations as deals on live.icp_id = deals.icp_id and live.outcome = deals.outcome
    where live.outcome = 'win' and deals.observed_at > live.learned_on
)

select
    -- #not_null
    new_observations.icp_id,
    -- Live ICP version. #not_null
    new_observations.icp_version,
    -- What it was learned from: how customers turn out, or which deals are won. #not_null #accepted[quality,win]
    new_observations.outcome,
    -- The customer's observation, or the deal. #not_null #unique_with[icp_id]
    new_observations.observation_id,
    -- #not_null
    new_observations.account_id,
    -- Half-years since the customer's start, or since the deal was opened, at most six. #not_null #between[0,6]
    cast(least(6, floor(date_diff('day', new_observations.observed_at, run.as_of) / 182.0)) as integer)
        as tenure_half_years,
    -- How it turned out, in log-odds. #not_null
    cast(new_observations.y as decimal(18, 9)) as y,
    -- Unit of observation: the ultimate parent if the account has relatives, else the customer or deal itself.
    -- #not_null
    new_observations.cluster_id
from new_observations
cross join settings.run as run
