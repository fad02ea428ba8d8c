-- Values of the fields that icp.yaml turns into attributes, by account, from whichever record carries them: accounts,
-- deals, leads, contacts or subscriptions, each joined to its account by its own key. A deal's or lead's value is dated
-- by that record.
with
configured as (
    select record_kind, source_name, record_id, attribute, value, known_at
    from staging.custom_values
    where
        attribute not in (
            'additional_domains', 'merged_company_ids', 'web_technologies',
            'tech', 'tech_categories', 'tags', 'domain_aliases'
        )
),

on_accounts as (
    select
        configured.*,
        account_records.account_id,
        account_records.record_rank
    from configured
    inner join core.account_records
        on configured.record_id = account_records.record_id
        and account_records.source_system = case configured.record_kind
            when 'salesforce_account' then 'salesforce'
            when 'hubspot_company' then 'hubspot'
            when 'account' then configured.source_name
        end
),

on_domains as (
    select
        configured.*,
        account_domains.account_id,
        1000 + account_domains.account_rank as record_rank
    from configured
    inner join core.account_domains on configured.record_id = account_domains.domain
    where configured.record_kind in ('clearbit_company', 'builtwith_technology', 'funding_round')
),

on_deals as (
    select
        configured.*,
        deals.account_id,
        case when account_deciding_deals.deal_id is null then 2000 else 0 end as record_rank,
        deals.deal_id,
        deals.opened_on as recorded_on
    from configured
    inner join core.known_deals as deals
        on configured.record_id = deals.source_deal_id
        and deals.source_system = case configured.record_kind
            when 'salesforce_opportunity' then 'salesforce'
            when 'hubspot_deal' then 'hubspot'
            when 'deal' then configured.source_name
        end
    left join core.account_deciding_deals on deals.deal_id = account_deciding_deals.deal_id
),

-- A converted lead's value belongs to the account it became.
on_leads as (
    select
        configured.*,
        account_keys.account_id,
        3000 as record_rank,
        case when import_days.created_on is null then cast(leads.created_at as date) end as recorded_on
    from configured
    inner join staging.salesforce_leads as leads on configured.record_id = leads.lead_id
    left join core.import_days
        on import_days.source_system = 'salesforce' and cast(leads.created_at as date) = import_days.created_on
    inner join core.account_keys
        on account_keys.key_type = 'salesforce' and leads.converted_account_id = account_keys.key_value
    where configured.record_kind = 'salesforce_lead' and leads.is_converted and not leads.is_deleted
),

on_subscriptions as (
    select
        configured.*,
        account_subscriptions.account_id,
        case when account_subscriptions.is_live then 0 else 1 end as record_rank
    from configured
    inner join core.account_subscriptions
        on coalesce(configured.source_name, 'stripe') || ':' || configured.record_id
        = account_subscriptions.subscription_id
    where configured.record_kind = 'subscription'
),

all_values as (
    select
        account_id, attribute, value, record_kind, record_id, record_rank, deal_id,
        coalesce(known_at, recorded_on) as known_at
    from on_deals
    union all
    select account_id, attribute, value, record_kind, record_id, record_rank, null, coalesce(known_at, recorded_on)
    from on_leads
    union all
    select account_id, attribute, value, record_kind, record_id, record_rank, null, known_at from on_accounts
    union all
    select account_id, attribute, value, record_kind, record_id, record_rank, null, known_at from on_domains
    union all
    select account_id, attribute, value, record_kind, record_id, record_rank, null, known_at from on_subscriptions
)

select
    -- #not_null #references[core.account_records.account_id]
    all_values.account_id,
    -- Attribute, by its key in icp.yaml. #not_null
    all_values.attribute,
    -- Normalized value. #not_null
    all_values.value,
    -- Kind of record that carries it. #not_null
    all_values.record_kind,
    -- That record's id. #not_null
    all_values.record_id,
    -- The deal, when a deal carries it.
    all_values.deal_id,
    -- Order of the account's records that carry the field; equal for several values of one record. #not_null
    cast(dense_rank() over (
        partition by all_values.account_id, all_values.attribute
        order by
            all_values.record_rank asc,
            all_values.known_at desc nulls last,
            all_values.record_kind asc,
            all_values.record_id asc
    ) as bigint) as record_rank,
    -- When the value was recorded: for a field of a deal or lead, the day that record was created; NULL for an undated
    -- snapshot, and if an import set that day.
    all_values.known_at
from all_values
cross join settings.run
where coalesce(all_values.known_at <= run.as_of, true)
