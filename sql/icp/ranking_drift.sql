-- One row per ICP that can be judged: does the live version's evidence still rank customers by how they turn out?
-- Correlation of score and outcome inside each half-year of tenure: then of customers the fit had not seen (cross-fitted),
-- now of those that came since. Versions that kept no sums have no row.
with
scored as (
    select
        customers.icp_id,
        customers.icp_version,
        customers.observation_id,
        customers.tenure_half_years,
        customers.y,
        cast(coalesce(sum(evidence.points), 0) as decimal(18, 9)) as score
    from icp.new_customers as customers
    left join segments.observed_levels as observed
        on customers.observation_id = observed.observation_id and observed.outcome = 'quality'
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
        customers.y
),

products as (
    select
        scored.*,
        cast(round(y * y, 6) as decimal(28, 6)) as y_squared,
        cast(round(score * score, 6) as decimal(28, 6)) as score_squared,
        cast(round(score * y, 6) as decimal(28, 6)) as score_times_y
    from scored
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
),

-- Only tenures with customers then and now, each around its own mean.
strata as (
    select
        now_strata.icp_id,
        now_strata.icp_version,
        kept.n as n_then,
        now_strata.n as n_now,
        cast(kept.sum_score_squared - kept.sum_score * kept.sum_score / nullif(kept.n, 0) as decimal(28, 6)) as xx_then,
        cast(kept.sum_y_squared - kept.sum_y * kept.sum_y / nullif(kept.n, 0) as decimal(28, 6)) as yy_then,
        cast(kept.sum_score_y - kept.sum_score * kept.sum_y / nullif(kept.n, 0) as decimal(28, 6)) as xy_then,
        cast(now_strata.sum_score_squared - now_strata.sum_score * now_strata.sum_score / nullif(now_strata.n, 0)
            as decimal(28, 6)) as xx_now,
        cast(now_strata.sum_y_squared - now_strata.sum_y * now_strata.sum_y / nullif(now_strata.n, 0)
            as decimal(28, 6)) as yy_now,
        cast(now_strata.sum_score_y - now_strata.sum_score * now_strata.sum_y / nullif(now_strata.n, 0)
            as decimal(28, 6)) as xy_now
    from now_strata
    inner join history.icp_score_effects as kept
        on now_strata.icp_id = kept.icp_id
        and now_strata.icp_version = kept.icp_version
        and now_strata.tenure_half_years = kept.tenure_half_years
),

totals as (
    select
        icp_id,
        icp_version,
        count(*) as strata,
        sum(n_then) as n_then,
        sum(n_now) as n_now,
        cast(sum(xy_then) as double)
        / nullif(sqrt(greatest(0, cast(sum(xx_then) as double) * cast(sum(yy_then) as double))), 0) as correlation_then,
        cast(sum(xy_now) as double)
        / nullif(sqrt(greatest(0, cast(sum(xx_now) as double) * cast(sum(yy_now) as double))), 0) as correlation_now
    from strata
    group by icp_id, icp_version
),

-- Fisher's transformation, whose standard error does not depend on the correlation.
transformed as (
    select
        totals.*,
        0.5 * ln((1 + greatest(-0.999, least(0.999, correlation_then)))
            / nullif(1 - greatest(-0.999, least(0.999, correlation_then)), 0)) as fisher_then,
        0.5 * ln((1 + greatest(-0.999, least(0.999, correlation_now)))
            / nullif(1 - greatest(-0.999, least(0.999, correlation_now)), 0)) as fisher_now
    from totals
)

select
    -- ICP. #not_null #unique
    transformed.icp_id,
    -- Version that is live. #not_null
    transformed.icp_version,
    -- Correlation of score and outcome when the version was learned, at the tenures that are compared. #between[-1,1]
    round(transformed.correlation_then, 9) as correlation_then,
    -- The same among customers since. #between[-1,1]
    round(transformed.correlation_now, 9) as correlation_now,
    -- Customers then, at those tenures. #not_null
    cast(transformed.n_then as bigint) as n_then,
    -- Customers since. #not_null
    cast(transformed.n_now as bigint) as n_now,
    -- Change over its standard error. #finite
    round(
        (transformed.fisher_now - transformed.fisher_then) / nullif(
            sqrt(
                1.0 / nullif(transformed.n_then - transformed.strata - 2, 0)
                + 1.0 / nullif(transformed.n_now - transformed.strata - 2, 0)
            ),
            0
        ),
        9
    ) as z
from transformed
where
    transformed.n_then >= 20 + transformed.strata
    and transformed.n_now >= 20 + transformed.strata
    and transformed.correlation_then is not null
    and transformed.correlation_now is not null
