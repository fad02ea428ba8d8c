-- The live HubSpot company that each record id stands for: itself, or the company it was merged into. Ids that lead to
-- a deleted company, or one created after the as-of date, are absent. Each step doubles the length of the trail
-- followed (16 merges at most).
with
merges as (
    select
        value as hubspot_company_id,
        min(record_id) as survivor_id
    from staging.custom_values
    where
        record_kind = 'hubspot_company'
        and attribute = 'merged_company_ids'
        and value <> record_id
    group by value
),

known_ids as (
    select hubspot_company_id from staging.hubspot_companies
    union
    select hubspot_company_id from merges
),

first_hops as (
    select
        known_ids.hubspot_company_id,
        coalesce(merges.survivor_id, known_ids.hubspot_company_id) as next_id
    from known_ids
    left join merges on known_ids.hubspot_company_id = merges.hubspot_company_id
),

second_hops as (
    select hops.hubspot_company_id, onward.next_id
    from first_hops as hops
    inner join first_hops as onward on hops.next_id = onward.hubspot_company_id
),

fourth_hops as (
    select hops.hubspot_company_id, onward.next_id
    from second_hops as hops
    inner join second_hops as onward on hops.next_id = onward.hubspot_company_id
),

eighth_hops as (
    select hops.hubspot_company_id, onward.next_id
    from fourth_hops as hops
    inner join fourth_hops as onward on hops.next_id = onward.hubspot_company_id
),

sixteenth_hops as (
    select hops.hubspot_company_id, onward.next_id
    from eighth_hops as hops
    inner join eighth_hops as onward on hops.next_id = onward.hubspot_company_id
),

ends as (
    select companies.hubspot_company_id
    from staging.hubspot_companies as companies
    inner join first_hops
        on
            companies.hubspot_company_id = first_hops.hubspot_company_id
            and companies.hubspot_company_id = first_hops.next_id
    where not companies.is_deleted
),

-- A company is as old as the oldest record merged into it.
known_by_then as (
    select distinct sixteenth_hops.next_id
    from sixteenth_hops
    inner join staging.hubspot_companies as companies
        on sixteenth_hops.hubspot_company_id = companies.hubspot_company_id
    cross join settings.run
    where coalesce(cast(companies.created_at as date) <= run.as_of, true)
)

select
    -- Record id of a company, merged ones included. #not_null #unique
    sixteenth_hops.hubspot_company_id,
    -- The live record it stands for. #not_null #references[staging.hubspot_companies.hubspot_company_id]
    sixteenth_hops.next_id as survivor_id,
    -- Whether the id was merged into another record. #not_null
    sixteenth_hops.hubspot_company_id <> sixteenth_hops.next_id as is_merged
from sixteenth_hops
inner join ends on sixteenth_hops.next_id = ends.hubspot_company_id
inner join known_by_then on sixteenth_hops.next_id = known_by_then.next_id
