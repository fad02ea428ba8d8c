-- Technologies that accounts use or used, one row per account and technology, whichever source saw it. Vendors spell
-- one technology differently: the web scanner's spelling is shown, else HubSpot's, else enrichment's.
with
sightings as (
    select
        account_domains.account_id,
        technologies.technology_key,
        technologies.technology,
        technologies.category,
        1 as precedence,
        case when technologies.is_live then 1 else 0 end as is_live,
        technologies.first_detected
    from staging.technologies
    inner join core.account_domains on technologies.domain = account_domains.domain
    cross join settings.run
    where coalesce(technologies.first_detected <= run.as_of, true)

    union all

    select
        account_records.account_id,
        replace(lower(custom_values.value), '_', ' ') as technology_key,
        custom_values.value as technology,
        cast(null as varchar) as category,
        2 as precedence,
        1 as is_live,
        cast(null as date) as first_detected
    from staging.custom_values
    inner join core.account_records
        on custom_values.record_id = account_records.record_id
        and account_records.source_system = 'hubspot'
    where custom_values.record_kind = 'hubspot_company' and custom_values.attribute = 'web_technologies'

    union all

    select
        account_enrichment.account_id,
        replace(lower(custom_values.value), '_', ' ') as technology_key,
        custom_values.value as technology,
        cast(null as varchar) as category,
        3 as precedence,
        1 as is_live,
        cast(null as date) as first_detected
    from staging.custom_values
    inner join core.account_enrichment on custom_values.record_id = account_enrichment.domain
    where custom_values.record_kind = 'clearbit_company' and custom_values.attribute = 'tech'
),

spellings as (
    select
        technology_key,
        technology,
        row_number() over (
            partition by technology_key
            order by min(precedence) asc, count(*) desc, technology asc
        ) as preference
    from sightings
    group by technology_key, technology
),

categories as (
    select
        replace(technology, '_', ' ') as technology_key,
        min(category) as category
    from settings.technology_categories
    group by replace(technology, '_', ' ')
),

by_account as (
    select
        account_id,
        technology_key,
        min(category) as category,
        -- A dated scan decides over undated lists.
        max(case when precedence = 1 then is_live end) as is_live_scanned,
        max(is_live) as is_live_listed,
        min(first_detected) as first_detected
    from sightings
    group by account_id, technology_key
)

select
    -- #not_null #unique_with[technology_key] #references[core.account_records.account_id]
    by_account.account_id,
    -- Technology in lower case with spaces, for matching. #not_null
    by_account.technology_key,
    -- Technology as its best source spells it. #not_null
    spellings.technology,
    -- Category from settings, else the scanner's.
    coalesce(categories.category, by_account.category) as category,
    -- Whether it was in use when last seen. #not_null
    coalesce(by_account.is_live_scanned, by_account.is_live_listed) = 1 as is_live,
    -- Day it was first seen; NULL when only undated lists name it.
    by_account.first_detected
from by_account
inner join spellings
    on by_account.technology_key = spellings.technology_key
    and spellings.preference = 1
left join categories on by_account.technology_key = categories.technology_key
