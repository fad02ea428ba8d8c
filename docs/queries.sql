-- Which traits separate the best customers from the worst?
select attribute, segment, n_segment, round(lift, 2) as lift, round(ci_low, 2) as ci_low, round(ci_high, 2) as ci_high, verdict
from segments.segment_lift
where outcome = 'quality' and verdict in ('icp', 'negative')
order by lift desc, attribute, segment;

-- Whom to call first: tier 1 and 2 prospects, best first, with the reason?
select accounts.name, accounts.domain, tiers.tier, tiers.grade, round(scores.fit_score, 1) as fit_score, tiers.reasons
from icp.account_tiers as tiers
inner join icp.account_scores as scores on scores.account_id = tiers.account_id and scores.icp_id = tiers.icp_id
inner join core.accounts as accounts on accounts.account_id = tiers.account_id
where tiers.icp_id = 'primary' and tiers.tier in ('tier_1', 'tier_2') and tiers.relationship in ('prospect', 'open_deal')
order by tiers.tier, scores.priority_score desc, accounts.account_id;

-- Do the tiers predict who buys? Later deals, by the tier from a fit on earlier ones.
select tier, accounts, round(outcome_rate, 3) as outcome_rate, round(lift, 2) as lift, round(ci_low, 2) as ci_low,
    round(ci_high, 2) as ci_high, round(capture, 2) as capture, split_at
from icp.backtest
where icp_id = 'primary'
order by tier;

-- How did customers turn out, by cohort?
select cohort, count(*) as customers, round(avg(outcome_score), 1) as outcome_score, round(avg(acv_usd)) as acv_usd,
    round(avg(net_revenue_retention), 2) as net_revenue_retention, round(avg(nps), 1) as nps,
    round(avg(retained), 2) as retained
from outcomes.customer_scores
where cohort is not null
group by cohort
order by outcome_score desc;

-- For how many tier 1 and 2 accounts is an attribute of the criteria unknown?
select criteria.attribute, count(distinct tiers.account_id) as accounts_without_it
from icp.account_tiers as tiers
inner join icp.criteria as criteria on criteria.icp_id = tiers.icp_id
left join core.account_attributes as attributes
    on attributes.account_id = tiers.account_id and attributes.attribute = criteria.attribute
where tiers.icp_id = 'primary' and tiers.tier in ('tier_1', 'tier_2') and attributes.account_id is null
group by criteria.attribute
order by accounts_without_it desc, criteria.attribute;

-- What makes up the score of one account?
select evidence.attribute, evidence.segment, round(evidence.points, 3) as points
from icp.score_evidence as evidence
inner join core.accounts as accounts on accounts.account_id = evidence.account_id
where evidence.icp_id = 'primary' and accounts.domain = 'atlasspring.example'
order by evidence.attribute = 'prior' desc, abs(evidence.points) desc, evidence.attribute, evidence.segment;

-- Win easily, churn later: which traits win deals but lose customers?
select quality.attribute, quality.segment, round(win.lift, 2) as win_lift, round(quality.lift, 2) as quality_lift,
    round(quality.churn_rate, 2) as churn_rate
from segments.segment_lift as quality
inner join segments.segment_lift as win
    on win.attribute = quality.attribute and win.segment = quality.segment and win.outcome = 'win'
where quality.outcome = 'quality' and quality.verdict = 'negative' and win.verdict = 'icp'
order by quality.lift, quality.attribute, quality.segment;

-- Who moved to another tier lately, and why?
select changes.as_of, accounts.name, changes.from_tier, changes.to_tier, changes.cause
from history.tier_changes as changes
inner join core.accounts as accounts on accounts.account_id = changes.account_id
where changes.icp_id = 'primary' and changes.from_tier is not null
order by changes.changed_at desc, accounts.account_id
limit 50;

-- What was not loaded, and why?
select path, column_name, reason, count(*) as rejected, min(line) as first_line
from quality.rejected_rows
group by path, column_name, reason
order by rejected desc, path, column_name, reason;
