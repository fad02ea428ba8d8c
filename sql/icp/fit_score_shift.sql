-- One row per ICP with a live version: how far today's fits have moved from the distribution behind the fit scores.
-- Population stability index over up to ten parts of the reference (Siddiqi 2006): sum of (now - then) * ln(now /
-- then). Accounts of one parent weigh 1 together, or each by itself if the version counted so.
with
parts as (
    select
        reference.*,
        least(floor(10 * (reference.share_below + reference.share / 2)), 9) as part
    from icp.fit_reference as reference
),

shares_then as (
    select icp_id, icp_version, part, sum(cast(share as decimal(18, 12))) as share_then
    from parts
    group by icp_id, icp_version, part
),

today as (
    select
        points.icp_id,
        points.fit_points,
        case
            when versions.counts_parents then coalesce(parents.ultimate_parent_id, points.account_id)
            else points.account_id
        end as observation_id
    from icp.live_versions as versions
    inner join icp.account_points as points on versions.icp_id = points.icp_id
    inner join core.account_relationships as relationships on points.account_id = relationships.account_id
    left join core.account_parents as parents on points.account_id = parents.account_id
    where points.fit_points is not null and relationships.relationship <> 'not_prospect'
),

weighed as (
    select
        icp_id,
        observation_id,
        fit_points,
        cast(1.0 / count(*) over (partition by icp_id, observation_id) as decimal(18, 12)) as weight
    from today
),

-- Values below the whole reference belong to the lowest part.
counted as (
    select weighed.icp_id, coalesce(parts.part, lowest.part) as part, sum(weighed.weight) as weight
    from weighed
    inner join (select icp_id, min(part) as part from shares_then group by icp_id) as lowest
        on weighed.icp_id = lowest.icp_id
    left join parts
        on weighed.icp_id = parts.icp_id
        and weighed.fit_points >= parts.from_points
        and weighed.fit_points < parts.to_points
    group by weighed.icp_id, coalesce(parts.part, lowest.part)
),

totals as (
    select
        icp_id,
        count(*) as accounts,
        count(distinct observation_id) as parents,
        sum(weight) as weight
    from weighed
    group by icp_id
),

-- An empty part counts as half an account, so that the logarithm exists.
compared as (
    select
        shares_then.icp_id,
        shares_then.icp_version,
        totals.accounts,
        totals.parents,
        cast(shares_then.share_then as double) as share_then,
        greatest(cast(coalesce(counted.weight, 0) as double), 0.5) / nullif(cast(totals.weight as double), 0) as share_now
    from shares_then
    inner join totals on shares_then.icp_id = totals.icp_id
    left join counted on shares_then.icp_id = counted.icp_id and shares_then.part = counted.part
)

select
    -- #not_null #unique
    compared.icp_id,
    -- Version whose distribution it is compared with. #not_null
    compared.icp_version,
    -- Accounts that have a fit today. #not_null
    cast(max(compared.accounts) as bigint) as accounts,
    -- Number of observations: parents, or accounts if the version counted accounts. #not_null
    cast(max(compared.parents) as bigint) as parents,
    -- Population stability index: 0 if nothing moved; above 0.25 it is a different market. #finite
    round(cast(sum(cast(
        (compared.share_now - compared.share_then)
        * ln(compared.share_now / nullif(compared.share_then, 0)) as decimal(18, 12)
    )) as double), 6) as psi
from compared
group by compared.icp_id, compared.icp_version
