-- Rows of each kind without a known account, counted so that a broken key shows. Rows dated after the as-of date are
-- not counted, nor are rows of accounts that were created after it (see quality.later_records).
with
keyed_rows as (
    select
        'subscription' as kind, account_key, domain, cast(coalesce(started_at, created_at) as date) as dated_on
    from staging.subscriptions
    union all
    select 'ticket' as kind, account_key, domain, cast(created_at as date) as dated_on from staging.tickets
    union all
    select 'survey_response' as kind, account_key, domain, cast(responded_at as date) as dated_on
    from staging.survey_responses
    union all
    select 'trigger' as kind, account_key, domain, happened_on as dated_on from staging.triggers
    union all
    select 'engagement' as kind, account_key, domain, happened_on as dated_on from staging.engagement
    union all
    select 'web_event' as kind, cast(null as varchar) as account_key, domain, cast(occurred_at as date) as dated_on
    from staging.web_events
    union all
    select 'funding_round' as kind, cast(null as varchar) as account_key, domain, announced_on as dated_on
    from staging.funding_rounds
    union all
    select 'clearbit_company' as kind, cast(null as varchar) as account_key, domain, cast(null as date) as dated_on
    from staging.clearbit_companies
    union all
    select 'technology' as kind, cast(null as varchar) as account_key, domain, cast(null as date) as dated_on
    from staging.technologies
),

-- Ids and domains of accounts that were created after the as-of date.
later_accounts as (
    select accounts.salesforce_account_id as reference
    from staging.salesforce_accounts as accounts
    cross join settings.run
    where cast(accounts.created_at as date) > run.as_of
    union distinct
    select accounts.domain as reference
    from staging.salesforce_accounts as accounts
    cross join settings.run
    where cast(accounts.created_at as date) > run.as_of
    union distinct
    select companies.hubspot_company_id as reference
    from staging.hubspot_companies as companies
    cross join settings.run
    where cast(companies.created_at as date) > run.as_of
    union distinct
    select companies.domain as reference
    from staging.hubspot_companies as companies
    cross join settings.run
    where cast(companies.created_at as date) > run.as_of
    union distinct
    select accounts.record_id as reference
    from staging.mapped_accounts as accounts
    cross join settings.run
    where cast(accounts.created_at as date) > run.as_of
    union distinct
    select accounts.domain as reference
    from staging.mapped_accounts as accounts
    cross join settings.run
    where cast(accounts.created_at as date) > run.as_of
),

matched_rows as (
    select
        keyed_rows.kind,
        case when coalesce(by_key.account_id, by_domain.account_id) is null then 1 else 0 end as is_orphaned
    from keyed_rows
    cross join settings.run
    left join core.account_references as by_key on keyed_rows.account_key = by_key.reference
    left join core.account_references as by_domain on keyed_rows.domain = by_domain.reference
    left join later_accounts as later_key on keyed_rows.account_key = later_key.reference
    left join later_accounts as later_domain on keyed_rows.domain = later_domain.reference
    where
        coalesce(keyed_rows.dated_on <= run.as_of, true)
        and (
            coalesce(by_key.account_id, by_domain.account_id) is not null
            or coalesce(later_key.reference, later_domain.reference) is null
        )
    union all
    select
        'deal' as kind,
        case when source_deals.account_id is null then 1 else 0 end as is_orphaned
    from core.source_deals
    cross join settings.run
    where coalesce(coalesce(cast(source_deals.created_at as date), source_deals.closed_at) <= run.as_of, true)
),

counted as (
    select kind, count(*) as rows_total, sum(is_orphaned) as rows_orphaned
    from matched_rows
    group by kind
    union all
    select 'usage_event' as kind, events as rows_total, events - mapped_events as rows_orphaned
    from core.usage_mapping
    where events > 0
)

select
    -- Kind of row. #not_null #unique
    kind,
    -- Rows of that kind. #not_null
    cast(rows_total as bigint) as rows_total,
    -- Rows without a known account. #not_null
    cast(rows_orphaned as bigint) as rows_orphaned,
    -- Share of rows without one. #not_null #between[0,1]
    round(cast(rows_orphaned as double) / nullif(cast(rows_total as double), 0), 6) as share
from counted
