-- One row per account, ICP, day and tier that somebody judged, and per account with the same tier and relationship that
-- day that nobody judged: what became of it since. Only deals of new business closed after that day count; an account
-- without one was not worked, which says nothing about its fit.
with
days as (
    select distinct icp_id, machine_tier, given_on
    from voice.judgements
    where is_tiered_then and machine_tier is not null
),

judged_accounts as (
    select distinct icp_id, account_id
    from voice.judgements
),

-- Accounts with the tier on that day. On the day of the run itself there are no results yet.
members as (
    select days.icp_id, days.machine_tier, days.given_on, intervals.account_id
    from days
    inner join icp.tier_intervals as intervals
        on days.icp_id = intervals.icp_id
        and days.machine_tier = intervals.tier
        and intervals.given_on <= days.given_on
        and (intervals.taken_on is null or intervals.taken_on > days.given_on)
),

new_deals as (
    select account_id, opened_on, closed_at, is_won
    from core.deals
    where deal_role = 'new_business' and account_id is not null
),

-- The relationship on that day, if known; accounts that are not prospects today count as such then.
related as (
    select
        members.icp_id,
        members.machine_tier,
        members.given_on,
        members.account_id,
        case
            when cast(customers.churned_at as date) <= members.given_on then 'former_customer'
            when cast(customers.customer_since as date) <= members.given_on then 'customer'
            when relationships.relationship = 'not_prospect' then 'not_prospect'
            when max(
                case
                    when new_deals.opened_on <= members.given_on
                        and (new_deals.closed_at is null or new_deals.closed_at > members.given_on) then 1
                    else 0
                end
            ) = 1 then 'open_deal'
            else 'prospect'
        end as relationship,
        sum(case when new_deals.closed_at > members.given_on then 1 else 0 end) as deals_closed,
        sum(case when new_deals.closed_at > members.given_on and new_deals.is_won then 1 else 0 end) as deals_won
    from members
    inner join core.account_relationships as relationships on members.account_id = relationships.account_id
    left join core.customers as customers on members.account_id = customers.account_id
    left join new_deals on members.account_id = new_deals.account_id
    group by
        members.icp_id,
        members.machine_tier,
        members.given_on,
        members.account_id,
        customers.churned_at,
        customers.customer_since,
        relationships.relationship
)

select
    -- #not_null
    related.icp_id,
    -- Tier that the ICP gave it that day. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    related.machine_tier,
    -- Day of a judgement. #not_null
    related.given_on,
    -- #not_null #unique_with[icp_id,machine_tier,given_on]
    related.account_id,
    -- Relationship to us that day. #not_null #accepted[customer,former_customer,not_prospect,open_deal,prospect]
    related.relationship,
    -- Whether somebody ever judged it; such an account is not used for comparison. #not_null
    judged_accounts.account_id is not null as is_judged,
    -- Deals of new business closed since. #not_null
    cast(coalesce(related.deals_closed, 0) as bigint) as deals_closed,
    -- Those that were won. #not_null
    cast(coalesce(related.deals_won, 0) as bigint) as deals_won
from related
left join judged_accounts
    on related.icp_id = judged_accounts.icp_id and related.account_id = judged_accounts.account_id
