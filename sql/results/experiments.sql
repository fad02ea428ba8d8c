-- One row per experiment, segment and kind of event: the result. `all` with `any` is the main question and tested by
-- itself; over all other rows of an experiment at most one in twenty discoveries is expected to be chance (e-BH).
-- Everything may be read every night.
with
judged as (
    select
        counts.*,
        evidence.log_e,
        evidence.log_srm_e,
        intervals.ratio_low,
        intervals.ratio_high,
        intervals.difference_low,
        intervals.difference_high,
        whole.log_srm_e as whole_log_srm_e,
        counts.attribute = 'all' and counts.event = 'any' as is_first,
        cast(counts.conversions_personalised as double) / nullif(counts.accounts_personalised, 0) as rate_personalised,
        cast(counts.conversions_holdout as double) / nullif(counts.accounts_holdout, 0) as rate_holdout,
        counts.accounts_personalised + counts.accounts_holdout as accounts,
        sizes.family,
        sizes.sample_size
    from results.experiment_counts as counts
    inner join results.experiment_evidence as evidence
        on counts.experiment = evidence.experiment
        and counts.attribute = evidence.attribute
        and counts.segment = evidence.segment
        and counts.event = evidence.event
    inner join results.experiment_evidence as whole
        on counts.experiment = whole.experiment and whole.attribute = 'all' and whole.event = 'any'
    inner join results.experiment_intervals as intervals
        on counts.experiment = intervals.experiment
        and counts.attribute = intervals.attribute
        and counts.segment = intervals.segment
        and counts.event = intervals.event
    inner join results.experiment_sample_sizes as sizes
        on counts.experiment = sizes.experiment
        and counts.attribute = sizes.attribute
        and counts.segment = sizes.segment
        and counts.event = sizes.event
),

-- e-BH: of m e-values the k largest are discoveries, for the largest k whose smallest is m / (.045 k) or more.
ranked as (
    select
        judged.*,
        row_number() over (
            partition by experiment, is_first
            order by log_e desc, attribute asc, segment asc, event asc
        ) as place
    from judged
),

called as (
    select
        ranked.*,
        max(case when log_e >= ln(family) - ln(0.045) - ln(place) then place else 0 end)
            over (partition by experiment, is_first) as discoveries
    from ranked
),

verdicts as (
    select
        called.*,
        case when sample_size < 1000000000 then greatest(0, cast(ceil(sample_size) as bigint) - accounts)
        end as accounts_needed,
        case
            when greatest(log_srm_e, whole_log_srm_e) >= ln(1000) then 'withheld'
            when place <= discoveries and conversions_personalised * holdout > conversions_holdout * (1 - holdout)
                then 'better'
            when place <= discoveries then 'worse'
            when sample_size <= accounts then 'undecided'
            else 'too_early'
        end as verdict
    from called
)

select
    -- Experiment of content.yaml. #not_null
    experiment,
    -- What the segment is a value of: all, tier, industry, employees or region. #not_null
    attribute,
    -- Segment, as it was when the accounts entered. #not_null
    segment,
    -- Event that counts as a conversion; `any` is every event that is not a visit. #not_null
    -- #unique_with[experiment,attribute,segment] #same_count_as[results.experiment_counts]
    event,
    -- Accounts that entered the personalised arm, including those whose 28 days are not over. #not_null
    entered_personalised,
    -- Accounts that entered the holdout, including those whose 28 days are not over. #not_null
    entered_holdout,
    -- Accounts of the personalised arm whose 28 days are over. #not_null
    accounts_personalised,
    -- Accounts of the holdout whose 28 days are over. #not_null
    accounts_holdout,
    -- Those of the personalised arm that converted in their 28 days. #not_null
    conversions_personalised,
    -- Those of the holdout that converted in their 28 days. #not_null
    conversions_holdout,
    -- Conversion rate of the personalised arm; NULL while nobody is counted. #between[0,1]
    rate_personalised,
    -- Conversion rate of the holdout; NULL while nobody is counted. #between[0,1]
    rate_holdout,
    -- Difference of the rates; NULL if the result is withheld. #between[-1,1]
    case when verdict <> 'withheld' then round(rate_personalised - rate_holdout, 9) end as difference,
    -- Lower end of its 95 % interval, valid for all nights together.
    case when verdict <> 'withheld' then difference_low end as difference_low,
    -- Upper end of its 95 % interval.
    case when verdict <> 'withheld' then difference_high end as difference_high,
    -- Ratio of the rates; NULL if nobody in the holdout converted or the result is withheld. #finite
    case when verdict <> 'withheld' then round(rate_personalised / nullif(rate_holdout, 0), 9) end as ratio,
    -- Lower end of its 95 % interval; NULL if nothing is ruled out.
    case when verdict <> 'withheld' then ratio_low end as ratio_low,
    -- Upper end of its 95 % interval; NULL if nothing is ruled out.
    case when verdict <> 'withheld' then ratio_high end as ratio_high,
    -- e-value of a difference: how many times better it explains the conversions than chance does. #not_null #finite
    exp(least(log_e, 600)) as e_value,
    -- e-value of a sample ratio mismatch: how many times better a broken assignment explains the arms than the planned
    -- one. #not_null #finite
    exp(least(log_srm_e, 600)) as srm_e,
    -- better or worse: what the personalised arm does. too_early: even a doubled rate would not be found yet.
    -- undecided: it would be by now. withheld: the arms were not assigned as planned (srm_e of 1,000 or more, here or
    -- in `all`). #not_null #accepted[better,worse,too_early,undecided,withheld]
    verdict,
    -- Accounts still to be counted until a doubled rate would be found; NULL if nobody ever converted.
    accounts_needed
from verdicts
