-- One row per pair of leading segments of two attributes: how many have both, either alone or neither, and what is left of
-- y in each of these four cells once every leading segment has had its own effect. Only with 300 observations or more.
with
-- One of the two must stand out clearly by itself, the other at least remain visible beside it.
memberships as (
    select
        memberships.outcome,
        memberships.observation_id,
        memberships.attribute,
        memberships.segment,
        memberships.is_member,
        abs(leading_segments.conditional_z) >= 3 as is_clear
    from segments.strong_memberships as memberships
    inner join segments.leading_segments as leading_segments
        on memberships.outcome = leading_segments.outcome
        and memberships.attribute = leading_segments.attribute
        and memberships.segment = leading_segments.segment
    where abs(leading_segments.conditional_z) >= 2
),

variances as (
    select
        outcome,
        (
            cast(sum(cast(residual * residual as decimal(18, 9))) as double)
            - cast(sum(cast(residual as decimal(18, 9))) as double)
            * cast(sum(cast(residual as decimal(18, 9))) as double) / count(*)
        ) / nullif(count(*) - 1, 0) as variance
    from segments.unexplained_outcomes
    group by outcome
),

cells as (
    select
        ours.outcome,
        ours.attribute,
        ours.segment,
        others.attribute as attribute_2,
        others.segment as segment_2,
        count(*) as n_known,
        sum(residuals.is_good) as n_best_known,
        sum(residuals.is_bad) as n_worst_known,
        sum(residuals.is_good * ours.is_member * others.is_member) as n_best,
        sum(residuals.is_bad * ours.is_member * others.is_member) as n_worst,
        sum(ours.is_member * others.is_member) as n_both,
        sum(ours.is_member * (1 - others.is_member)) as n_first,
        sum((1 - ours.is_member) * others.is_member) as n_second,
        sum((1 - ours.is_member) * (1 - others.is_member)) as n_neither,
        cast(sum(cast(residuals.residual * ours.is_member * others.is_member as decimal(18, 9))) as double) as sum_both,
        cast(sum(cast(residuals.residual * ours.is_member * (1 - others.is_member) as decimal(18, 9))) as double) as sum_first,
        cast(sum(cast(residuals.residual * (1 - ours.is_member) * others.is_member as decimal(18, 9))) as double) as sum_second,
        cast(sum(cast(residuals.residual * (1 - ours.is_member) * (1 - others.is_member) as decimal(18, 9))) as double)
            as sum_neither
    from memberships as ours
    inner join memberships as others
        on
            ours.outcome = others.outcome
            and ours.observation_id = others.observation_id
            and ours.attribute < others.attribute
            and (ours.is_clear or others.is_clear)
    inner join segments.unexplained_outcomes as residuals
        on ours.outcome = residuals.outcome and ours.observation_id = residuals.observation_id
    group by ours.outcome, ours.attribute, ours.segment, others.attribute, others.segment
)

select
    -- Outcome that is measured. #not_null #accepted[quality,win]
    cells.outcome,
    -- Attribute of the first segment; in the alphabet before the second. #not_null
    cells.attribute,
    -- The first segment. #not_null #unique_with[outcome,attribute,attribute_2,segment_2]
    cells.segment,
    -- Attribute of the second segment. #not_null
    cells.attribute_2,
    -- The second segment. #not_null
    cells.segment_2,
    -- Observations for which both attributes are known. #not_null
    cast(cells.n_known as bigint) as n_known,
    -- Observations in both segments. #not_null
    cast(cells.n_both as bigint) as n_both,
    -- Observations in the first segment only. #not_null
    cast(cells.n_first as bigint) as n_first,
    -- Observations in the second segment only. #not_null
    cast(cells.n_second as bigint) as n_second,
    -- Observations in neither. #not_null
    cast(cells.n_neither as bigint) as n_neither,
    -- Best customers (won deals) in both. #not_null
    cast(cells.n_best as bigint) as n_best,
    -- Worst customers (lost deals) in both. #not_null
    cast(cells.n_worst as bigint) as n_worst,
    -- Best customers (won deals) among the known. #not_null
    cast(cells.n_best_known as bigint) as n_best_known,
    -- Worst customers (lost deals) among the known. #not_null
    cast(cells.n_worst_known as bigint) as n_worst_known,
    -- Sum of what is left of y in both. #not_null #finite
    cells.sum_both,
    -- Sum of what is left of y in the first only. #not_null #finite
    cells.sum_first,
    -- Sum of what is left of y in the second only. #not_null #finite
    cells.sum_second,
    -- Sum of what is left of y in neither. #not_null #finite
    cells.sum_neither,
    -- Variance of what is left of y over all observations of the outcome. #not_null #finite
    round(variances.variance, 9) as variance
from cells
inner join variances on cells.outcome = variances.outcome
