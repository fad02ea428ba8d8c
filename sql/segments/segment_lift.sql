-- One row per outcome, attribute and segment, for the ICP `primary`: how much more common the segment is among the best
-- than among the worst, how sure that is, and what else is known about it. Leaking attributes are absent; see
-- segments.attribute_leaks. Further ICPs are in segments.icp_segment_lift.
with
dimensions as (
    select attribute, max(dimension) as dimension
    from core.account_attributes
    group by attribute
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    lift.outcome,
    -- Kind of attribute: firmographic, technographic, situational, organizational, behavioral or custom.
    dimensions.dimension,
    -- #not_null
    lift.attribute,
    -- The segment: a level, a level that it has among others, or a run of neighbouring bins. #not_null
    -- #unique_with[outcome,attribute]
    lift.segment,
    -- Customers (deals) in the segment. #not_null
    lift.n_segment,
    -- Customers (deals) whose attribute is known. #not_null
    lift.n_known,
    -- Best customers (won deals) in the segment. #not_null
    lift.n_best,
    -- Worst customers (lost deals) in the segment. #not_null
    lift.n_worst,
    -- Share of the best customers (won deals) that are in the segment, among those whose attribute is known.
    -- #between[0,1] #finite
    lift.share_best,
    -- Share of the worst customers (lost deals) that are in the segment, among those whose attribute is known.
    -- #between[0,1] #finite
    lift.share_worst,
    -- share_best / share_worst; NULL with too few members, or without any best or worst. #finite
    lift.lift,
    -- Lower end of the 90 % interval of the lift. #finite
    lift.ci_low,
    -- Upper end of the 90 % interval of the lift. #finite
    lift.ci_high,
    -- Mean outcome inside the segment minus the mean outside, in log-odds. #finite
    lift.effect,
    -- Standard error of the effect. #finite
    lift.standard_error,
    -- Effect divided by its standard error. #finite
    lift.z,
    -- Two-sided p-value of z. #between[0,1] #finite
    lift.p_value,
    -- Expected share of false discoveries among segments with a q-value as low as this. #between[0,1] #finite
    lift.q_value,
    -- icp: significantly better. negative: significantly worse. not_significant. too_few: could not be tested.
    -- #not_null #accepted[icp,negative,not_significant,too_few]
    lift.verdict,
    -- Whether it counts as a hypothesis; complements of other segments and untested ones do not. #not_null
    lift.is_counted,
    -- Number of hypotheses counted for the outcome.
    lift.n_tests,
    -- Share of its members among the best (won), shrunk towards the base rate where members are few. #between[0,1]
    -- #finite
    rates.rate_best,
    -- Lower end of the 90 % Wilson interval of that share. #between[0,1] #finite
    rates.rate_best_low,
    -- Upper end of the 90 % Wilson interval of that share. #between[0,1] #finite
    rates.rate_best_high,
    -- Share of the best (won) among all whose attribute is known. #between[0,1] #finite
    rates.base_rate_best,
    -- Share of its members among the worst (lost), shrunk towards the base rate where members are few. #between[0,1]
    -- #finite
    rates.rate_worst,
    -- Share of the worst (lost) among all whose attribute is known. #between[0,1] #finite
    rates.base_rate_worst,
    -- Its ranked customers whose churn would show in some source.
    outcomes.churn_customers,
    -- Share of them that left. #finite
    outcomes.churn_rate,
    -- Share of its closed deals that were won. #finite
    outcomes.win_rate,
    -- Median days from the creation of the won deal to its close. #finite
    outcomes.median_cycle_days,
    -- Share of its ranked customers whose recurring revenue grew. #finite
    outcomes.expansion_rate,
    -- Share that left of all ranked customers whose churn would show.
    outcomes.average_churn_rate,
    -- Share of all closed deals that were won.
    outcomes.average_win_rate,
    -- Median sales cycle of all ranked customers, in days.
    outcomes.average_cycle_days,
    -- Share of all ranked customers whose recurring revenue grew.
    outcomes.average_expansion_rate
from segments.icp_segment_lift as lift
inner join segments.segment_rates as rates
    on lift.icp_id = rates.icp_id
    and lift.outcome = rates.outcome
    and lift.attribute = rates.attribute
    and lift.segment = rates.segment
left join segments.segment_outcomes as outcomes
    on lift.attribute = outcomes.attribute and lift.segment = outcomes.segment
left join dimensions on lift.attribute = dimensions.attribute
where lift.icp_id = 'primary'
