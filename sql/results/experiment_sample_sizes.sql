-- One row per experiment, segment and kind of event: how many accounts it takes until a conversion rate twice as high
-- would be found. The evidence must exceed the hurdle of the test and the cost of spreading it over all ratios; formulas
-- are in `docs/method.md`.
with
-- The monthly conversion share of this home's visitors stands in for what is not known yet, with the weight of twenty
-- accounts.
usual as (
    select event, cast(sum(conversions) as double) / nullif(sum(visitors), 0) as rate
    from results.segment_conversion
    group by event
),

-- The main question is a family of its own, all other rows of an experiment are one.
families as (
    select
        experiment_counts.*,
        accounts_personalised + accounts_holdout as accounts,
        conversions_personalised + conversions_holdout as conversions,
        count(*) over (partition by experiment, attribute = 'all' and event = 'any') as family
    from results.experiment_counts
),

planned as (
    select
        families.*,
        (families.conversions + 20 * coalesce(usual.rate, 0)) / nullif(families.accounts + 20, 0) as planned_rate,
        ln(families.family) - ln(0.045) as hurdle,
        2 * (1 - families.holdout) / nullif(2 - families.holdout, 0) * ln(2 / nullif(2 - families.holdout, 0))
        + families.holdout / nullif(2 - families.holdout, 0) * ln(1 / nullif(2 - families.holdout, 0)) as gain,
        1 / nullif((1 - families.holdout) * families.holdout * 0.25, 0) - 1 as effect_weight
    from families
    left join usual on families.event = usual.event
)

select
    -- Experiment. #not_null
    planned.experiment,
    -- What the segment is a value of: all, tier, industry, employees or region. #not_null
    planned.attribute,
    -- #not_null
    planned.segment,
    -- Event that counts as a conversion. #not_null #unique_with[experiment,attribute,segment]
    -- #same_count_as[results.experiment_counts]
    planned.event,
    -- Tests among which discoveries are counted: 1 for the main question. #not_null
    planned.family,
    -- Accounts of both arms that it takes; NULL while nobody ever converted. #finite
    (planned.hurdle + 0.5 * ln(1 + planned.hurdle / nullif(planned.gain, 0) / nullif(planned.effect_weight, 0)))
    / nullif(planned.gain, 0) / nullif(planned.planned_rate, 0) as sample_size
from planned
