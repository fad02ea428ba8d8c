-- One row per open prospect to interview: the ten that got furthest. With few customers, what made these look is the
-- first hypothesis for an ICP.
with
deals as (
    select
        deals.account_id,
        max(case when deals.is_closed then 0 else 1 end) as is_open,
        max(case when advanced.deal_id is not null then 1 else 0 end) as is_advanced,
        max(case when not deals.is_closed and advanced.deal_id is not null then 1 else 0 end) as is_open_and_advanced,
        max(coalesce(deals.closed_at, deals.opened_on)) as last_deal_on
    from core.deals as deals
    left join core.advanced_deals as advanced on deals.deal_id = advanced.deal_id
    where deals.deal_role = 'new_business' and deals.account_id is not null and not deals.is_won
    group by deals.account_id
),

engagement as (
    select
        account_id,
        sum(case when kind = 'meeting' then 1 else 0 end) as meetings,
        sum(case when kind = 'reply' then 1 else 0 end) as replies,
        max(happened_on) as last_touch_on
    from core.account_engagement
    group by account_id
),

progress as (
    select
        accounts.account_id,
        coalesce(accounts.domain, accounts.salesforce_account_id, accounts.hubspot_company_id) as account,
        accounts.name,
        accounts.industry,
        accounts.country,
        relationships.relationship,
        coalesce(trials.trial_active_days, 0) as trial_days,
        coalesce(engagement.meetings, 0) as meetings,
        coalesce(engagement.replies, 0) as replies,
        coalesce(deals.last_deal_on, engagement.last_touch_on, trials.last_trial_day) as last_seen_on,
        case
            when deals.is_open_and_advanced = 1 then 6
            when deals.is_advanced = 1 then 5
            when deals.is_open = 1 then 4
            when trials.trial_active_days >= 3 then 3
            when engagement.meetings > 0 then 2
            when engagement.replies > 0 then 1
        end as reached
    from core.accounts as accounts
    inner join core.account_relationships as relationships
        on accounts.account_id = relationships.account_id and relationships.is_in_market
    left join deals on accounts.account_id = deals.account_id
    left join engagement on accounts.account_id = engagement.account_id
    left join core.account_trial_usage as trials on accounts.account_id = trials.account_id
),

ranked as (
    select
        progress.*,
        row_number() over (
            order by
                reached desc, meetings desc, trial_days desc, replies desc, last_seen_on desc nulls last, account_id asc
        ) as place
    from progress
    where reached is not null
)

select
    -- From 1, furthest first. #not_null #unique #between[1,10]
    cast(place as bigint) as position,
    -- #not_null #unique
    account_id,
    -- Domain or CRM id, as an interview names it.
    account,
    -- Company name.
    name,
    -- Industry.
    industry,
    -- Country.
    country,
    -- open_deal or prospect. #not_null #accepted[open_deal,prospect]
    relationship,
    -- How far it got: an open deal in a late stage, a lost deal that reached one, an open deal, a trial on three days
    -- or more, a meeting, or a reply. #not_null
    -- #accepted[open_late_stage,lost_late_stage,open_deal,trial,meeting,reply]
    case reached
        when 6 then 'open_late_stage'
        when 5 then 'lost_late_stage'
        when 4 then 'open_deal'
        when 3 then 'trial'
        when 2 then 'meeting'
        else 'reply'
    end as got_to,
    -- Days with trial usage. #not_null
    cast(trial_days as bigint) as trial_days,
    -- Meetings. #not_null
    cast(meetings as bigint) as meetings,
    -- Replies. #not_null
    cast(replies as bigint) as replies,
    -- Day of its newest deal, touch or trial.
    last_seen_on
from ranked
where place <= 10
