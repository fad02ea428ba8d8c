-- One row per ICP version, tier and measure: how many decisions there were, and how many went that way. Deals and
-- accounts of one parent are one decision, counted by share: thirty subsidiaries that bought at the group's price must
-- not carry a tier. Deals of an account without relatives are decisions of their own.
with
relatives as (
    select account_id, ultimate_parent_id
    from core.account_parents
    where accounts > 1
),

deals as (
    select
        icp_id,
        icp_version,
        tier,
        'win' as measure,
        account_id,
        event_id as decision_id,
        case when event = 'won' then 1 else 0 end as is_so
    from icp.tier_events
    where event in ('won', 'lost')
),

customers as (
    select
        exposed.icp_id,
        exposed.icp_version,
        exposed.tier,
        'churn' as measure,
        exposed.account_id,
        exposed.account_id as decision_id,
        case when events.account_id is not null then 1 else 0 end as is_so
    from icp.tier_accounts as exposed
    left join icp.tier_events as events
        on exposed.icp_id = events.icp_id
        and exposed.icp_version = events.icp_version
        and exposed.tier = events.tier
        and exposed.account_id = events.account_id
        and events.event = 'churned'
    where exposed.is_covered = 1
),

contacts as (
    select
        icp_id,
        icp_version,
        tier,
        account_id,
        max(case when event = 'replied' then 1 else 0 end) as has_replied,
        max(case when event = 'met' then 1 else 0 end) as has_met
    from icp.tier_events
    where event in ('contacted', 'replied', 'met')
    group by icp_id, icp_version, tier, account_id
),

counted as (
    select icp_id, icp_version, tier, measure, account_id, decision_id, is_so
    from deals
    union all
    select icp_id, icp_version, tier, measure, account_id, decision_id, is_so
    from customers
    union all
    select icp_id, icp_version, tier, 'reply' as measure, account_id, account_id as decision_id, has_replied as is_so
    from contacts
    union all
    select icp_id, icp_version, tier, 'meeting' as measure, account_id, account_id as decision_id, has_met as is_so
    from contacts
),

-- A parent's id and a deal's id may be the same text.
decisions as (
    select
        counted.icp_id,
        counted.icp_version,
        counted.tier,
        counted.measure,
        cast(cast(sum(counted.is_so) as double) / nullif(count(*), 0) as decimal(18, 9)) as share
    from counted
    left join relatives on counted.account_id = relatives.account_id
    group by
        counted.icp_id,
        counted.icp_version,
        counted.tier,
        counted.measure,
        relatives.ultimate_parent_id,
        case when relatives.ultimate_parent_id is null then counted.decision_id end
)

select
    -- #not_null
    icp_id,
    -- #not_null
    icp_version,
    -- Tier before the event. #not_null
    tier,
    -- win (of closed deals), churn (of customers whose churn would show), reply or meeting (of contacted accounts).
    -- #not_null #accepted[win,churn,reply,meeting] #unique_with[icp_id,icp_version,tier]
    measure,
    -- Decisions that went that way; several of one parent count by their share. #not_null #finite
    cast(sum(share) as double) as so,
    -- Decisions. #not_null
    cast(count(*) as bigint) as decisions
from decisions
group by icp_id, icp_version, tier, measure
