-- One row per ICP version, tier and measure: the share of the tier's deals, customers or contacts that went that way,
-- with its 90 % interval (Wilson); those of one parent count once. No row if there was nothing to count.
with
rates as (
    select
        decided.icp_id,
        decided.icp_version,
        decided.tier,
        decided.measure,
        decided.so / nullif(decided.decisions, 0) as rate,
        cast(decided.decisions as double) as total,
        run.interval_z as z
    from icp.tier_decisions as decided
    cross join settings.run as run
),

wilson as (
    select
        rates.*,
        (rate + z * z / (2.0 * nullif(total, 0))) / nullif(1 + z * z / nullif(total, 0), 0) as centre,
        z * sqrt(rate * (1 - rate) / nullif(total, 0) + z * z / (4.0 * nullif(total * total, 0)))
        / nullif(1 + z * z / nullif(total, 0), 0) as width
    from rates
)

select
    -- #not_null
    wilson.icp_id,
    -- #not_null
    wilson.icp_version,
    -- Tier before the event. #not_null
    wilson.tier,
    -- win (of closed deals), churn (of customers whose churn would show), reply or meeting (of contacted accounts).
    -- #not_null #accepted[win,churn,reply,meeting] #unique_with[icp_id,icp_version,tier]
    wilson.measure,
    -- The share. #not_null #between[0,1]
    wilson.rate,
    -- Lower end of its interval. #not_null #between[0,1]
    round(greatest(0.0, wilson.centre - wilson.width), 9) as low,
    -- Upper end of its interval. #not_null #between[0,1]
    round(least(1.0, wilson.centre + wilson.width), 9) as high
from wilson
