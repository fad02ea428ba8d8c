-- One row per outcome and attribute with five or more observations in a level: how much of the outcome its levels
-- explain, and whether that is more than an honest attribute could. Attributes that icp.yaml says are known before the
-- sale are honest, however strong. Accounts of one parent weigh 1 together.
with
level_outcomes as (
    select
        observations.outcome,
        attributes.attribute,
        attributes.level,
        sum(observations.weight) as observations,
        sum(cast(cast(observations.y as decimal(18, 9)) * observations.weight as decimal(28, 12))) as total_y,
        sum(cast(round(observations.y * observations.y * observations.weight, 6) as decimal(28, 6))) as total_y_squared
    from outcomes.observations as observations
    inner join core.account_attributes as attributes on observations.account_id = attributes.account_id
    where
        attributes.level is not null
        and (attributes.known_at is null or cast(attributes.known_at as date) <= observations.observed_at)
    group by observations.outcome, attributes.attribute, attributes.level
    having count(distinct observations.cluster_id) >= 5
),

-- Sums of squares of y: between the levels, and in total.
explained as (
    select
        outcome,
        attribute,
        count(*) as levels,
        sum(observations) as observations,
        round(
            sum(cast(total_y as double) * cast(total_y as double) / nullif(observations, 0))
            - cast(sum(total_y) as double) * cast(sum(total_y) as double) / nullif(sum(observations), 0),
            6
        ) as between_levels,
        round(
            cast(sum(total_y_squared) as double)
            - cast(sum(total_y) as double) * cast(sum(total_y) as double) / nullif(sum(observations), 0),
            6
        ) as in_all
    from level_outcomes
    group by outcome, attribute
),

-- By chance alone, the excess over (levels - 1) variances of y has variance 2 (levels - 1). With fewer than 60
-- observations, the strongest of many honest attributes still looks like a leak in one company in seven.
shares as (
    select
        explained.outcome,
        explained.attribute,
        coalesce(attributes.is_known_before_sale, false) as is_honest,
        observations >= 60
        and between_levels * (observations - 1) / nullif(in_all, 0) - (levels - 1)
        >= 4 * sqrt(2.0 * greatest(levels - 1, 1)) as is_beyond_chance,
        round(
            least(
                1,
                greatest(
                    0,
                    1 - (1 - between_levels / nullif(in_all, 0)) * (observations - 1) / greatest(observations - levels, 1)
                )
            ),
            6
        ) as explained_share
    from explained
    left join settings.attributes as attributes on explained.attribute = attributes.attribute
    where in_all > 0
),

-- What each attribute is compared with: the next weaker one of its kind, or the strongest one declared honest if that
-- explains more.
ranked as (
    select
        shares.*,
        row_number() over (partition by outcome, is_honest order by explained_share desc, attribute nulls first) as place,
        greatest(
            coalesce(
                lead(explained_share)
                    over (partition by outcome, is_honest order by explained_share desc, attribute nulls first),
                0.0
            ),
            coalesce(max(case when is_honest then explained_share end) over (partition by outcome), 0.0)
        ) as next_share
    from shares
),

-- A quarter is too much if the next attribute explains less than 0.4 times as much. Leaks are rarely alone, and two of
-- them would hide each other, so every attribute above the last such gap is flagged.
gaps as (
    select outcome, max(place) as last_place
    from ranked
    where not is_honest and is_beyond_chance and explained_share >= 0.25 and explained_share >= 2.5 * next_share
    group by outcome
),

-- Two fifths are too much whatever the others explain.
flagged as (
    select
        ranked.*,
        coalesce(
            not ranked.is_honest
            and ranked.is_beyond_chance
            and (ranked.explained_share >= 0.4 or ranked.place <= gaps.last_place),
            false
        ) as is_too_much
    from ranked
    left join gaps on ranked.outcome = gaps.outcome
)

select
    -- Outcome that is explained. #not_null #accepted[quality,win]
    flagged.outcome,
    -- #not_null #unique_with[outcome]
    flagged.attribute,
    -- Share of the variance of the outcome that its levels explain, corrected for their number. #not_null #between[0,1]
    flagged.explained_share,
    -- Whether that is more than chance would explain, with 60 observations or more. #not_null
    flagged.is_beyond_chance,
    -- Whether it is more than an honest attribute could explain: by itself, or beside the attributes that are not. #not_null
    flagged.is_too_much,
    -- Whether so much that the field was filled in by somebody who knew how deals ended: no trait of a company decides so
    -- many. For customer outcomes an honest one may: if seats are paid for, size decides the price (0.75 for two kinds
    -- of customers that do not overlap). #not_null
    flagged.is_too_much and flagged.outcome = 'win' and flagged.explained_share >= 0.7 as is_decisive,
    -- Largest such share among the attributes for which it is not too much; 0 if there is none. #not_null #between[0,1]
    coalesce(max(case when not flagged.is_too_much then flagged.explained_share end) over (partition by flagged.outcome), 0.0)
        as honest_share
from flagged
