-- One row per attribute with five or more ranked customers in a level: how much of the way customers turn out its levels
-- explain, beside the strongest of the other attributes.
with
level_outcomes as (
    select
        attributes.attribute,
        attributes.level,
        count(*) as observations,
        cast(sum(cast(observations.y as decimal(18, 9))) as double) as total_y
    from outcomes.observations as observations
    inner join core.account_attributes as attributes on observations.account_id = attributes.account_id
    where
        observations.outcome = 'quality'
        and attributes.level is not null
        and (attributes.known_at is null or cast(attributes.known_at as date) <= observations.observed_at)
    group by attributes.attribute, attributes.level
    having count(*) >= 5
),

-- Share of the variance of y between the levels; y = 6 (percentile - 1/2) has variance 3.
explained as (
    select
        attribute,
        count(*) as levels,
        sum(observations) as observations,
        round(
            sum(total_y * total_y / nullif(observations, 0)) - sum(total_y) * sum(total_y) / nullif(sum(observations), 0), 6
        ) as between_levels
    from level_outcomes
    group by attribute
),

-- Beyond chance: under it the excess over (levels - 1) has variance 2 (levels - 1). On fewer than 60 customers the
-- largest of many honest attributes still looks like a leak in one company of seven.
explained_shares as (
    select
        attribute,
        observations >= 60
        and cast(between_levels as double) / 3 - (levels - 1) >= 4 * sqrt(2.0 * greatest(levels - 1, 1))
            as is_beyond_chance,
        round(
            least(
                1,
                greatest(
                    0,
                    1 - (1 - cast(between_levels as double) / 3 / nullif(observations, 0)) * (observations - 1)
                    / greatest(observations - levels, 1)
                )
            ),
            6
        ) as explained_share
    from explained
),

-- Each attribute against the strongest of the others.
explained_ranks as (
    select
        attribute,
        explained_share,
        is_beyond_chance,
        row_number() over (order by explained_share desc, attribute nulls first) as place,
        coalesce(lead(explained_share) over (order by explained_share desc, attribute nulls first), 0.0) as next_share
    from explained_shares
)

select
    -- The attribute. #not_null #unique
    explained_ranks.attribute,
    -- Share of the variance of customer outcomes that its levels explain, corrected for their number. #between[0,1]
    explained_ranks.explained_share,
    -- Whether that is more than chance would explain, over sixty customers or more. #not_null
    explained_ranks.is_beyond_chance,
    -- Rank by that share; 1 explains most. #not_null
    explained_ranks.place,
    -- The same share of the attribute that comes next; 0 for the last. #between[0,1]
    explained_ranks.next_share
from explained_ranks
