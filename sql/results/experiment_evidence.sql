-- One row per experiment, segment and kind of event: logarithms of e-values, which stay valid however often somebody
-- looks. One against "both arms convert alike", one against "the arms were assigned as planned"; formulas are in
-- `docs/method.md`. Made of counts alone, so the order of accounts does not matter.
with
-- Without a difference, conversions come from the personalised arm as often as accounts do. The alternatives are spread
-- around that: log ratios with a standard deviation of .5 for conversions, of .25 for the arms themselves.
priors as (
    select
        counts.*,
        1 - holdout as share,
        1 / nullif((1 - holdout) * holdout * 0.25, 0) - 1 as effect_weight,
        1 / nullif((1 - holdout) * holdout * 0.0625, 0) - 1 as ratio_weight
    from results.experiment_counts as counts
),

-- Each evidence is a sum of logarithms of the gamma function, of these arguments and signs.
arguments as (
    select experiment, attribute, segment, event, 'effect' as part, 1 as sign,
        effect_weight * share + conversions_personalised as x
    from priors
    union all
    select experiment, attribute, segment, event, 'effect' as part, 1 as sign,
        effect_weight * holdout + conversions_holdout as x
    from priors
    union all
    select experiment, attribute, segment, event, 'effect' as part, -1 as sign,
        effect_weight + conversions_personalised + conversions_holdout as x
    from priors
    union all
    select experiment, attribute, segment, event, 'effect' as part, -1 as sign, effect_weight * share as x from priors
    union all
    select experiment, attribute, segment, event, 'effect' as part, -1 as sign, effect_weight * holdout as x from priors
    union all
    select experiment, attribute, segment, event, 'effect' as part, 1 as sign, effect_weight as x from priors
    union all
    select experiment, attribute, segment, event, 'ratio' as part, 1 as sign,
        ratio_weight * share + entered_personalised as x
    from priors
    union all
    select experiment, attribute, segment, event, 'ratio' as part, 1 as sign,
        ratio_weight * holdout + entered_holdout as x
    from priors
    union all
    select experiment, attribute, segment, event, 'ratio' as part, -1 as sign,
        ratio_weight + entered_personalised + entered_holdout as x
    from priors
    union all
    select experiment, attribute, segment, event, 'ratio' as part, -1 as sign, ratio_weight * share as x from priors
    union all
    select experiment, attribute, segment, event, 'ratio' as part, -1 as sign, ratio_weight * holdout as x from priors
    union all
    select experiment, attribute, segment, event, 'ratio' as part, 1 as sign, ratio_weight as x from priors
    union all
    select experiment, attribute, segment, event, 'rate' as part, 1 as sign,
        cast(0.5 as double) + conversions_personalised + conversions_holdout as x
    from priors
    union all
    select experiment, attribute, segment, event, 'rate' as part, 1 as sign,
        cast(0.5 as double) + accounts_personalised + accounts_holdout - conversions_personalised - conversions_holdout as x
    from priors
    union all
    select experiment, attribute, segment, event, 'rate' as part, -1 as sign,
        cast(1.0 as double) + accounts_personalised + accounts_holdout as x
    from priors
),

-- Stirling's series from eight on, good to ten digits, and downwards by the recurrence: no engine but DuckDB has lgamma.
logarithms as (
    select
        arguments.*,
        (x + 7.5) * ln(x + 8) - (x + 8) + 0.918938533204673
        + 1 / nullif(12 * (x + 8), 0)
        - 1 / nullif(360 * power(x + 8, 3), 0)
        + 1 / nullif(1260 * power(x + 8, 5), 0)
        - ln(x) - ln(x + 1) - ln(x + 2) - ln(x + 3) - ln(x + 4) - ln(x + 5) - ln(x + 6) - ln(x + 7) as log_gamma
    from arguments
),

summed as (
    select
        experiment,
        attribute,
        segment,
        event,
        cast(sum(cast(case when part = 'effect' then sign * log_gamma else 0 end as decimal(28, 10))) as double)
            as log_effect,
        cast(sum(cast(case when part = 'ratio' then sign * log_gamma else 0 end as decimal(28, 10))) as double)
            as log_ratio,
        cast(sum(cast(case when part = 'rate' then sign * log_gamma else 0 end as decimal(28, 10))) as double)
            as log_rate
    from logarithms
    group by experiment, attribute, segment, event
)

select
    -- Experiment. #not_null
    priors.experiment,
    -- What the segment is a value of: all, tier, industry, employees or region. #not_null
    priors.attribute,
    -- #not_null
    priors.segment,
    -- Event that counts as a conversion. #not_null #unique_with[experiment,attribute,segment]
    -- #same_count_as[results.experiment_counts]
    priors.event,
    -- Logarithm of the e-value against "both arms convert alike". #not_null #finite
    round(
        summed.log_effect
        - priors.conversions_personalised * ln(priors.share)
        - priors.conversions_holdout * ln(priors.holdout),
        8
    ) as log_e,
    -- Logarithm of the e-value against "the arms came in as they were drawn". #not_null #finite
    round(
        summed.log_ratio
        - priors.entered_personalised * ln(priors.share)
        - priors.entered_holdout * ln(priors.holdout),
        8
    ) as log_srm_e,
    -- Logarithm of the likelihood of the order of arms among conversions, averaged over all ratios; a single ratio is
    -- compared with it. #not_null #finite
    round(summed.log_effect, 8) as log_mixture,
    -- The same for conversions among accounts, averaged over all rates; a single rate is compared with it. #not_null
    -- #finite
    round(summed.log_rate - 1.1447298858494002, 8) as log_rate_mixture
from priors
inner join summed
    on priors.experiment = summed.experiment
    and priors.attribute = summed.attribute
    and priors.segment = summed.segment
    and priors.event = summed.event
