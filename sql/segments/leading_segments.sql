-- One row per strong segment: the effect that remains once the other strong segments of the outcome are accounted for.
-- Accounts of one parent weigh 1 together.
with
-- Centred, so that an unknown attribute (no row) counts as the average.
scores as (
    select
        memberships.outcome,
        memberships.observation_id,
        cast(sum(cast(strong.effect * (memberships.is_member - strong.share) as decimal(18, 9))) as double) as score
    from segments.strong_memberships as memberships
    inner join segments.strong_segments as strong
        on memberships.outcome = strong.outcome
        and memberships.attribute = strong.attribute
        and memberships.segment = strong.segment
    group by memberships.outcome, memberships.observation_id
),

centred as (
    select
        observations.outcome,
        observations.observation_id,
        observations.weight,
        observations.y
        - cast(
            sum(cast(cast(observations.y as decimal(18, 9)) * observations.weight as decimal(28, 12)))
                over (partition by observations.outcome) as double
        ) / nullif(cast(sum(observations.weight) over (partition by observations.outcome) as double), 0) as y,
        coalesce(scores.score, 0.0) as score
    from segments.icp_observations as observations
    left join scores
        on observations.outcome = scores.outcome and observations.observation_id = scores.observation_id
    where observations.icp_id = 'primary'
),

-- Correlated segments count a shared effect several times; one common slope corrects for that.
slopes as (
    select
        outcome,
        cast(sum(cast(y * score * weight as decimal(18, 9))) as double)
        / nullif(cast(sum(cast(score * score * weight as decimal(18, 9))) as double), 0) as slope
    from centred
    group by outcome
),

residuals as (
    select
        centred.outcome,
        centred.observation_id,
        centred.weight,
        centred.y - slopes.slope * centred.score as residual
    from centred
    inner join slopes on centred.outcome = slopes.outcome
    where slopes.slope is not null
),

variances as (
    select
        outcome,
        cast(sum(cast(residual * residual * weight as decimal(18, 9))) as double)
        / nullif(cast(sum(weight) as double) - 1, 0) as variance
    from residuals
    group by outcome
),

contrasts as (
    select
        memberships.outcome,
        memberships.attribute,
        memberships.segment,
        cast(sum(memberships.is_member * residuals.weight) as double) as inside,
        cast(sum((1 - memberships.is_member) * residuals.weight) as double) as outside,
        cast(sum(cast(residuals.residual * residuals.weight * memberships.is_member as decimal(18, 9))) as double)
            as inside_sum,
        cast(sum(cast(residuals.residual * residuals.weight * (1 - memberships.is_member) as decimal(18, 9))) as double)
            as outside_sum
    from segments.strong_memberships as memberships
    inner join residuals
        on memberships.outcome = residuals.outcome and memberships.observation_id = residuals.observation_id
    group by memberships.outcome, memberships.attribute, memberships.segment
),

conditional as (
    select
        strong.outcome,
        strong.attribute,
        strong.segment,
        strong.share,
        slopes.slope * strong.effect as joint_effect,
        (
            contrasts.inside_sum / nullif(contrasts.inside, 0) - contrasts.outside_sum / nullif(contrasts.outside, 0)
            + slopes.slope * strong.effect
        ) / nullif(
            sqrt(variances.variance * (1 / nullif(contrasts.inside, 0) + 1 / nullif(contrasts.outside, 0))), 0
        ) as conditional_z
    from segments.strong_segments as strong
    inner join contrasts
        on strong.outcome = contrasts.outcome
        and strong.attribute = contrasts.attribute
        and strong.segment = contrasts.segment
    inner join slopes on strong.outcome = slopes.outcome
    inner join variances on strong.outcome = variances.outcome
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    conditional.outcome,
    -- #not_null
    conditional.attribute,
    -- #not_null #unique_with[outcome,attribute]
    conditional.segment,
    -- Share of members among those whose attribute is known. #not_null #between[0,1]
    conditional.share,
    -- What membership adds to the outcome in a joint fit of all strong segments, in log-odds. #not_null #finite
    round(conditional.joint_effect, 9) as joint_effect,
    -- Effect that remains beside the other strong segments, divided by its standard error. #finite
    round(conditional.conditional_z, 6) as conditional_z
from conditional
