-- One row per attribute and segment of the ICP `primary`, and one for everybody (segment * of attribute *): median
-- sales cycle and median net revenue retention. Of ranked customers whose attribute was known in time; accounts of one
-- parent weigh 1 together.
with
facts as (
    select
        observations.observation_id,
        observations.weight,
        scores.sales_cycle_days,
        scores.net_revenue_retention
    from segments.icp_observations as observations
    left join outcomes.customer_scores as scores on observations.account_id = scores.account_id
    where observations.icp_id = 'primary' and observations.outcome = 'quality'
),

memberships as (
    select attribute, segment, observation_id
    from segments.segment_members
    where icp_id = 'primary' and outcome = 'quality'
    union all
    select '*' as attribute, '*' as segment, observation_id
    from facts
),

-- Medians by position, because not every warehouse has a median: the value up to which half of the weight lies, or the
-- mean of two if the half lies between them. Unknown values have no weight.
places as (
    select
        memberships.attribute,
        memberships.segment,
        facts.sales_cycle_days,
        facts.net_revenue_retention,
        facts.weight,
        2 * sum(case when facts.sales_cycle_days is not null then facts.weight else 0 end) over (
            partition by memberships.attribute, memberships.segment
            order by facts.sales_cycle_days nulls first, facts.observation_id nulls first
            rows unbounded preceding
        ) - sum(case when facts.sales_cycle_days is not null then facts.weight else 0 end)
            over (partition by memberships.attribute, memberships.segment) as cycle_place,
        2 * sum(case when facts.net_revenue_retention is not null then facts.weight else 0 end) over (
            partition by memberships.attribute, memberships.segment
            order by facts.net_revenue_retention nulls first, facts.observation_id nulls first
            rows unbounded preceding
        ) - sum(case when facts.net_revenue_retention is not null then facts.weight else 0 end)
            over (partition by memberships.attribute, memberships.segment) as retention_place
    from memberships
    inner join facts on memberships.observation_id = facts.observation_id
)

select
    -- The attribute; * for everybody. #not_null
    attribute,
    -- The segment; * for everybody. #not_null #unique_with[attribute]
    segment,
    -- Median days from the creation of the won deal to its close; NULL where unknown of all. #finite
    avg(case when round(cycle_place, 6) between 0 and round(2 * weight, 6) then sales_cycle_days end) as median_cycle_days,
    -- Median recurring revenue now over that of a year ago; NULL where unknown of all. #finite
    avg(case when round(retention_place, 6) between 0 and round(2 * weight, 6) then net_revenue_retention end)
        as median_net_revenue_retention
from places
group by attribute, segment
