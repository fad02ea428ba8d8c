-- One row per ICP and claim: what people say, tested against how customers turned out. On all ranked customers it may
-- agree with what the respondent has seen; on those that began after it was first said (`later_...`) it is a
-- prediction. Claims never change points.
with
judged as (
    select
        claims.*,
        periods.period,
        effects.n_segment,
        effects.n_known,
        effects.lift,
        effects.ci_low,
        effects.ci_high,
        effects.effect,
        effects.standard_error,
        effects.is_supported,
        effects.is_start,
        significance.q_value,
        -- Members needed to find an effect of .5 log-odds with power .8 (0.8416 is that quantile of the normal) in one
        -- two-sided test at the family's rate, given the segment's share and the spread: z-test for two means.
        ceil(
            (run.interval_z + 0.8416) * (run.interval_z + 0.8416) * effects.variance
            / nullif(0.25 * effects.share_inside * (1 - effects.share_inside), 0)
        ) as n_needed,
        case
            when not claims.is_recorded then 'not_recorded'
            when significance.q_value <= run.fdr and round(effects.effect, 9) <> 0
                then case when (effects.effect > 0) = (claims.says = 'better') then 'supported' else 'contradicted' end
            else 'undecided'
        end as verdict
    from voice.claims as claims
    cross join (select 'all' as period union all select 'later' as period) as periods
    cross join settings.run as run
    left join voice.claim_effects as effects
        on claims.icp_id = effects.icp_id
        and claims.attribute = effects.attribute
        and claims.segment = effects.segment
        and claims.says = effects.says
        and periods.period = effects.period
    left join voice.significance as significance
        on effects.icp_id = significance.icp_id
        and effects.attribute = significance.attribute
        and effects.segment = significance.segment
        and effects.says = significance.says
        and effects.period = significance.period
)

select
    -- #not_null
    known.icp_id,
    -- #not_null
    known.attribute,
    -- #not_null
    known.segment,
    -- better or worse: how the respondents say the segment turns out against the rest. #not_null
    -- #accepted[better,worse] #unique_with[icp_id,attribute,segment]
    known.says,
    -- Codes of the respondents who said so. #not_null
    known.said_by,
    -- Number of respondents who said so. #not_null
    known.respondents,
    -- Day on which the first of them said it. #not_null
    known.first_said_on,
    -- Ranked customers in the segment; those of one parent count once. #not_null
    coalesce(known.n_segment, 0) as n,
    -- Ranked customers whose attribute is known. #not_null
    coalesce(known.n_known, 0) as n_known,
    -- Share of the best over share of the worst; NULL where there are too few to say. #finite
    known.lift,
    -- Lower end of its 90 % interval. #finite
    known.ci_low,
    -- Upper end of its 90 % interval. #finite
    known.ci_high,
    -- Mean outcome inside the segment minus the mean outside, in log-odds. #finite
    round(known.effect, 9) as effect,
    -- Standard error of the effect. #finite
    round(known.standard_error, 9) as standard_error,
    -- Expected share of false discoveries among claims with a q-value as low as this. #between[0,1] #finite
    known.q_value,
    -- Ranked customers with a known attribute that it takes to find an effect of 0.5 with power 0.8; NULL once decided,
    -- and if nobody is in the segment.
    case when known.verdict = 'undecided' then cast(round(known.n_needed) as bigint) end as n_needed,
    -- supported: found as said. contradicted: the opposite was found. undecided: neither. not_recorded: no attribute
    -- records it. #not_null #accepted[supported,contradicted,undecided,not_recorded]
    known.verdict,
    -- Why it is undecided; NULL otherwise. #accepted[no_data,no_others,too_few,goes_with_start,not_clear]
    case
        when known.verdict <> 'undecided' then null
        when coalesce(known.n_segment, 0) = 0 then 'no_data'
        when known.n_known - known.n_segment < 5 and known.n_segment >= 5 then 'no_others'
        when not known.is_supported then 'too_few'
        when known.is_start then 'goes_with_start'
        else 'not_clear'
    end as because,
    -- Ranked customers in the segment that became customers after it was first said. #not_null
    coalesce(later.n_segment, 0) as later_n,
    -- Lift among these later customers. #finite
    later.lift as later_lift,
    -- Lower end of its 90 % interval. #finite
    later.ci_low as later_ci_low,
    -- Upper end of its 90 % interval. #finite
    later.ci_high as later_ci_high,
    -- Effect among these later customers, in log-odds. #finite
    round(later.effect, 9) as later_effect,
    -- Expected share of false discoveries among predictions with a q-value as low as this. #between[0,1] #finite
    later.q_value as later_q_value,
    -- Later customers with a known attribute that it takes; NULL once decided.
    case when later.verdict = 'undecided' then cast(round(later.n_needed) as bigint) end as later_n_needed,
    -- The same verdict on later customers only: the one that tests a prediction. #not_null
    -- #accepted[supported,contradicted,undecided,not_recorded]
    later.verdict as later_verdict
from judged as known
inner join judged as later
    on known.icp_id = later.icp_id
    and known.attribute = later.attribute
    and known.segment = later.segment
    and known.says = later.says
where known.period = 'all' and later.period = 'later'
