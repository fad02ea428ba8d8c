-- One row per ICP, outcome, attribute and segment: how differently it turns out from the rest, and the standard error
-- of that. segments.significance says how sure it is. Observations are ultimate parents: see segments.segment_counts.
with
run as (
    select min_support_share from settings.run
),

complements as (
    select icp_id, attribute, segment, max(case when is_complement then 1 else 0 end) as is_complement
    from segments.segment_definitions
    group by icp_id, attribute, segment
),

-- Below 30 observations nothing is tested; a segment needs members, and others to compare them with.
supported as (
    select
        counts.*,
        complements.is_complement,
        counts.n_observations >= 30
        and counts.n_segment
        >= greatest(5, least(10, counts.n_observations / 10.0), run.min_support_share * counts.n_observations)
        and counts.n_outside >= 5 as is_supported,
        -- If the trait goes with the start date, the two effects cannot be separated.
        coalesce(abs(starts.start_correlation) > 0.7, false) as is_start
    from segments.segment_counts as counts
    inner join complements
        on counts.icp_id = complements.icp_id
        and counts.attribute = complements.attribute
        and counts.segment = complements.segment
    left join segments.segment_starts as starts
        on counts.outcome = 'quality'
        and counts.icp_id = starts.icp_id
        and counts.attribute = starts.attribute
        and counts.segment = starts.segment
    cross join run
),

effects as (
    select
        supported.*,
        case
            when is_supported and not is_start
                then sum_y / nullif(weight_segment, 0)
                    - (sum_y_known - sum_y) / nullif(weight_known - weight_segment, 0)
        end as effect,
        case
            when is_supported and not is_start
                then sqrt(
                    greatest(0, sum_y_squared_known - sum_y_known * sum_y_known / nullif(weight_known, 0))
                    / nullif(weight_known - 1, 0)
                    * (1.0 / nullif(effective_segment, 0) + 1.0 / nullif(effective_outside, 0))
                )
        end as standard_error
    from supported
)

select
    -- #not_null
    effects.icp_id,
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    effects.outcome,
    -- #not_null
    effects.attribute,
    -- #not_null #unique_with[icp_id,outcome,attribute]
    effects.segment,
    -- Mean outcome inside the segment minus the mean outside, in log-odds; NULL with too few members, and where the
    -- segment cannot be separated from the day on which customers began. #finite
    effects.effect,
    -- Standard error of the effect, from the variance of y over all whose attribute is known. #finite
    effects.standard_error,
    -- Whether it has enough members, and enough outside, to be tested. #not_null
    effects.is_supported,
    -- Whether it is the exact complement of another segment, and so not a hypothesis of its own. #not_null
    effects.is_complement = 1 as is_complement
from effects
