-- One row per strong segment, at most twelve for each outcome: what is left of its effect beside the other strong ones.
-- Pairs are looked for among these only: testing all pairs has no power and makes many false calls.
with
run as (
    select fdr from settings.run
),

binned as (
    select distinct attribute from settings.attribute_bins
),

-- Ranges of bins overlap: the strongest stands for all. Other attributes may show one for better and one for worse.
candidates as (
    select
        tests.outcome,
        tests.attribute,
        tests.segment,
        tests.effect,
        tests.n_tests,
        abs(tests.z) as size,
        row_number() over (
            partition by
                tests.outcome,
                tests.attribute,
                case when binned.attribute is null and tests.effect > 0 then 1 else 0 end
            order by abs(tests.z) desc, tests.segment nulls first
        ) as place
    from segments.segment_tests as tests
    cross join run
    left join binned on tests.attribute = binned.attribute
    where tests.is_counted and tests.q_value <= run.fdr and abs(tests.effect) >= 0.2
),

ordered as (
    select
        outcome,
        attribute,
        segment,
        effect,
        n_tests,
        row_number() over (partition by outcome order by size desc, attribute nulls first, segment nulls first) as place
    from candidates
    where place = 1
),

strong as (
    select
        ordered.outcome,
        ordered.attribute,
        ordered.segment,
        ordered.effect,
        ordered.n_tests,
        cast(counts.n_segment as double) / nullif(counts.n_known, 0) as share
    from ordered
    inner join segments.segment_counts as counts
        on
            ordered.outcome = counts.outcome
            and ordered.attribute = counts.attribute
            and ordered.segment = counts.segment
    where ordered.place <= 12
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
        strong.effect,
        strong.share,
        known.observation_id,
        case when members.observation_id is not null then 1 else 0 end as is_member
    from strong
    inner join known on strong.outcome = known.outcome and strong.attribute = known.attribute
    left join segments.segment_members as members
        on
            known.outcome = members.outcome
            and known.observation_id = members.observation_id
            and strong.attribute = members.attribute
            and strong.segment = members.segment
),

-- Centred, so that an unknown attribute (no row) counts as the average.
scores as (
    select
        outcome,
        observation_id,
        cast(sum(cast(effect * (is_member - share) as decimal(18, 9))) as double) as score
    from memberships
    group by outcome, observation_id
),

centred as (
    select
        observations.outcome,
        observations.observation_id,
        observations.y
        - cast(sum(cast(observations.y as decimal(18, 9))) over (partition by observations.outcome) as double)
        / count(*) over (partition by observations.outcome) as y,
        coalesce(scores.score, 0.0) as score
    from outcomes.observations as observations
    left join scores
        on observations.outcome = scores.outcome and observations.observation_id = scores.observation_id
),

-- Correlated segments count their common effect several times; one slope takes the surplus out.
slopes as (
    select
        outcome,
        cast(sum(cast(y * score as decimal(18, 9))) as double)
        / nullif(cast(sum(cast(score * score as decimal(18, 9))) as double), 0) as slope
    from centred
    group by outcome
),

residuals as (
    select
        centred.outcome,
        centred.observation_id,
        centred.y - slopes.slope * centred.score as residual
    from centred
    inner join slopes on centred.outcome = slopes.outcome
    where slopes.slope is not null
),

variances as (
    select
        outcome,
        cast(sum(cast(residual * residual as decimal(18, 9))) as double) / nullif(count(*) - 1, 0) as variance
    from residuals
    group by outcome
),

contrasts as (
    select
        memberships.outcome,
        memberships.attribute,
        memberships.segment,
        cast(sum(memberships.is_member) as double) as inside,
        cast(sum(1 - memberships.is_member) as double) as outside,
        cast(sum(cast(residuals.residual * memberships.is_member as decimal(18, 9))) as double) as inside_sum,
        cast(sum(cast(residuals.residual * (1 - memberships.is_member) as decimal(18, 9))) as double) as outside_sum
    from memberships
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
    from strong
    inner join contrasts
        on
            strong.outcome = contrasts.outcome
            and strong.attribute = contrasts.attribute
            and strong.segment = contrasts.segment
    inner join slopes on strong.outcome = slopes.outcome
    inner join variances on strong.outcome = variances.outcome
)

select
    -- What is judged. #not_null #accepted[quality,win]
    conditional.outcome,
    -- The attribute. #not_null
    conditional.attribute,
    -- The segment. #not_null #unique_with[outcome,attribute]
    conditional.segment,
    -- Share of members among those whose attribute is known. #not_null #between[0,1]
    conditional.share,
    -- What membership adds to y in the common fit of all strong segments. #not_null #finite
    round(conditional.joint_effect, 9) as joint_effect,
    -- Effect left beside the other strong segments, over its standard error. #finite
    round(conditional.conditional_z, 6) as conditional_z
from conditional
