-- One row per finding about what values mean: unrecognized countries, surveys on another scale.
with
countries as (
    select
        accounts.country,
        max(case when known.country_name is not null then 1 else 0 end) as is_known,
        count(*) as accounts,
        -- A name is shown only if it cannot be personal.
        case
            when length(translate(accounts.country, '0123456789@', '')) = length(accounts.country)
                then substring(accounts.country, 1, 30)
        end as shown_country
    from core.accounts
    left join (select distinct country_name from settings.country_regions) as known
        on accounts.country = known.country_name
    where accounts.country is not null
    group by accounts.country
),

unknown_names as (
    select
        country,
        row_number() over (order by accounts desc, country asc) as place
    from countries
    where is_known = 0 and shown_country is not null
),

country_counts as (
    select
        sum(countries.accounts) as accounts,
        sum(case when countries.is_known = 0 then countries.accounts else 0 end) as unknown_accounts,
        max(case when unknown_names.place = 1 then countries.shown_country end) as first_name,
        max(case when unknown_names.place = 2 then countries.shown_country end) as second_name,
        max(case when unknown_names.place = 3 then countries.shown_country end) as third_name
    from countries
    left join unknown_names on countries.country = unknown_names.country
),

unknown_countries as (
    select
        'UNKNOWN_COUNTRIES' as code,
        case when 20 * unknown_accounts >= accounts then 'warning' else 'info' end
            as severity,
        cast(unknown_accounts as varchar) || ' of ' || cast(accounts as varchar)
        || ' accounts with a country ('
        || case
            when 200 * unknown_accounts < accounts then 'under 1'
            else
                cast(cast(round(
                    100.0 * unknown_accounts / nullif(accounts, 0)
                ) as integer) as varchar)
        end
        || ' %) name one that is not recognised'
        || coalesce(', such as ' || first_name, '')
        || coalesce(', ' || second_name, '')
        || coalesce(', ' || third_name, '')
        || ', so they have no region unless a source gives it. Correct the names in the CRM, or use '
        || 'country codes; for a mapped source, map names with `values: {country: {name: code}}` under `sources:`.'
            as message,
        'country' as subject
    from country_counts
    where unknown_accounts > 0
),

answers_by_file as (
    select
        source_path,
        count(*) as answers,
        sum(case when score < 0 or score > 10 then 1 else 0 end) as outside,
        sum(case when score between 0 and 10 and score <> floor(score) then 1 else 0 end) as not_whole,
        min(score) as lowest,
        max(score) as highest
    from staging.survey_responses
    where coalesce(survey_type, 'nps') = 'nps' and score is not null
    group by source_path
),

-- Ten answers between 1 and 5 are hardly on the scale from 0 to 10.
scaled_answers as (
    select
        source_path,
        answers,
        outside,
        not_whole,
        case
            when outside = answers then 'All answers are outside, so it must be another scale'
            when outside > 0 and lowest >= 0 and highest <= 100 then 'It may be a scale from 0 to 100'
            when answers >= 10 and lowest >= 1 and highest <= 5
                then 'None is above 5 or below 1, so it is surely a scale from 1 to 5, and everybody looks unhappy'
        end as other_scale
    from answers_by_file
),

survey_scales as (
    select
        'SURVEY_SCALE' as code,
        case when outside > 0 or other_scale is not null then 'warning' else 'info' end as severity,
        source_path || ' has ' || cast(answers as varchar) || ' NPS answers, which must be whole numbers from 0 to 10'
        || case when outside > 0 then '; outside that range and not counted: ' || cast(outside as varchar) else '' end
        || case
            when not_whole > 0 then '; not whole, but counted: ' || cast(not_whole as varchar)
            else ''
        end
        || '. ' || coalesce(other_scale || '. ', '')
        || 'If it is another kind of survey, map it under `sources:` with `constants: {survey_type: csat}`; if only the '
        || 'scale differs, convert it with `units: {score: 0.1}` or `values: {score: ...}`.' as message,
        source_path as subject
    from scaled_answers
    where outside > 0 or not_whole > 0 or other_scale is not null
),

findings as (
    select code, severity, message, subject from unknown_countries
    union all
    select code, severity, message, subject from survey_scales
)

select
    -- #not_null #accepted[UNKNOWN_COUNTRIES,SURVEY_SCALE]
    findings.code,
    findings.severity,
    findings.message,
    -- The file, or country. #not_null #unique_with[code]
    findings.subject
from findings
