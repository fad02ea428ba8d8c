-- One row per finding about who is a prospect: companies that we do not sell to, and those that may be.
with
left_out as (
    select
        relationships.because,
        count(*) as accounts,
        relationships.because || ' (' || cast(count(*) as varchar) || ')' as shown,
        sum(case when open_deals.account_id is not null then 1 else 0 end) as with_open_deal,
        row_number() over (order by count(*) desc, relationships.because asc) as place
    from core.account_relationships as relationships
    left join (select distinct account_id from core.deals where not is_closed) as open_deals
        on relationships.account_id = open_deals.account_id
    where relationships.relationship = 'not_prospect'
    group by relationships.because
),

-- Whether every one of the reasons was named by a person.
told_names as (
    select spoken_name from core.type_meanings where meaning = 'not_prospect' and is_told
    union distinct
    select 'icp.yaml' as spoken_name from settings.run
),

left_out_counts as (
    select
        sum(left_out.accounts) as accounts,
        sum(left_out.with_open_deal) as with_open_deal,
        count(*) as names,
        sum(case when told_names.spoken_name is null then 1 else 0 end) as untold_names,
        max(case when left_out.place = 1 then left_out.shown end) as first_name,
        max(case when left_out.place = 2 then left_out.shown end) as second_name,
        max(case when left_out.place = 3 then left_out.shown end) as third_name,
        max(case when left_out.place = 4 then left_out.shown end) as fourth_name,
        max(case when left_out.place = 5 then left_out.shown end) as fifth_name
    from left_out
    left join told_names on left_out.because = told_names.spoken_name
),

not_prospects as (
    select
        'NOT_PROSPECTS' as code,
        case when untold_names > 0 then 'warning' else 'info' end as severity,
        'Not prospects, according to: ' || first_name
        || coalesce(', ' || second_name, '') || coalesce(', ' || third_name, '') || coalesce(', ' || fourth_name, '')
        || coalesce(', ' || fifth_name, '')
        || case when names > 5 then ' and ' || cast(names - 5 as varchar) || ' more names' else '' end
        || '. They are excluded from the market, the counts by tier and the CRM tags'
        || case when with_open_deal > 0 then '; with an open deal: ' || cast(with_open_deal as varchar) else '' end
        || '.'
        || case
            when untold_names > 0
                then ' Check the names. A list under not_prospects (types, lifecycle_stages, record_types) in icp.yaml '
                || 'replaces them; an empty list means there are none.'
            else ''
        end as message,
        'accounts' as subject
    from left_out_counts
    where accounts > 0
),

unclear as (
    select
        spoken_name || ' (' || cast(accounts as varchar) || ')' as shown,
        row_number() over (order by accounts desc, spoken_name asc) as place
    from core.type_meanings
    where meaning = 'unclear'
),

unclear_counts as (
    select
        count(*) as names,
        max(case when place = 1 then shown end) as first_name,
        max(case when place = 2 then shown end) as second_name,
        max(case when place = 3 then shown end) as third_name
    from unclear
),

possible_not_prospects as (
    select
        'POSSIBLE_NOT_PROSPECTS' as code,
        'warning' as severity,
        'Accounts that may not be prospects count as prospects, because the name is ambiguous or such companies do buy: '
        || first_name || coalesce(', ' || second_name, '') || coalesce(', ' || third_name, '')
        || case when names > 3 then ' and ' || cast(names - 3 as varchar) || ' more' else '' end
        || '. List all that you do not sell to, those already recognised included, under not_prospects (types, '
        || 'lifecycle_stages, record_types) in icp.yaml: a list replaces what is recognised by itself.' as message,
        'accounts' as subject
    from unclear_counts
    where names > 0
),

unknown_accounts as (
    select
        'NOT_PROSPECTS' as code,
        'warning' as severity,
        'Listed under not_prospects.accounts in icp.yaml, but not in the CRM: ' || cast(count(*) as varchar) || ' (first: '
        || min(named.reference) || '). Use a CRM id or a domain.' as message,
        'not_prospects.accounts' as subject
    from settings.not_prospect_accounts as named
    left join core.account_references on named.reference = account_references.reference
    left join core.account_domains on named.reference = account_domains.domain
    left join core.account_records on named.reference = account_records.account_id
    where
        not named.is_owner
        and account_references.reference is null
        and account_domains.domain is null
        and account_records.account_id is null
    having count(*) > 0
),

findings as (
    select code, severity, message, subject from not_prospects
    union all
    select code, severity, message, subject from possible_not_prospects
    union all
    select code, severity, message, subject from unknown_accounts
)

select
    -- #not_null #accepted[NOT_PROSPECTS,POSSIBLE_NOT_PROSPECTS]
    findings.code,
    findings.severity,
    findings.message,
    -- What it is about. #not_null #unique_with[code]
    findings.subject
from findings
