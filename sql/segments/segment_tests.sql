-- One row per outcome, attribute and segment: does it turn out differently from the rest, and how surely.
with
run as (
    select min_support_share from settings.run
),

complements as (
    select attribute, segment, max(case when is_complement then 1 else 0 end) as is_complement
    from segments.segment_definitions
    group by attribute, segment
),

-- Below 30 observations nothing is claimed; a segment needs members, and others to be compared with.
supported as (
    select
        counts.outcome,
        counts.attribute,
        counts.segment,
        counts.n_segment,
        counts.n_known,
        counts.sum_y,
        counts.sum_y_known,
        counts.sum_y_squared_known,
        complements.is_complement,
        counts.n_observations >= 30
        and counts.n_segment
        >= greatest(5, least(10, counts.n_observations / 10.0), run.min_support_share * counts.n_observations)
        and counts.n_known - counts.n_segment >= 5 as is_supported
    from segments.segment_counts as counts
    inner join complements on counts.attribute = complements.attribute and counts.segment = complements.segment
    cross join run
),

effects as (
    select
        outcome,
        attribute,
        segment,
        is_complement,
        is_supported,
        case
            when is_supported
                then sum_y / nullif(n_segment, 0) - (sum_y_known - sum_y) / nullif(n_known - n_segment, 0)
        end as effect,
        case
            when is_supported
                then sqrt(
                    greatest(0, sum_y_squared_known - sum_y_known * sum_y_known / nullif(n_known, 0))
                    / nullif(n_known - 1, 0)
                    * (1.0 / nullif(n_segment, 0) + 1.0 / nullif(n_known - n_segment, 0))
                )
        end as standard_error
    from supported
),

-- Rounded, so that a segment and its complement get the same p-value to the last digit.
z_scores as (
    select
        outcome,
        attribute,
        segment,
        is_complement,
        is_supported,
        round(effect, 9) as effect,
        round(standard_error, 9) as standard_error,
        case when standard_error > 0.000001 then round(effect / nullif(standard_error, 0), 9) end as z
    from effects
),

scores as (
    select
        outcome,
        attribute,
        segment,
        is_complement,
        is_supported,
        effect,
        standard_error,
        z,
        case when z is not null then least(abs(z), 37.0) end as size,
        case when z is not null then 1.0 / greatest(1.0, 1.0 + 0.5 * least(abs(z), 37.0) / sqrt(2.0)) end as t
    from z_scores
),

-- Two-sided p-value of a normal z: the complementary error function after Numerical Recipes, relative error
-- below 1.2e-7 for every z, so that very strong segments keep their order.
p_values as (
    select
        outcome,
        attribute,
        segment,
        is_complement,
        is_supported,
        effect,
        standard_error,
        z,
        case when z is not null and is_complement = 0 then 1 else 0 end as is_counted,
        case
            when z is not null
                then least(
                    1.0,
                    t * exp(
                        -size * size / 2.0 - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (
                            -0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (
                                -0.82215223 + t * 0.17087277
                            )))))
                        )))
                    )
                )
        end as p_value
    from scores
),

-- Benjamini-Hochberg: the smallest, over all p-values not below this one, of p times tests over its rank.
ranks as (
    select
        outcome,
        attribute,
        segment,
        p_value,
        sum(is_counted) over (partition by outcome) as n_tests,
        sum(is_counted) over (
            partition by outcome order by p_value nulls first
            range between unbounded preceding and current row
        ) as p_rank
    from p_values
    where z is not null
),

q_values as (
    select
        outcome,
        attribute,
        segment,
        n_tests,
        least(
            1.0,
            min(p_value * n_tests / greatest(p_rank, 1)) over (
                partition by outcome order by p_value desc
                range between unbounded preceding and current row
            )
        ) as q_value
    from ranks
)

select
    -- What is judged. #not_null #accepted[quality,win]
    p_values.outcome,
    -- The attribute. #not_null
    p_values.attribute,
    -- The segment. #not_null #unique_with[outcome,attribute]
    p_values.segment,
    -- Mean of y inside minus mean outside, in log-odds; NULL when there are too few to say. #finite
    p_values.effect,
    -- Standard error of the effect, from the variance of y over all whose attribute is known. #finite
    p_values.standard_error,
    -- Effect over its standard error; NULL when everybody turned out alike. #finite
    p_values.z,
    -- Two-sided p-value of z. #between[0,1] #finite
    p_values.p_value,
    -- Share of false discoveries to expect among segments with a q-value as low as this. #between[0,1] #finite
    q_values.q_value,
    -- Whether it has members enough, and enough outside, to be tested. #not_null
    p_values.is_supported,
    -- Whether it counts as one of the hypotheses: tested, and no complement of another. #not_null
    p_values.is_counted = 1 as is_counted,
    -- Number of hypotheses counted for the outcome.
    cast(q_values.n_tests as bigint) as n_tests
from p_values
left join q_values
    on
        p_values.outcome = q_values.outcome
        and p_values.attribute = q_values.attribute
        and p_values.segment = q_values.segment
