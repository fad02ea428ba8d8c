-- Technologies on the domain of each lead that no account explains, spelled as accounts' technologies are.
with
sightings as (
    select
        lead_domains.lead_id,
        technologies.technology_key,
        technologies.technology,
        technologies.category,
        case when technologies.is_live then 1 else 0 end as is_live_scanned,
        cast(null as integer) as is_live_listed,
        technologies.first_detected
    from core.lead_domains
    inner join staging.technologies on lead_domains.domain = technologies.domain
    cross join settings.run
    where coalesce(technologies.first_detected <= run.as_of, true)
    union all
    select
        lead_domains.lead_id,
        replace(lower(custom_values.value), '_', ' ') as technology_key,
        custom_values.value as technology,
        cast(null as varchar) as category,
        cast(null as integer) as is_live_scanned,
        1 as is_live_listed,
        cast(null as date) as first_detected
    from core.lead_domains
    inner join staging.custom_values
        on
            lead_domains.domain = custom_values.record_id
            and custom_values.record_kind = 'clearbit_company'
            and custom_values.attribute = 'tech'
),

known_spellings as (
    select technology_key, min(technology) as technology
    from core.account_technologies
    group by technology_key
)

select
    -- #not_null #unique_with[technology_key]
    sightings.lead_id,
    -- Technology in lower case with spaces, for matching. #not_null
    sightings.technology_key,
    -- Technology as it is shown. #not_null
    coalesce(min(known_spellings.technology), min(sightings.technology)) as technology,
    -- The scanner's category.
    min(sightings.category) as category,
    -- In use when last looked at; a dated look by the scanner decides over undated lists. #not_null
    coalesce(max(sightings.is_live_scanned), max(sightings.is_live_listed)) = 1 as is_live,
    -- Day it was first seen; NULL when only undated lists name it.
    min(sightings.first_detected) as first_detected
from sightings
left join known_spellings on sightings.technology_key = known_spellings.technology_key
group by sightings.lead_id, sightings.technology_key
