-- One row per ICP with a live version and interval of fit points: where such a fit ranks in the market. It is stored
-- with the version, from the accounts there were when it was learned, so no score changes because other accounts come
-- or go. Accounts of one parent weigh 1 together, if the version counts parents. A version that has none yet takes
-- today's accounts, and publication stores them.
with
kept as (
    select reference.icp_id, reference.icp_version, reference.from_points, reference.share_below, reference.share
    from history.icp_fit_reference as reference
    inner join icp.live_versions as versions
        on reference.icp_id = versions.icp_id and reference.icp_version = versions.icp_version
),

versions_without_one as (
    select versions.icp_id, versions.icp_version, versions.counts_parents
    from icp.live_versions as versions
    left join kept on versions.icp_id = kept.icp_id
    where versions.icp_version is not null and kept.icp_id is null
),

-- Accounts that are not prospects are ranked against the others, but nobody is ranked against them.
weighed as (
    select
        points.icp_id,
        points.icp_version,
        points.fit_points,
        cast(1.0 / count(*) over (
            partition by
                points.icp_id,
                case
                    when versions.counts_parents then coalesce(parents.ultimate_parent_id, points.account_id)
                    else points.account_id
                end
        ) as decimal(18, 12)) as weight
    from icp.account_points as points
    inner join versions_without_one as versions on points.icp_id = versions.icp_id
    inner join core.account_relationships as relationships on points.account_id = relationships.account_id
    left join core.account_parents as parents on points.account_id = parents.account_id
    where points.fit_points is not null and relationships.relationship <> 'not_prospect'
),

counted as (
    select icp_id, icp_version, fit_points, sum(weight) as accounts
    from weighed
    group by icp_id, icp_version, fit_points
),

placed as (
    select
        icp_id,
        icp_version,
        fit_points,
        accounts,
        sum(accounts) over (partition by icp_id order by fit_points asc nulls first) - accounts as accounts_below,
        sum(accounts) over (partition by icp_id) as accounts_in_all
    from counted
),

-- A score has one decimal, so a thousand intervals are enough, however large the market is.
stretches as (
    select
        icp_id,
        icp_version,
        floor(1000 * (accounts_below + accounts / 2.0) / nullif(accounts_in_all, 0)) as stretch,
        min(fit_points) as from_points,
        min(accounts_below) as accounts_below,
        sum(accounts) as accounts,
        min(accounts_in_all) as accounts_in_all
    from placed
    group by icp_id, icp_version, floor(1000 * (accounts_below + accounts / 2.0) / nullif(accounts_in_all, 0))
),

reference as (
    select icp_id, icp_version, from_points, share_below, share
    from kept
    union all
    select
        icp_id,
        icp_version,
        from_points,
        cast(accounts_below as double) / nullif(accounts_in_all, 0) as share_below,
        cast(accounts as double) / nullif(accounts_in_all, 0) as share
    from stretches
)

select
    -- #not_null
    reference.icp_id,
    -- Version whose distribution it is. #not_null
    reference.icp_version,
    -- Lower end of the interval, in log-odds. #not_null #unique_with[icp_id]
    cast(reference.from_points as decimal(18, 9)) as from_points,
    -- Where the next interval begins; for the last one a number above every fit. #not_null
    cast(coalesce(
        lead(reference.from_points) over (partition by reference.icp_id order by reference.from_points asc nulls first), 999999999
    ) as decimal(18, 9)) as to_points,
    -- Share of the market that fitted less well. #not_null #between[0,1]
    reference.share_below,
    -- Share of the market in the interval. #not_null #between[0,1]
    reference.share,
    -- Fit score of every fit in the interval: its mid-rank in the market, 0 to 100. #not_null #between[0,100]
    cast(round(100 * (reference.share_below + reference.share / 2), 1) as double) as fit_score
from reference
