-- One row per tier and ICP version that is or was live: what came of its accounts while the version was live, by the
-- tier they had before. Numbers count deals and accounts as they are; rates, lift and intervals count those of one
-- parent once. Intervals are 90 % (Wilson; for the lift on the log scale).
with
side_by_side as (
    select
        icp_id,
        icp_version,
        tier,
        max(case when measure = 'win' then rate end) as win_rate,
        max(case when measure = 'win' then low end) as win_rate_low,
        max(case when measure = 'win' then high end) as win_rate_high,
        max(case when measure = 'churn' then rate end) as churn_rate,
        max(case when measure = 'churn' then low end) as churn_rate_low,
        max(case when measure = 'churn' then high end) as churn_rate_high,
        max(case when measure = 'reply' then rate end) as reply_rate,
        max(case when measure = 'reply' then low end) as reply_rate_low,
        max(case when measure = 'reply' then high end) as reply_rate_high,
        max(case when measure = 'meeting' then rate end) as meeting_rate,
        max(case when measure = 'meeting' then low end) as meeting_rate_low,
        max(case when measure = 'meeting' then high end) as meeting_rate_high
    from icp.tier_rates
    group by icp_id, icp_version, tier
)

select
    -- #not_null
    counted.icp_id,
    -- #not_null
    counted.icp_version,
    -- Tier before the event. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored] #unique_with[icp_id,icp_version]
    counted.tier,
    -- Whether the version scores today. #not_null
    counted.is_live,
    -- Events after this day count. #not_null
    counted.live_from,
    -- Events up to this day count; NULL while the version is live.
    counted.live_until,
    -- Accounts that were in the tier on some day of the version. #not_null
    counted.accounts,
    -- Closed deals of new business. #not_null
    counted.deals_closed,
    -- Deals won. #not_null
    counted.deals_won,
    -- Share of closed deals that were won; deals of one parent count as one. #between[0,1]
    side_by_side.win_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.win_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.win_rate_high,
    -- Deals closed in the other tiers, without unscored accounts. #not_null
    win_lift.rest_closed,
    -- Deals won there. #not_null
    win_lift.rest_won,
    -- Win rate divided by that of the other tiers, with half a win added to both; NULL without deals on both sides.
    -- #finite
    win_lift.win_lift,
    -- Lower end of its interval. #finite
    win_lift.win_lift_low,
    -- Upper end of its interval. #finite
    win_lift.win_lift_high,
    -- Accounts that were customers while in the tier. #not_null
    counted.customers,
    -- Those whose churn would show in some source. #not_null
    counted.churn_customers,
    -- Customers that left. #not_null
    counted.churned,
    -- Share of these that left. #between[0,1]
    side_by_side.churn_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.churn_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.churn_rate_high,
    -- Median days from creation to close of won deals. #finite
    counted.median_cycle_days,
    -- Mean days from creation to close of won deals. #finite
    counted.mean_cycle_days,
    -- Accounts that were contacted, replied or met. #not_null
    counted.contacted,
    -- Accounts that replied. #not_null
    counted.replied,
    -- Share of contacted accounts that replied. #between[0,1]
    side_by_side.reply_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.reply_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.reply_rate_high,
    -- Accounts that met. #not_null
    counted.met,
    -- Share of contacted accounts that met. #between[0,1]
    side_by_side.meeting_rate,
    -- Lower end of its interval. #between[0,1]
    side_by_side.meeting_rate_low,
    -- Upper end of its interval. #between[0,1]
    side_by_side.meeting_rate_high,
    -- Decisions about its deals: all deals of one parent are one decision. #not_null
    win_lift.win_decisions,
    -- Decisions about deals of the other tiers, without unscored accounts; within a tier all deals of one parent are
    -- one. #not_null
    win_lift.rest_win_decisions,
    -- Share of these that were won; NULL without any. #between[0,1]
    win_lift.rest_win_rate
from icp.tier_counts as counted
inner join icp.tier_win_lift as win_lift
    on counted.icp_id = win_lift.icp_id and counted.icp_version = win_lift.icp_version and counted.tier = win_lift.tier
left join side_by_side
    on counted.icp_id = side_by_side.icp_id
    and counted.icp_version = side_by_side.icp_version
    and counted.tier = side_by_side.tier
