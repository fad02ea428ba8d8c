-- One row per segment whose customers of late turn out otherwise than those before: the younger half of the ranked
-- customers against the older half. Less is known of the young, so that any trait seems weaker among them; a segment is
-- listed only where its effect turned: good now and not before (emerging), or good before and not now (fading).
with
aged as (
    select
        observation_id,
        cast(y as decimal(18, 9)) as y,
        cast(round(y * y, 6) as decimal(28, 6)) as y_squared,
        case when 2 * row_number() over (order by observed_at desc, observation_id asc) <= count(*) over ()
            then 'recent' else 'older' end as half
    from outcomes.observations
    where outcome = 'quality' and observed_at is not null
),

known as (
    select distinct observation_id, attribute
    from segments.observed_levels
    where outcome = 'quality'
),

known_totals as (
    select
        aged.half,
        known.attribute,
        count(*) as n_known,
        sum(aged.y) as sum_y,
        sum(aged.y_squared) as sum_y_squared
    from known
    inner join aged on known.observation_id = aged.observation_id
    group by aged.half, known.attribute
),

segment_totals as (
    select
        aged.half,
        members.attribute,
        members.segment,
        count(*) as n,
        sum(aged.y) as sum_y
    from segments.segment_members as members
    inner join aged on members.observation_id = aged.observation_id
    where members.outcome = 'quality'
    group by aged.half, members.attribute, members.segment
),

-- Ten inside and ten outside in each half: below that a mean says nothing.
effects as (
    select
        totals.half,
        totals.attribute,
        totals.segment,
        totals.n,
        cast(totals.sum_y as double) / nullif(totals.n, 0)
        - cast(known_totals.sum_y - totals.sum_y as double) / nullif(known_totals.n_known - totals.n, 0) as effect,
        greatest(
            0.0,
            cast(known_totals.sum_y_squared as double)
            - cast(known_totals.sum_y as double) * cast(known_totals.sum_y as double) / nullif(known_totals.n_known, 0)
        ) / nullif(known_totals.n_known - 1, 0)
        * (1.0 / nullif(totals.n, 0) + 1.0 / nullif(known_totals.n_known - totals.n, 0)) as variance
    from segment_totals as totals
    inner join known_totals on totals.half = known_totals.half and totals.attribute = known_totals.attribute
    where totals.n >= 10 and known_totals.n_known - totals.n >= 10
),

compared as (
    select
        recent.attribute,
        recent.segment,
        recent.n as n_recent,
        older.n as n_older,
        round(recent.effect, 9) as effect_recent,
        round(older.effect, 9) as effect_older,
        round(recent.effect / nullif(sqrt(recent.variance), 0), 9) as z_recent,
        round(older.effect / nullif(sqrt(older.variance), 0), 9) as z_older,
        round((recent.effect - older.effect) / nullif(sqrt(recent.variance + older.variance), 0), 9) as z
    from effects as recent
    inner join effects as older on recent.attribute = older.attribute and recent.segment = older.segment
    where recent.half = 'recent' and older.half = 'older'
),

sized as (
    select
        compared.*,
        least(abs(z), 37.0) as size,
        1.0 / greatest(1.0, 1.0 + 0.5 * least(abs(z), 37.0) / sqrt(2.0)) as t
    from compared
    where z is not null
),

-- Two-sided p-value of a normal z: the complementary error function after Numerical Recipes, as in
-- segments.segment_tests.
p_values as (
    select
        sized.*,
        least(
            1.0,
            t * exp(
                -size * size / 2.0 - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (
                    -0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (
                        -0.82215223 + t * 0.17087277
                    )))))
                )))
            )
        ) as p_value
    from sized
),

ranks as (
    select
        p_values.*,
        count(*) over () as n_tests,
        rank() over (order by p_value desc) as from_the_largest
    from p_values
),

-- Benjamini-Hochberg over all segments that could be compared.
q_values as (
    select
        ranks.*,
        least(
            1.0,
            min(p_value * n_tests / nullif(n_tests - from_the_largest + 1, 0)) over (
                order by p_value desc range between unbounded preceding and current row
            )
        ) as q_value
    from ranks
),

turned as (
    select
        q_values.*,
        case when z > 0 then 'emerging' else 'fading' end as direction
    from q_values
    cross join settings.run as run
    where
        q_value <= run.fdr
        and (
            (z > 0 and z_recent >= 1.645 and effect_older <= 0)
            or (z < 0 and z_older >= 1.645 and effect_recent <= 0)
        )
)

select
    -- The attribute. #not_null
    turned.attribute,
    -- The segment. #not_null #unique_with[attribute]
    turned.segment,
    -- emerging: good among the younger half of customers, not among the older. fading: the other way round. #not_null
    -- #accepted[emerging,fading]
    turned.direction,
    -- Ranked customers of the younger half in it. #not_null
    cast(turned.n_recent as bigint) as n_recent,
    -- Ranked customers of the older half in it. #not_null
    cast(turned.n_older as bigint) as n_older,
    -- Effect on how customers of the younger half turn out, in log-odds. #not_null #finite
    turned.effect_recent,
    -- Effect among the older half. #not_null #finite
    turned.effect_older,
    -- Difference over its standard error. #not_null #finite
    turned.z,
    -- Share of false finds to expect among segments this clear. #not_null #between[0,1]
    turned.q_value,
    -- The same in a sentence. #not_null
    turned.attribute || ' ' || turned.segment || case turned.direction
        when 'emerging' then ' is emerging: its customers of late rank '
        else ' is fading: its customers of late rank ' end
    || cast(cast(round(abs(turned.effect_recent) * 100 / 6) as integer) as varchar) || ' of 100 places '
    || case when turned.effect_recent > 0 then 'above' else 'below' end || ' the others ('
    || cast(turned.n_recent as varchar) || ' customers), those before '
    || cast(cast(round(abs(turned.effect_older) * 100 / 6) as integer) as varchar) || ' '
    || case when turned.effect_older > 0 then 'above' else 'below' end || ' ('
    || cast(turned.n_older as varchar) || ').' as summary
from turned
