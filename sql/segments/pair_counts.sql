-- One row per pair of leading segments of two attributes: how many have both, either or neither, and the residual
-- outcome in each of these four cells after the effect of every single segment. Only with 300 observations or more.
-- segments.pair_effects turns these sums into effects.
with
-- One of the two must clearly stand out by itself, the other at least stay visible beside it.
memberships as (
    select memberships.*, abs(leading_segments.conditional_z) >= 3 as is_clear
    from segments.strong_memberships as memberships
    inner join segments.leading_segments as leading_segments
        on memberships.outcome = leading_segments.outcome
        and memberships.attribute = leading_segments.attribute
        and memberships.segment = leading_segments.segment
    where abs(leading_segments.conditional_z) >= 2
),

-- Accounts without relatives are counted row by row, which takes less memory than counting distinct ones per pair.
pairs as (
    select
        residuals.*,
        case when residuals.shared_id is null then 1 else 0 end as is_alone,
        ours.attribute,
        ours.segment,
        others.attribute as attribute_2,
        others.segment as segment_2,
        ours.is_member * others.is_member as in_both,
        ours.is_member * (1 - others.is_member) as in_first,
        (1 - ours.is_member) * others.is_member as in_second,
        (1 - ours.is_member) * (1 - others.is_member) as in_neither
    from memberships as ours
    inner join memberships as others
        on
            ours.outcome = others.outcome
            and ours.observation_id = others.observation_id
            and ours.attribute < others.attribute
            and (ours.is_clear or others.is_clear)
    inner join segments.unexplained_outcomes as residuals
        on ours.outcome = residuals.outcome and ours.observation_id = residuals.observation_id
),

cells as (
    select
        outcome,
        attribute,
        segment,
        attribute_2,
        segment_2,
        sum(is_alone) + count(distinct shared_id) as n_known,
        sum(is_good * is_alone) + count(distinct case when is_good = 1 then shared_id end) as n_best_known,
        cast(sum(is_good * weight) as double) as weight_best_known,
        sum(is_bad * is_alone) + count(distinct case when is_bad = 1 then shared_id end) as n_worst_known,
        cast(sum(is_bad * weight) as double) as weight_worst_known,
        sum(is_good * in_both * is_alone) + count(distinct case when is_good * in_both = 1 then shared_id end) as n_best,
        cast(sum(is_good * in_both * weight) as double) as weight_best,
        sum(is_bad * in_both * is_alone) + count(distinct case when is_bad * in_both = 1 then shared_id end) as n_worst,
        cast(sum(is_bad * in_both * weight) as double) as weight_worst,
        sum(in_both * is_alone) + count(distinct case when in_both = 1 then shared_id end) as n_both,
        cast(sum(in_both * weight) as double) as weight_both,
        sum(in_first * is_alone) + count(distinct case when in_first = 1 then shared_id end) as n_first,
        cast(sum(in_first * weight) as double) as weight_first,
        sum(in_second * is_alone) + count(distinct case when in_second = 1 then shared_id end) as n_second,
        cast(sum(in_second * weight) as double) as weight_second,
        sum(in_neither * is_alone) + count(distinct case when in_neither = 1 then shared_id end) as n_neither,
        cast(sum(in_neither * weight) as double) as weight_neither,
        cast(sum(cast(residual * weight * in_both as decimal(18, 9))) as double) as sum_both,
        cast(sum(cast(residual * weight * in_first as decimal(18, 9))) as double) as sum_first,
        cast(sum(cast(residual * weight * in_second as decimal(18, 9))) as double) as sum_second,
        cast(sum(cast(residual * weight * in_neither as decimal(18, 9))) as double) as sum_neither
    from pairs
    group by outcome, attribute, segment, attribute_2, segment_2
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
    -- Weight of the best customers (won deals) in both: accounts of one parent weigh 1 together. #not_null #finite
    cells.weight_best,
    -- Weight of the worst customers (lost deals) in both. #not_null #finite
    cells.weight_worst,
    -- Weight of the best customers (won deals) among the known. #not_null #finite
    cells.weight_best_known,
    -- Weight of the worst customers (lost deals) among the known. #not_null #finite
    cells.weight_worst_known,
    -- Weight of both. #not_null #finite
    cells.weight_both,
    -- Weight of the first only. #not_null #finite
    cells.weight_first,
    -- Weight of the second only. #not_null #finite
    cells.weight_second,
    -- Weight of neither. #not_null #finite
    cells.weight_neither,
    -- Weighted sum of the residual in both. #not_null #finite
    cells.sum_both,
    -- Weighted sum of the residual in the first only. #not_null #finite
    cells.sum_first,
    -- Weighted sum of the residual in the second only. #not_null #finite
    cells.sum_second,
    -- Weighted sum of the residual in neither. #not_null #finite
    cells.sum_neither
from cells
