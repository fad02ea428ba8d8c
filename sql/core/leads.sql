-- Leads of all systems up to the as-of date, one row per record: what each says about its company, and nothing about
-- the person but role and seniority. Of the forms that one domain submits in a day only the first ones count, so that a
-- bot does not become many leads.
with
form_arrivals as (
    select
        forms.*,
        forms.source_path || ':' || cast(forms.source_line as varchar) as record_id,
        case when forms.domain is null then 1 else row_number() over (
            partition by forms.domain, cast(forms.submitted_at as date)
            order by forms.submitted_at asc, forms.source_path asc, forms.source_line asc
        ) end as arrival
    from staging.forms
),

records as (
    select
        'sf-' || lead_id as lead_id, 'salesforce' as source_system, lead_id as record_id, created_at, domain,
        is_free_mail, role, seniority, is_converted, converted_on, lead_source, cast(null as varchar) as form,
        converted_account_id as account_key, industry, cast(null as varchar) as sub_industry, employees,
        annual_revenue, currency, country, country_code, cast(null as varchar) as region,
        cast(null as varchar) as ownership, cast(null as varchar) as business_model,
        cast(null as varchar) as growth_stage, cast(null as bigint) as founded_year,
        false as has_several_accounts, source_path, source_line
    from staging.salesforce_leads
    where not is_deleted
    union all
    -- HubSpot has no conversion: a contact whose lifecycle stage has reached a deal is no longer a lead.
    select
        'hs-' || hubspot_contact_id as lead_id, 'hubspot' as source_system, hubspot_contact_id as record_id, created_at,
        domain, is_free_mail, role, seniority,
        coalesce(replace(lower(lifecycle_stage), ' ', '') in ('opportunity', 'customer', 'evangelist'), false)
            as is_converted,
        cast(null as date) as converted_on, lead_source, cast(null as varchar) as form,
        hubspot_company_id as account_key, cast(null as varchar) as industry, cast(null as varchar) as sub_industry,
        cast(null as bigint) as employees, cast(null as decimal(18, 4)) as annual_revenue,
        cast(null as varchar) as currency, cast(null as varchar) as country, cast(null as varchar) as country_code,
        cast(null as varchar) as region, cast(null as varchar) as ownership, cast(null as varchar) as business_model,
        cast(null as varchar) as growth_stage, cast(null as bigint) as founded_year,
        is_ambiguous as has_several_accounts, source_path, source_line
    from staging.hubspot_contacts
    union all
    select
        source_name || ':' || record_id as lead_id, source_name as source_system, record_id, created_at, domain,
        is_free_mail, role, seniority, is_converted, converted_on, lead_source, form, account_key, industry,
        sub_industry, employees, cast(null as decimal(18, 4)) as annual_revenue, cast(null as varchar) as currency,
        country, country_code, region, ownership, business_model, growth_stage, founded_year,
        false as has_several_accounts, source_path, source_line
    from staging.mapped_leads
    union all
    select
        'form-' || form_arrivals.record_id as lead_id, 'form' as source_system, form_arrivals.record_id,
        form_arrivals.submitted_at as created_at, form_arrivals.domain, form_arrivals.is_free_mail, form_arrivals.role,
        form_arrivals.seniority, false as is_converted, cast(null as date) as converted_on,
        cast(null as varchar) as lead_source, form_arrivals.form, cast(null as varchar) as account_key,
        form_arrivals.industry, cast(null as varchar) as sub_industry, form_arrivals.employees,
        cast(null as decimal(18, 4)) as annual_revenue, cast(null as varchar) as currency, form_arrivals.country,
        form_arrivals.country_code, cast(null as varchar) as region, cast(null as varchar) as ownership,
        cast(null as varchar) as business_model, cast(null as varchar) as growth_stage,
        cast(null as bigint) as founded_year, false as has_several_accounts, form_arrivals.source_path,
        form_arrivals.source_line
    from form_arrivals
    cross join settings.run
    where form_arrivals.arrival <= run.forms_per_domain_and_day
)

select
    -- 'sf-' and the Salesforce id, 'hs-' and the HubSpot id, a mapped source and its id, or 'form-', file and line: never
    -- anything of the person. #not_null #unique
    records.lead_id,
    -- salesforce, hubspot, form, or the key under `sources:`. #not_null
    records.source_system,
    -- The record's id in that system; file and line of a form. #not_null
    records.record_id,
    -- When the record was created or the form was submitted (UTC).
    records.created_at,
    -- Registrable domain of the company; NULL for free mail.
    records.domain,
    -- Whether the address is with a free mail provider; NULL without an address.
    records.is_free_mail,
    -- Role from the job title, such as sales; NULL if it names no known role.
    records.role,
    -- Seniority from the job title. #accepted[c_level,vp,director,manager,individual,entry]!warn
    records.seniority,
    -- Converted into an account by the as-of date; of a HubSpot contact, that its lifecycle has come to a deal. #not_null
    records.is_converted and coalesce(records.converted_on <= run.as_of, true) as is_converted,
    -- Day of the conversion, where the system says it.
    case when records.is_converted and records.converted_on <= run.as_of then records.converted_on end as converted_at,
    -- Where the lead came from, as the system says.
    records.lead_source,
    -- Name of the form.
    records.form,
    -- The system's id of the account that the lead became or is linked to.
    records.account_key,
    -- Whether it is linked to several accounts, none of them marked as primary. #not_null
    records.has_several_accounts,
    -- Industry as the lead says.
    records.industry,
    -- Sub-industry as the lead says.
    records.sub_industry,
    -- Headcount as the lead says. #between[1,10000000]!warn
    case when records.employees > 0 then records.employees end as employees,
    -- Annual revenue in dollars as the lead says; NULL in a currency without a rate.
    case
        when records.annual_revenue >= 0
            then try_cast(
                cast(records.annual_revenue as decimal(20, 4)) * currency_rates.usd_per_unit as decimal(18, 4)
            )
    end as annual_revenue_usd,
    -- Country by its usual English name where it is known, else as the lead says.
    coalesce(country_regions.country_name, records.country) as country,
    -- Sales region: the mapped source's, else NA, EMEA, APAC or LATAM by country.
    coalesce(records.region, country_regions.region) as region,
    -- Ownership as the lead says.
    records.ownership,
    -- Business model as the lead says.
    records.business_model,
    -- Growth stage as the lead says.
    records.growth_stage,
    -- Year founded as the lead says.
    records.founded_year,
    -- Landed file of the record.
    records.source_path,
    -- Line of the record in that file.
    records.source_line
from records
cross join settings.run
left join settings.currency_rates on coalesce(records.currency, 'home') = currency_rates.currency
left join settings.country_regions on lower(coalesce(records.country_code, records.country)) = country_regions.country
where coalesce(cast(records.created_at as date) <= run.as_of, true)
