-- One row per attribute that any account has: how many customers and prospects it is known of, how often it was recorded
-- after the sale, and how common the level is that most prospects have. Accounts of one parent count once.
-- It is one thing, and long because the same accounts are counted for three questions.
with
-- Accounts that were not won have their result with the last lost deal, unless another one is open.
lost_deals as (
    select account_id, max(cast(closed_at as date)) as lost_on
    from core.deals
    where deal_role = 'new_business'
    group by account_id
    having sum(case when is_closed and not is_won then 0 else 1 end) = 0
),

accounts as (
    select
        accounts.account_id,
        coalesce(parents.ultimate_parent_id, accounts.account_id) as buyer_id,
        case when customers.account_id is not null then 1 else 0 end as is_customer,
        cast(coalesce(customers.won_at, customers.customer_since) as date) as won_on,
        case when customers.account_id is null then lost_deals.lost_on end as lost_on
    from core.accounts as accounts
    left join core.customers as customers on accounts.account_id = customers.account_id
    left join lost_deals on accounts.account_id = lost_deals.account_id
    left join core.account_parents as parents on accounts.account_id = parents.account_id and parents.accounts > 1
    where accounts.relationship <> 'not_prospect'
),

groups as (
    select
        cast(count(distinct case when is_customer = 1 then buyer_id end) as double) as customers,
        cast(count(distinct case when is_customer = 0 then buyer_id end) as double) as prospects
    from accounts
),

dated_values as (
    select
        accounts.buyer_id,
        attributes.attribute,
        attributes.level,
        accounts.is_customer,
        case
            when accounts.is_customer = 0 or attributes.known_at is null or accounts.won_on is null then null
            when cast(attributes.known_at as date) > accounts.won_on then 1
            else 0
        end as is_late,
        case
            when attributes.known_at is null or accounts.lost_on is null then null
            when cast(attributes.known_at as date) > accounts.lost_on then 1
            else 0
        end as is_late_after_loss
    from core.account_attributes as attributes
    inner join accounts on attributes.account_id = accounts.account_id
    where attributes.level is not null and not coalesce(attributes.is_blank, false)
),

known_values as (
    select
        buyer_id,
        attribute,
        level,
        is_customer,
        max(is_late) as is_late,
        max(is_late_after_loss) as is_late_after_loss
    from dated_values
    group by buyer_id, attribute, level, is_customer
),

-- Undated values say nothing about when they were recorded: they are not in the share.
fills as (
    select
        attribute,
        count(distinct case when is_customer = 1 then buyer_id end) as filled_customers,
        count(distinct case when is_customer = 0 then buyer_id end) as filled_prospects,
        sum(is_customer) as customer_values,
        count(is_late) as dated_values,
        coalesce(sum(is_late), 0) as late_values,
        count(is_late_after_loss) as dated_lost_values,
        coalesce(sum(is_late_after_loss), 0) as late_lost_values
    from known_values
    group by attribute
),

level_counts as (
    select
        attribute,
        level,
        sum(is_customer) as customers,
        sum(1 - is_customer) as prospects
    from known_values
    group by attribute, level
),

prospect_defaults as (
    select
        attribute,
        level,
        customers,
        prospects,
        row_number() over (partition by attribute order by prospects desc, customers, level) as place
    from level_counts
)

select
    -- The attribute. #not_null #unique
    fills.attribute,
    -- All prospects of the company. #not_null
    groups.prospects,
    -- Customers it is known of. #not_null
    fills.filled_customers,
    -- Prospects it is known of. #not_null
    fills.filled_prospects,
    -- Values that customers have of it. #not_null
    cast(fills.customer_values as bigint) as customer_values,
    -- Values of customers of which it is known when they were recorded, and when the sale was. #not_null
    fills.dated_values,
    -- Values of customers recorded after the sale. #not_null
    cast(fills.late_values as bigint) as late_values,
    -- Values of accounts whose deals were all lost, of which it is known when they were recorded. #not_null
    fills.dated_lost_values,
    -- Those of them that were recorded after the last deal was lost. #not_null
    cast(fills.late_lost_values as bigint) as late_lost_values,
    -- Share of customers it is known of. #between[0,1]
    fills.filled_customers / nullif(groups.customers, 0) as fill_customers,
    -- Share of prospects it is known of. #between[0,1]
    fills.filled_prospects / nullif(groups.prospects, 0) as fill_prospects,
    -- Share of the dated values of customers that were recorded after the sale. #between[0,1]
    cast(fills.late_values as double) / nullif(fills.dated_values, 0) as late_share,
    -- The level that most prospects have. #not_null
    prospect_defaults.level as default_level,
    -- Share of prospects that have it, among those the attribute is known of. #between[0,1]
    cast(prospect_defaults.prospects as double) / nullif(fills.filled_prospects, 0) as default_share_prospects,
    -- Share of customers that have it, among those the attribute is known of. #between[0,1]
    cast(prospect_defaults.customers as double) / nullif(fills.filled_customers, 0) as default_share_customers
from fills
cross join groups
inner join prospect_defaults on fills.attribute = prospect_defaults.attribute and prospect_defaults.place = 1
