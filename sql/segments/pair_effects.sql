-- One row per pair of leading segments that can be tested (ten or more with both, with each alone, and with neither):
-- what having both adds to the two effects, and its standard error.
with
-- Of the residual, over all observations of the outcome.
variances as (
    select
        outcome,
        round(
            (
                cast(sum(cast(residual * residual * weight as decimal(18, 9))) as double)
                - cast(sum(cast(residual * weight as decimal(18, 9))) as double)
                * cast(sum(cast(residual * weight as decimal(18, 9))) as double) / nullif(cast(sum(weight) as double), 0)
            ) / nullif(cast(sum(weight) as double) - 1, 0),
            9
        ) as variance
    from segments.unexplained_outcomes
    group by outcome
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    cells.outcome,
    -- Attribute of the first segment; alphabetically before the second. #not_null
    cells.attribute,
    -- The first segment. #not_null #unique_with[outcome,attribute,attribute_2,segment_2]
    cells.segment,
    -- Attribute of the second segment. #not_null
    cells.attribute_2,
    -- The second segment. #not_null
    cells.segment_2,
    -- What the combination adds to its parts (difference in differences of the residual), in log-odds. #not_null #finite
    round(
        cells.sum_both / nullif(cells.weight_both, 0) - cells.sum_first / nullif(cells.weight_first, 0)
        - cells.sum_second / nullif(cells.weight_second, 0) + cells.sum_neither / nullif(cells.weight_neither, 0),
        9
    ) as effect,
    -- Standard error of the effect. #not_null #finite
    round(
        sqrt(
            variances.variance
            * (
                1.0 / nullif(cells.weight_both, 0) + 1.0 / nullif(cells.weight_first, 0)
                + 1.0 / nullif(cells.weight_second, 0) + 1.0 / nullif(cells.weight_neither, 0)
            )
        ),
        9
    ) as standard_error
from segments.pair_counts as cells
inner join variances on cells.outcome = variances.outcome
where cells.n_both >= 10 and cells.n_first >= 10 and cells.n_second >= 10 and cells.n_neither >= 10
