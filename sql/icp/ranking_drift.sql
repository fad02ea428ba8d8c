-- One row per ICP that can be tested: does the live version still rank customers by how they turn out? Correlation of
-- score and outcome within half-years of tenure, then and now.
with
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
    from icp.ranking_strata
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
    -- #not_null #unique
    transformed.icp_id,
    -- Live ICP version. #not_null
    transformed.icp_version,
    -- Correlation of score and outcome when the version was learned, at the tenures that are compared. #between[-1,1]
    round(transformed.correlation_then, 9) as correlation_then,
    -- The same among customers since. #between[-1,1]
    round(transformed.correlation_now, 9) as correlation_now,
    -- Customers then, at those tenures. #not_null
    cast(transformed.n_then as bigint) as n_then,
    -- Customers since. #not_null
    cast(transformed.n_now as bigint) as n_now,
    -- Change divided by its standard error. #finite
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
