-- One row per ICP and claim: what people say, tested against how customers turned out. On all ranked customers it may
-- agree with what the respondent has seen; on those that began after it was first said (`later_...`) it is a
-- prediction. Claims never change points.
with
run as (
    select fdr, interval_z from settings.run
),

periods as (
    select
        effects.*,
        significance.q_value,
        case
            when significance.q_value <= run.fdr and round(effects.effect, 9) > 0 then 'better'
            when significance.q_value <= run.fdr and round(effects.effect, 9) < 0 then 'worse'
        end as found,
        -- Members needed to find an effect of .5 log-odds with power .8 (0.8416 is that quantile of the normal) in one
        -- two-sided test at the family's rate, given the segment's share and the spread: z-test for two means.
        ceil(
            (run.interval_z + 0.8416) * (run.interval_z + 0.8416) * effects.variance
            / nullif(0.25 * effects.share_inside * (1 - effects.share_inside), 0)
        ) as n_needed
    from voice.claim_effects as effects
    cross join run
    left join voice.significance as significance
        on effects.icp_id = significance.icp_id
        and effects.attribute = significance.attribute
        and effects.segment = significance.segment
        and effects.says = significance.says
        and effects.period = significance.period
),

placed as (
    select
        claims.*,
        known.n_segment,
        known.n_known,
        known.lift,
        known.ci_low,
        known.ci_high,
        known.effect,
        known.standard_error,
        known.q_value,
        known.n_needed,
        known.is_supported,
        known.is_start,
        later.n_segment as later_n,
        later.lift as later_lift,
        later.ci_low as later_ci_low,
        later.ci_high as later_ci_high,
        later.effect as later_effect,
        later.q_value as later_q_value,
        later.n_needed as later_n_needed,
        case
            when not claims.is_recorded then 'not_recorded'
            when known.found is null then 'undecided'
            when known.found = claims.says then 'supported'
            else 'contradicted'
        end as verdict,
        case
            when not claims.is_recorded then 'not_recorded'
            when later.found is null then 'undecided'
            when later.found = claims.says then 'supported'
            else 'contradicted'
        end as later_verdict
    from voice.claims as claims
    left join periods as known
        on claims.icp_id = known.icp_id
        and claims.attribute = known.attribute
        and claims.segment = known.segment
        and claims.says = known.says
        and known.period = 'all'
    left join periods as later
        on claims.icp_id = later.icp_id
        and claims.attribute = later.attribute
        and claims.segment = later.segment
        and claims.says = later.says
        and later.period = 'later'
)

select
    -- #not_null
    placed.icp_id,
    -- #not_null
    placed.attribute,
    -- #not_null
    placed.segment,
    -- better or worse: how the respondents say the segment turns out against the rest. #not_null
    -- #accepted[better,worse] #unique_with[icp_id,attribute,segment]
    placed.says,
    -- Codes of the respondents who said so. #not_null
    placed.said_by,
    -- Number of respondents who said so. #not_null
    placed.respondents,
    -- Day on which the first of them said it. #not_null
    placed.first_said_on,
    -- Ranked customers in the segment; those of one parent count once. #not_null
    coalesce(placed.n_segment, 0) as n,
    -- Ranked customers whose attribute is known. #not_null
    coalesce(placed.n_known, 0) as n_known,
    -- Share of the best over share of the worst; NULL where there are too few to say. #finite
    placed.lift,
    -- Lower end of its 90 % interval. #finite
    placed.ci_low,
    -- Upper end of its 90 % interval. #finite
    placed.ci_high,
    -- Mean outcome inside the segment minus the mean outside, in log-odds. #finite
    round(placed.effect, 9) as effect,
    -- Standard error of the effect. #finite
    round(placed.standard_error, 9) as standard_error,
    -- Expected share of false discoveries among claims with a q-value as low as this. #between[0,1] #finite
    placed.q_value,
    -- Ranked customers with a known attribute that it takes to find an effect of 0.5 with power 0.8; NULL once decided,
    -- and if nobody is in the segment.
    case when placed.verdict = 'undecided' then cast(round(placed.n_needed) as bigint) end as n_needed,
    -- supported: found as said. contradicted: the opposite was found. undecided: neither. not_recorded: no attribute
    -- records it. #not_null #accepted[supported,contradicted,undecided,not_recorded]
    placed.verdict,
    -- Why it is undecided; NULL otherwise. #accepted[no_data,no_others,too_few,goes_with_start,not_clear]
    case
        when placed.verdict <> 'undecided' then null
        when coalesce(placed.n_segment, 0) = 0 then 'no_data'
        when placed.n_known - placed.n_segment < 5 and placed.n_segment >= 5 then 'no_others'
        when not placed.is_supported then 'too_few'
        when placed.is_start then 'goes_with_start'
        else 'not_clear'
    end as because,
    -- Ranked customers in the segment that became customers after it was first said. #not_null
    coalesce(placed.later_n, 0) as later_n,
    -- Lift among these later customers. #finite
    placed.later_lift,
    -- Lower end of its 90 % interval. #finite
    placed.later_ci_low,
    -- Upper end of its 90 % interval. #finite
    placed.later_ci_high,
    -- Effect among these later customers, in log-odds. #finite
    round(placed.later_effect, 9) as later_effect,
    -- Expected share of false discoveries among predictions with a q-value as low as this. #between[0,1] #finite
    placed.later_q_value,
    -- Later customers with a known attribute that it takes; NULL once decided.
    case when placed.later_verdict = 'undecided' then cast(round(placed.later_n_needed) as bigint) end as later_n_needed,
    -- The same verdict on later customers only: the one that tests a prediction. #not_null
    -- #accepted[supported,contradicted,undecided,not_recorded]
    placed.later_verdict
from placed
