-- Values of configured fields by lead that no account explains: those of its domain, and its own where enrichment says
-- nothing about the company.
with
own_values as (
    select
        companies.lead_id,
        custom_values.attribute,
        custom_values.value,
        custom_values.record_kind,
        custom_values.record_id,
        1 as precedence,
        custom_values.known_at
    from core.lead_companies as companies
    inner join core.leads on companies.lead_id = leads.lead_id
    inner join staging.custom_values
        on
            leads.record_id = custom_values.record_id
            and leads.source_system = case custom_values.record_kind
                when 'salesforce_lead' then 'salesforce'
                when 'lead' then custom_values.source_name
            end
    where companies.told_by = 'lead'
),

domain_values as (
    select
        lead_domains.lead_id,
        custom_values.attribute,
        custom_values.value,
        custom_values.record_kind,
        custom_values.record_id,
        2 as precedence,
        custom_values.known_at
    from core.lead_domains
    inner join staging.custom_values on lead_domains.domain = custom_values.record_id
    where
        custom_values.record_kind in ('clearbit_company', 'builtwith_technology', 'funding_round')
        and custom_values.attribute not in ('tech', 'tech_categories', 'tags', 'domain_aliases')
),

all_values as (
    select lead_id, attribute, value, record_kind, record_id, precedence, known_at from own_values
    union all
    select lead_id, attribute, value, record_kind, record_id, precedence, known_at from domain_values
)

select
    -- #not_null
    all_values.lead_id,
    -- Attribute, by its key in icp.yaml. #not_null
    all_values.attribute,
    -- Normalized value. #not_null
    all_values.value,
    -- Order of the records that carry the field; equal for several values of one record. #not_null
    cast(dense_rank() over (
        partition by all_values.lead_id, all_values.attribute
        order by
            all_values.precedence asc,
            all_values.known_at desc nulls last,
            all_values.record_kind asc,
            all_values.record_id asc
    ) as bigint) as record_rank,
    -- When the value was recorded; NULL for an undated snapshot.
    all_values.known_at
from all_values
cross join settings.run
where coalesce(all_values.known_at <= run.as_of, true)
