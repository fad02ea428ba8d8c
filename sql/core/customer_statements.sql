-- One row per account for which a field or a mapped CRM could say when it became a customer, or when it left; each
-- column is NULL if none says it.
with
configured as (
    select
        account_field_values.account_id,
        min(case when attribute = 'customer_since' then try_cast(substr(value, 1, 10) as date) end) as customer_since,
        max(case when attribute = 'customer_churned_at' then try_cast(substr(value, 1, 10) as date) end) as churned_at
    from core.account_field_values
    cross join settings.run
    where
        attribute in ('customer_since', 'customer_churned_at')
        and try_cast(substr(value, 1, 10) as date) <= run.as_of
    group by account_field_values.account_id
),

mapped as (
    select
        mapped_companies.account_id,
        min(case when records.customer_since <= run.as_of then records.customer_since end) as customer_since,
        max(case when records.churned_at <= run.as_of then records.churned_at end) as churned_at,
        max(case when records.is_customer then 1 when not records.is_customer then 0 end) as is_customer,
        min(case when records.is_churned then 1 when not records.is_churned then 0 end) as is_churned
    from core.mapped_companies
    inner join staging.mapped_accounts as records
        on mapped_companies.source_name = records.source_name
        and mapped_companies.record_id = records.record_id
    cross join settings.run
    group by mapped_companies.account_id
),

-- Accounts with a record that has the field for the day a customer left: a blank there means that it has not.
churn_fields as (
    select records.account_id
    from core.account_records as records
    inner join settings.customer_fields as fields on records.source_system = fields.source_system
    where fields.field = 'churned_at' and fields.carrier = 'account'
    union distinct
    select deals.account_id
    from core.known_deals as deals
    inner join settings.customer_fields as fields on deals.source_system = fields.source_system
    where fields.field = 'churned_at' and fields.carrier = 'deal'
),

spoken_of as (
    select account_id from configured
    union distinct
    select account_id from mapped
    union distinct
    select account_id from churn_fields
)

select
    -- #not_null #unique
    spoken_of.account_id,
    -- Customer since: the configured field, else the mapped CRM's date; of several records the earliest.
    coalesce(configured.customer_since, mapped.customer_since) as customer_since,
    -- Left on, by the configured field; of several records the latest.
    configured.churned_at as configured_churned_at,
    -- Left on, by the mapped CRM.
    mapped.churned_at as mapped_churned_at,
    -- Whether a mapped CRM says that it is a customer: yes if one record does.
    mapped.is_customer = 1 as is_customer,
    -- Whether a mapped CRM says that it has left: yes only if all its records do.
    mapped.is_churned = 1 as is_churned,
    -- A record of it has the field for the day a customer left, or a mapped CRM says whether it has: blank says that it has
    -- not. #not_null
    churn_fields.account_id is not null or mapped.is_churned is not null as has_churn_field
from spoken_of
left join configured on spoken_of.account_id = configured.account_id
left join mapped on spoken_of.account_id = mapped.account_id
left join churn_fields on spoken_of.account_id = churn_fields.account_id
