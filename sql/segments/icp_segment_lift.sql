-- One row per ICP with a filter, outcome, attribute and segment: how much more often the best of its own members have it
-- than the worst, and how sure that is. As segments.segment_lift, which is about all customers of the company; the
-- q-values are over what is tested of this ICP alone.
with
run as (
    select fdr, interval_z, min_support_share from settings.run
),

complements as (
    select icp_id, attribute, segment, max(case when is_complement then 1 else 0 end) as is_complement
    from segments.icp_segment_definitions
    group by icp_id, attribute, segment
),

-- Below 30 observations nothing is claimed; a segment needs members, and others to be compared with.
supported as (
    select
        counts.*,
        complements.is_complement,
        counts.n_observations >= 30
        and counts.n_segment
        >= greatest(5, least(10, counts.n_observations / 10.0), run.min_support_share * counts.n_observations)
        and counts.n_known - counts.n_segment >= 5 as is_supported
    from segments.icp_segment_counts as counts
    inner join complements
        on counts.icp_id = complements.icp_id
        and counts.attribute = complements.attribute
        and counts.segment = complements.segment
    cross join run
),

effects as (
    select
        supported.*,
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
        end as standard_error,
        case
            when is_supported and n_best_known > 0 and n_worst_known > 0
                then exp(ln(n_best + 0.5) - ln(n_best_known + 0.5) - ln(n_worst + 0.5) + ln(n_worst_known + 0.5))
        end as lift,
        sqrt(
            1.0 / nullif(n_best + 0.5, 0) - 1.0 / nullif(n_best_known + 0.5, 0)
            + 1.0 / nullif(n_worst + 0.5, 0) - 1.0 / nullif(n_worst_known + 0.5, 0)
        ) as log_error
    from supported
),

-- Rounded, so that a segment and its complement get the same p-value to the last digit.
z_scores as (
    select
        effects.*,
        case when round(standard_error, 9) > 0.000001
            then round(round(effect, 9) / nullif(round(standard_error, 9), 0), 9) end as z
    from effects
),

sized as (
    select
        z_scores.*,
        case when z is not null then least(abs(z), 37.0) end as size,
        case when z is not null then 1.0 / greatest(1.0, 1.0 + 0.5 * least(abs(z), 37.0) / sqrt(2.0)) end as t
    from z_scores
),

-- Two-sided p-value of a normal z: the complementary error function after Numerical Recipes, as in
-- segments.segment_tests.
p_values as (
    select
        sized.*,
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
    from sized
),

-- Benjamini-Hochberg: the smallest, over all p-values not below this one, of p times tests over its rank.
ranks as (
    select
        icp_id,
        outcome,
        attribute,
        segment,
        p_value,
        sum(is_counted) over (partition by icp_id, outcome) as n_tests,
        sum(is_counted) over (
            partition by icp_id, outcome order by p_value nulls first
            range between unbounded preceding and current row
        ) as p_rank
    from p_values
    where z is not null
),

q_values as (
    select
        icp_id,
        outcome,
        attribute,
        segment,
        n_tests,
        least(
            1.0,
            min(p_value * n_tests / greatest(p_rank, 1)) over (
                partition by icp_id, outcome order by p_value desc
                range between unbounded preceding and current row
            )
        ) as q_value
    from ranks
)

select
    -- ICP with a filter. #not_null
    p_values.icp_id,
    -- What is judged: how its customers turn out (quality) or whether deals are won (win). #not_null
    -- #accepted[quality,win]
    p_values.outcome,
    -- The attribute. #not_null
    p_values.attribute,
    -- The segment. #not_null #unique_with[icp_id,outcome,attribute]
    p_values.segment,
    -- Customers (deals) of the ICP in the segment. #not_null
    p_values.n_segment,
    -- Customers (deals) of the ICP whose attribute is known. #not_null
    p_values.n_known,
    -- Best customers (won deals) in the segment. #not_null
    p_values.n_best,
    -- Worst customers (lost deals) in the segment. #not_null
    p_values.n_worst,
    -- Share of the best (won) that have it, among those whose attribute is known. #between[0,1] #finite
    cast(p_values.n_best as double) / nullif(p_values.n_best_known, 0) as share_best,
    -- Share of the worst (lost) that have it, among those whose attribute is known. #between[0,1] #finite
    cast(p_values.n_worst as double) / nullif(p_values.n_worst_known, 0) as share_worst,
    -- Share of the best over share of the worst; NULL where there are too few to say, or no best or worst. #finite
    round(p_values.lift, 9) as lift,
    -- Lower end of the 90 % interval of the lift. #finite
    round(p_values.lift * exp(-run.interval_z * p_values.log_error), 9) as ci_low,
    -- Upper end of the 90 % interval of the lift. #finite
    round(p_values.lift * exp(run.interval_z * p_values.log_error), 9) as ci_high,
    -- Mean of y inside minus mean outside, in log-odds; NULL when there are too few to say. #finite
    round(p_values.effect, 9) as effect,
    -- Standard error of the effect, from the variance of y over all members whose attribute is known. #finite
    round(p_values.standard_error, 9) as standard_error,
    -- Effect over its standard error; NULL when everybody turned out alike. #finite
    p_values.z,
    -- Two-sided p-value of z. #between[0,1] #finite
    p_values.p_value,
    -- Share of false discoveries to expect among segments of this ICP with a q-value as low as this. #between[0,1] #finite
    q_values.q_value,
    -- icp and negative are discoveries, for better and worse; too_few could not be tested. #not_null
    -- #accepted[icp,negative,not_significant,too_few]
    case
        when not p_values.is_supported then 'too_few'
        when q_values.q_value <= run.fdr and p_values.effect > 0 then 'icp'
        when q_values.q_value <= run.fdr and p_values.effect < 0 then 'negative'
        else 'not_significant'
    end as verdict,
    -- Whether it is one of the counted hypotheses; complements and untested segments are not. #not_null
    p_values.is_counted = 1 as is_counted,
    -- Number of hypotheses counted for the ICP's outcome.
    cast(q_values.n_tests as bigint) as n_tests
from p_values
cross join run
left join q_values
    on p_values.icp_id = q_values.icp_id
    and p_values.outcome = q_values.outcome
    and p_values.attribute = q_values.attribute
    and p_values.segment = q_values.segment
