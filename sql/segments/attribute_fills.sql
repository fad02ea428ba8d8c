-- One row per attribute that any account has: for how many customers and prospects it is known, how often it was
-- recorded after the sale or the loss, and how common the prospects' most common level is. Accounts of one parent count
-- once. segments.attribute_leaks judges by these figures.
with
-- Customers have their result with the sale, other accounts with the last lost deal.
accounts as (
    select
        accounts.account_id,
        coalesce(parents.ultimate_parent_id, accounts.account_id) as buyer_id,
        case when customers.account_id is not null then 1 else 0 end as is_customer,
        cast(coalesce(customers.won_at, customers.customer_since) as date) as won_on,
        case when customers.account_id is null then lost.lost_on end as lost_on
    from core.accounts as accounts
    left join core.customers as customers on accounts.account_id = customers.account_id
    left join outcomes.lost_accounts as lost on accounts.account_id = lost.account_id
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
    -- #not_null #unique
    fills.attribute,
    -- All prospects. #not_null
    groups.prospects,
    -- Customers whose value is known. #not_null
    fills.filled_customers,
    -- Prospects whose value is known. #not_null
    fills.filled_prospects,
    -- Values of customers. #not_null
    cast(fills.customer_values as bigint) as customer_values,
    -- Values of customers with a known day of recording and a known day of sale. #not_null
    fills.dated_values,
    -- Values of customers recorded after the sale. #not_null
    cast(fills.late_values as bigint) as late_values,
    -- Values of lost accounts (outcomes.lost_accounts) with a known day of recording. #not_null
    fills.dated_lost_values,
    -- Those of them recorded after the last deal was lost. #not_null
    cast(fills.late_lost_values as bigint) as late_lost_values,
    -- Share of customers whose value is known. #between[0,1]
    fills.filled_customers / nullif(groups.customers, 0) as fill_customers,
    -- Share of prospects whose value is known. #between[0,1]
    fills.filled_prospects / nullif(groups.prospects, 0) as fill_prospects,
    -- Share of customers' dated values that were recorded after the sale. #between[0,1]
    cast(fills.late_values as double) / nullif(fills.dated_values, 0) as late_share,
    -- Most common level among prospects. #not_null
    prospect_defaults.level as default_level,
    -- Share of prospects with that level, among those whose value is known. #between[0,1]
    cast(prospect_defaults.prospects as double) / nullif(fills.filled_prospects, 0) as default_share_prospects,
    -- Share of customers with that level, among those whose value is known. #between[0,1]
    cast(prospect_defaults.customers as double) / nullif(fills.filled_customers, 0) as default_share_customers
from fills
cross join groups
inner join prospect_defaults on fills.attribute = prospect_defaults.attribute and prospect_defaults.place = 1
