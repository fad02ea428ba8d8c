-- One row per tier and ICP version that is or was live: how much more often its deals are won than those of the other
-- tiers. Unscored accounts are not part of the comparison: they are unknown. Win rates and lift count deals of one
-- parent once; the interval is 90 %, on the log scale.
with
counted as (
    select
        tier_counts.*,
        coalesce(sum(case when tier <> 'unscored' then deals_closed end) over (partition by icp_id, icp_version), 0)
        - case when tier <> 'unscored' then deals_closed else 0 end as rest_closed,
        coalesce(sum(case when tier <> 'unscored' then deals_won end) over (partition by icp_id, icp_version), 0)
        - case when tier <> 'unscored' then deals_won else 0 end as rest_won
    from icp.tier_counts as tier_counts
),

decisions as (
    select icp_id, icp_version, tier, cast(so as decimal(18, 9)) as won, decisions as closed
    from icp.tier_decisions
    where measure = 'win'
),

decided as (
    select
        counted.icp_id,
        counted.icp_version,
        counted.tier,
        counted.rest_closed,
        counted.rest_won,
        coalesce(own.closed, 0) as closed,
        cast(coalesce(own.won, 0) as double) as won,
        coalesce(sum(others.closed), 0) as others_closed,
        cast(coalesce(sum(others.won), 0) as double) as others_won
    from counted
    left join decisions as own
        on counted.icp_id = own.icp_id and counted.icp_version = own.icp_version and counted.tier = own.tier
    left join decisions as others
        on counted.icp_id = others.icp_id
        and counted.icp_version = others.icp_version
        and counted.tier <> others.tier
        and others.tier <> 'unscored'
    group by
        counted.icp_id, counted.icp_version, counted.tier, counted.rest_closed, counted.rest_won, own.closed, own.won
),

-- Half a win is added on both sides, so that a tier without a win has an interval too.
lifts as (
    select
        decided.*,
        case when closed > 0 and others_closed > 0 then ln(
            (won + 0.5) / nullif(closed + 0.5, 0) * (others_closed + 0.5) / nullif(others_won + 0.5, 0)
        ) end as log_lift,
        run.interval_z * sqrt(greatest(
            0.0,
            1.0 / nullif(won + 0.5, 0) - 1.0 / nullif(closed + 0.5, 0)
            + 1.0 / nullif(others_won + 0.5, 0) - 1.0 / nullif(others_closed + 0.5, 0)
        )) as half_width
    from decided
    cross join settings.run as run
)

select
    -- #not_null
    lifts.icp_id,
    -- #not_null
    lifts.icp_version,
    -- Tier before the deal. #not_null #unique_with[icp_id,icp_version] #same_count_as[icp.tier_counts]
    lifts.tier,
    -- Decisions about its deals: all deals of one parent are one decision. #not_null
    cast(lifts.closed as bigint) as win_decisions,
    -- Deals closed in the other tiers. #not_null
    cast(lifts.rest_closed as bigint) as rest_closed,
    -- Deals won there. #not_null
    cast(lifts.rest_won as bigint) as rest_won,
    -- Decisions about deals of the other tiers; within a tier all deals of one parent are one. #not_null
    cast(lifts.others_closed as bigint) as rest_win_decisions,
    -- Share of these that were won; NULL without any. #between[0,1]
    lifts.others_won / nullif(lifts.others_closed, 0) as rest_win_rate,
    -- Win rate divided by that of the other tiers, with half a win added to both; NULL without deals on both sides.
    -- #finite
    round(exp(lifts.log_lift), 9) as win_lift,
    -- Lower end of its interval. #finite
    round(exp(lifts.log_lift - lifts.half_width), 9) as win_lift_low,
    -- Upper end of its interval. #finite
    round(exp(lifts.log_lift + lifts.half_width), 9) as win_lift_high
from lifts
