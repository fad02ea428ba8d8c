-- One row per pair of strong segments of two attributes: how many have both, either alone or neither, and what is left of
-- y in each of these four cells once every strong segment has had its own effect. Only with 300 observations or more.
with
sizes as (
    select outcome, count(*) as n_observations
    from outcomes.observations
    group by outcome
    having count(*) >= 300
),

-- One of the two must stand out clearly by itself, the other at least remain visible beside it.
strong as (
    select
        leading_segments.outcome,
        leading_segments.attribute,
        leading_segments.segment,
        leading_segments.share,
        leading_segments.joint_effect,
        abs(leading_segments.conditional_z) >= 2 as is_visible,
        abs(leading_segments.conditional_z) >= 3 as is_clear
    from segments.leading_segments as leading_segments
    inner join sizes on leading_segments.outcome = sizes.outcome
),

known as (
    select distinct levels.outcome, levels.observation_id, levels.attribute
    from segments.observed_levels as levels
    inner join strong on levels.outcome = strong.outcome and levels.attribute = strong.attribute
),

memberships as (
    select
        strong.outcome,
        strong.attribute,
        strong.segment,
        strong.is_visible,
        strong.is_clear,
        known.observation_id,
        case when members.observation_id is not null then 1 else 0 end as is_member,
        strong.joint_effect
        * (case when members.observation_id is not null then 1.0 else 0.0 end - strong.share) as contribution
    from strong
    inner join known on strong.outcome = known.outcome and strong.attribute = known.attribute
    left join segments.segment_members as members
        on
            known.outcome = members.outcome
            and known.observation_id = members.observation_id
            and strong.attribute = members.attribute
            and strong.segment = members.segment
),

expected as (
    select
        outcome,
        observation_id,
        cast(sum(cast(contribution as decimal(18, 9))) as double) as expected_y
    from memberships
    group by outcome, observation_id
),

-- What the single segments leave unexplained; a constant cancels in the contrast below.
residuals as (
    select
        observations.outcome,
        observations.observation_id,
        observations.y - coalesce(expected.expected_y, 0.0) as residual,
        case
            when observations.outcome = 'win' and observations.is_won then 1
            when observations.outcome = 'quality' and observations.is_best then 1
            else 0
        end as is_good,
        case
            when observations.outcome = 'win' and not observations.is_won then 1
            when observations.outcome = 'quality' and observations.is_worst then 1
            else 0
        end as is_bad
    from outcomes.observations as observations
    inner join sizes on observations.outcome = sizes.outcome
    left join expected
        on observations.outcome = expected.outcome and observations.observation_id = expected.observation_id
),

variances as (
    select
        outcome,
        (
            cast(sum(cast(residuals.residual * residual as decimal(18, 9))) as double)
            - cast(sum(cast(residual as decimal(18, 9))) as double)
            * cast(sum(cast(residual as decimal(18, 9))) as double) / count(*)
        ) / nullif(count(*) - 1, 0) as variance
    from residuals
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
            and ours.is_visible
            and others.is_visible
            and (ours.is_clear or others.is_clear)
    inner join residuals on ours.outcome = residuals.outcome and ours.observation_id = residuals.observation_id
    group by ours.outcome, ours.attribute, ours.segment, others.attribute, others.segment
)

select
    -- What is judged. #not_null #accepted[quality,win]
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
