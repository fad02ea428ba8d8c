-- One row per ICP: what it is learned from. That is outcomes of customers, if enough ranked customers have a metric
-- measured after they signed; else won and lost deals; else the little that is known about outcomes, such as who left;
-- else none. Accounts of one parent count once.
with
run as (
    select outcome_basis, min_weight_seen from settings.run
),

observed as (
    select
        icp_id,
        count(distinct case when outcome = 'quality' then cluster_id end) as ranked_customers,
        count(distinct case when outcome = 'win' then cluster_id end) as closed_deals,
        count(distinct case when outcome = 'win' and is_good then cluster_id end) as won_deals
    from segments.icp_observations
    group by icp_id
),

measured as (
    select
        observations.icp_id,
        count(distinct observations.cluster_id) as measured_customers,
        count(distinct case
            when scores.weight_seen < run.min_weight_seen then observations.cluster_id
        end) as little_known_customers
    from segments.icp_observations as observations
    cross join run
    inner join outcomes.metric_ranks as ranks on observations.account_id = ranks.account_id
    inner join segments.measured_metrics as metrics
        on observations.icp_id = metrics.icp_id and ranks.metric = metrics.metric
    left join outcomes.customer_scores as scores on observations.account_id = scores.account_id
    where observations.outcome = 'quality' and metrics.is_telling
    group by observations.icp_id
),

counted as (
    select
        icps.icp_id,
        run.outcome_basis,
        coalesce(observed.ranked_customers, 0) as ranked_customers,
        coalesce(measured.measured_customers, 0) as measured_customers,
        coalesce(measured.little_known_customers, 0) as little_known_customers,
        coalesce(observed.closed_deals, 0) as closed_deals,
        coalesce(observed.won_deals, 0) as won_deals
    from settings.icps as icps
    cross join run
    left join observed on icps.icp_id = observed.icp_id
    left join measured on icps.icp_id = measured.icp_id
),

deals as (
    select
        counted.*,
        outcome_basis <> 'outcomes'
        and closed_deals >= 30
        and won_deals >= 10
        and closed_deals - won_deals >= 10 as has_wins
    from counted
),

sufficient as (
    select
        deals.*,
        case
            when outcome_basis = 'wins' then false
            when outcome_basis = 'outcomes' then ranked_customers >= 30
            when has_wins then measured_customers - little_known_customers >= 30
            else measured_customers >= 30
        end as has_outcomes
    from deals
)

select
    -- #not_null #unique #same_count_as[settings.icps]
    sufficient.icp_id,
    -- What it is learned from: outcomes of customers, wins (whether deals of new business are won), or none. #not_null
    -- #accepted[outcomes,wins,none]
    case when sufficient.has_outcomes then 'outcomes' when sufficient.has_wins then 'wins' else 'none' end as basis,
    -- The matching outcome in segments.icp_observations; NULL for none. #accepted[quality,win]
    case when sufficient.has_outcomes then 'quality' when sufficient.has_wins then 'win' end as outcome,
    -- Ranked customers. #not_null
    cast(sufficient.ranked_customers as bigint) as ranked_customers,
    -- Those of them with a metric that says how they turned out. #not_null
    cast(sufficient.measured_customers as bigint) as measured_customers,
    -- Closed deals of new business. #not_null
    cast(sufficient.closed_deals as bigint) as closed_deals,
    -- Those that were won. #not_null
    cast(sufficient.won_deals as bigint) as won_deals
from sufficient
