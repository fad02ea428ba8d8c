-- One row per live ICP and half-year of tenure with customers then and now: sums of squares and products of score and
-- outcome, each around its own mean. Then: customers that the fit had not seen (cross-fitted). Now: later customers.
-- Versions without stored sums have no rows.
with
scored as (
    select
        customers.icp_id,
        customers.icp_version,
        customers.observation_id,
        customers.tenure_half_years,
        customers.cluster_id,
        customers.y,
        cast(coalesce(sum(evidence.points), 0) as decimal(18, 9)) as score
    from icp.new_customers as customers
    left join segments.observed_levels as observed
        on customers.observation_id = observed.observation_id and customers.outcome = observed.outcome
    left join history.icp_evidence as evidence
        on customers.icp_id = evidence.icp_id
        and customers.icp_version = evidence.icp_version
        and observed.attribute = evidence.attribute
        and observed.level = evidence.level
    group by
        customers.icp_id,
        customers.icp_version,
        customers.observation_id,
        customers.tenure_half_years,
        customers.cluster_id,
        customers.y
),

-- Customers of one parent are one observation, at their mean.
buyers as (
    select
        icp_id,
        icp_version,
        tenure_half_years,
        cluster_id,
        cast(cast(sum(y) as double) / nullif(count(*), 0) as decimal(18, 9)) as y,
        cast(cast(sum(score) as double) / nullif(count(*), 0) as decimal(18, 9)) as score
    from scored
    group by icp_id, icp_version, tenure_half_years, cluster_id
),

products as (
    select
        buyers.*,
        cast(round(y * y, 6) as decimal(28, 6)) as y_squared,
        cast(round(score * score, 6) as decimal(28, 6)) as score_squared,
        cast(round(score * y, 6) as decimal(28, 6)) as score_times_y
    from buyers
),

now_strata as (
    select
        icp_id,
        icp_version,
        tenure_half_years,
        count(*) as n,
        cast(sum(score) as double) as sum_score,
        cast(sum(y) as double) as sum_y,
        cast(sum(score_squared) as double) as sum_score_squared,
        cast(sum(y_squared) as double) as sum_y_squared,
        cast(sum(score_times_y) as double) as sum_score_y
    from products
    group by icp_id, icp_version, tenure_half_years
)

select
    -- #not_null
    now_strata.icp_id,
    -- Live ICP version. #not_null
    now_strata.icp_version,
    -- Half-years since they became customers. #not_null #unique_with[icp_id]
    now_strata.tenure_half_years,
    -- Customers then. #not_null
    kept.n as n_then,
    -- Customers since. #not_null
    now_strata.n as n_now,
    -- Squares of the score then. #not_null
    cast(kept.sum_score_squared - kept.sum_score * kept.sum_score / nullif(kept.n, 0) as decimal(28, 6)) as xx_then,
    -- Squares of the outcome then. #not_null
    cast(kept.sum_y_squared - kept.sum_y * kept.sum_y / nullif(kept.n, 0) as decimal(28, 6)) as yy_then,
    -- Products of both then. #not_null
    cast(kept.sum_score_y - kept.sum_score * kept.sum_y / nullif(kept.n, 0) as decimal(28, 6)) as xy_then,
    -- Squares of the score now. #not_null
    cast(now_strata.sum_score_squared - now_strata.sum_score * now_strata.sum_score / nullif(now_strata.n, 0)
        as decimal(28, 6)) as xx_now,
    -- Squares of the outcome now. #not_null
    cast(now_strata.sum_y_squared - now_strata.sum_y * now_strata.sum_y / nullif(now_strata.n, 0)
        as decimal(28, 6)) as yy_now,
    -- Products of both now. #not_null
    cast(now_strata.sum_score_y - now_strata.sum_score * now_strata.sum_y / nullif(now_strata.n, 0)
        as decimal(28, 6)) as xy_now
from now_strata
inner join history.icp_score_effects as kept
    on now_strata.icp_id = kept.icp_id
    and now_strata.icp_version = kept.icp_version
    and now_strata.tenure_half_years = kept.tenure_half_years
