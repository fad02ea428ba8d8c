-- One row per finding about what values mean: countries that no list knows, surveys of another scale or with a name for
-- a type, cells with several accounts, values that may stand for a blank, blanks that go with the outcome.
with
countries as (
    select
        accounts.country,
        -- A name is shown only if nothing about it can be personal.
        substring(accounts.country, 1, 30) as shown_country,
        length(translate(accounts.country, '0123456789@', '')) = length(accounts.country) as is_shown,
        count(*) as accounts,
        max(case when known.country_name is not null then 1 else 0 end) as is_known
    from core.accounts
    left join (select distinct country_name from settings.country_regions) as known
        on accounts.country = known.country_name
    where accounts.country is not null
    group by accounts.country
),

country_counts as (
    select
        sum(accounts) as accounts,
        sum(case when is_known = 0 then accounts else 0 end) as unknown_accounts
    from countries
),

unknown_names as (
    select
        shown_country,
        row_number() over (order by accounts desc, country asc) as place
    from countries
    where is_known = 0 and is_shown
),

first_names as (
    select
        max(case when place = 1 then shown_country end) as first_name,
        max(case when place = 2 then shown_country end) as second_name,
        max(case when place = 3 then shown_country end) as third_name
    from unknown_names
),

unknown_countries as (
    select
        'UNKNOWN_COUNTRIES' as code,
        case when 20 * country_counts.unknown_accounts >= country_counts.accounts then 'warning' else 'info' end
            as severity,
        cast(country_counts.unknown_accounts as varchar) || ' of ' || cast(country_counts.accounts as varchar)
        || ' accounts with a country ('
        || case
            when 200 * country_counts.unknown_accounts < country_counts.accounts then 'under 1'
            else
                cast(cast(round(
                    100.0 * country_counts.unknown_accounts / nullif(country_counts.accounts, 0)
                ) as integer) as varchar)
        end
        || ' %) name one that is not known'
        || coalesce(', such as ' || first_names.first_name, '')
        || coalesce(', ' || first_names.second_name, '')
        || coalesce(', ' || first_names.third_name, '')
        || ', so they have no region unless a source gives it. Correct the names in the CRM, or fill in the '
        || 'codes of the countries; for a mapped source `values: {country: {name: code}}` under `sources:` says what a name means.'
            as message,
        'country' as subject
    from country_counts
    cross join first_names
    where country_counts.unknown_accounts > 0
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

-- Ten answers of which none is above 5 or below 1 are hardly on the scale from 0 to 10.
scaled_answers as (
    select
        source_path,
        answers,
        outside,
        not_whole,
        case
            when outside = answers then 'All of its answers lie outside, so it is surely of another scale'
            when outside > 0 and lowest >= 0 and highest <= 100 then 'It may be of a scale from 0 to 100'
            when answers >= 10 and lowest >= 1 and highest <= 5
                then 'None is above 5 or below 1, so it is surely of a scale from 1 to 5, and everybody looks unhappy'
        end as other_scale
    from answers_by_file
),

survey_scales as (
    select
        'SURVEY_SCALE' as code,
        case when outside > 0 or other_scale is not null then 'warning' else 'info' end as severity,
        source_path || ' holds ' || cast(answers as varchar) || ' NPS answers, which are whole numbers from 0 to 10'
        || case when outside > 0 then '; outside of that, so not counted: ' || cast(outside as varchar) else '' end
        || case
            when not_whole > 0 then '; not whole, but counted as they stand: ' || cast(not_whole as varchar)
            else ''
        end
        || '. ' || coalesce(other_scale || '. ', '')
        || 'If they are of another kind, say so under `sources:` with `constants: {survey_type: csat}`; if only the '
        || 'scale is another, turn it with `units: {score: 0.1}` or `values: {score: ...}`.' as message,
        source_path as subject
    from scaled_answers
    where outside > 0 or not_whole > 0 or other_scale is not null
),

survey_names as (
    select
        'SURVEY_NAMES' as code,
        'info' as severity,
        cast(lines as varchar) || ' answers of ' || path || ' (the first: line ' || cast(first_line as varchar)
        || ') have the name of a survey where its type was expected, and count as NPS. If one of these surveys is of '
        || 'another kind, say so under `sources:` with `values: {survey_type: {name: csat}}`.' as message,
        path as subject
    from lake.file_note
    where code = 'SURVEY_NAMES'
),

several_accounts as (
    select
        'SEVERAL_ACCOUNTS' as code,
        'warning' as severity,
        cast(lines as varchar) || ' rows of ' || path || ' (the first: line ' || cast(first_line as varchar)
        || ') name several accounts in one cell, and count for the first of them. Export the deals with the account '
        || 'that they count for first, or land the pairs as kind deal_account.' as message,
        path as subject
    from lake.file_note
    where code = 'SEVERAL_ACCOUNTS'
),

filled_attributes as (
    select attribute, count(distinct account_id) as accounts
    from core.account_values
    where not coalesce(is_blank, false)
    group by attribute
),

placeholder_values as (
    select account_values.account_id, account_values.attribute, placeholders.spelling
    from core.account_values
    inner join settings.placeholders
        on account_values.attribute = placeholders.attribute
        and (lower(account_values.level) = placeholders.level or account_values.amount = placeholders.amount)
    where not coalesce(account_values.is_blank, false)
),

placeholder_accounts as (
    select attribute, count(distinct account_id) as accounts
    from placeholder_values
    group by attribute
),

placeholder_spellings as (
    select
        attribute,
        spelling,
        count(distinct account_id) as accounts,
        row_number() over (partition by attribute order by count(distinct account_id) desc, spelling asc) as place
    from placeholder_values
    group by attribute, spelling
),

placeholder_lists as (
    select
        attribute,
        max(case when place = 1 then '"' || spelling || '"' end)
        || coalesce(max(case when place = 2 then ', "' || spelling || '"' end), '')
        || coalesce(max(case when place = 3 then ', "' || spelling || '"' end), '')
        || coalesce(max(case when place = 4 then ', "' || spelling || '"' end), '') as spellings
    from placeholder_spellings
    group by attribute
),

placeholder_findings as (
    select
        'PLACEHOLDER_VALUES' as code,
        'warning' as severity,
        cast(placeholder_accounts.accounts as varchar) || ' of ' || cast(filled_attributes.accounts as varchar)
        || ' accounts with a value of ' || filled_attributes.attribute || ' have one that often stands for a blank ('
        || placeholder_lists.spellings || '), and it counts like any other. If it means that nothing is known, '
        || case
            when coalesce(attributes.is_custom, false)
                then 'add `unknown: [' || placeholder_lists.spellings || ']` to attributes.'
                || filled_attributes.attribute || ' in icp.yaml'
            else
                'write `attributes: {' || filled_attributes.attribute || ': {unknown: ['
                || placeholder_lists.spellings || ']}}` in icp.yaml'
        end
        || '; if it is a true value, `unknown: []` there says so.' as message,
        filled_attributes.attribute as subject
    from filled_attributes
    inner join placeholder_accounts on filled_attributes.attribute = placeholder_accounts.attribute
    inner join placeholder_lists on filled_attributes.attribute = placeholder_lists.attribute
    left join settings.attributes on filled_attributes.attribute = attributes.attribute
    -- A tenth of a column changes what is learned from it; ten accounts are the fewest of which a tenth is anybody.
    where filled_attributes.accounts >= 10 and 10 * placeholder_accounts.accounts >= filled_attributes.accounts
),

spoken_blanks as (
    select
        effects.attribute,
        effects.comes_before,
        coalesce(attributes.is_custom, false) as is_custom,
        case effects.outcome
            when 'win' then 'deals are won ' || case when effects.effect > 0 then 'more' else 'less' end || ' often'
            else 'customers turn out ' || case when effects.effect > 0 then 'better' else 'worse' end
        end
        || ' where ' || effects.attribute || ' is blank (' || cast(effects.n_blank as varchar) || ' of '
        || cast(effects.n_blank + effects.n_filled as varchar) || ', z = '
        || cast(cast(effects.z as decimal(9, 1)) as varchar) || ')' as finding,
        cast(cast(round(100 * effects.blank_share_open) as integer) as varchar) || ' % of open records and '
        || cast(cast(round(100 * effects.blank_share_ended) as integer) as varchar) || ' % of '
        || case effects.outcome when 'win' then 'lost ones' else 'customers' end || ' are blank' as shares
    from segments.blank_effects as effects
    left join settings.attributes as attributes on effects.attribute = attributes.attribute
),

blank_findings as (
    select
        'BLANK_TELLS' as code,
        case when comes_before then 'warning' else 'info' end as severity,
        upper(substring(finding, 1, 1)) || substring(finding, 2)
        || case
            when comes_before
                then ', and blanks were there before the outcome. As they are, they count for nothing: to learn from them, '
                || case
                    when is_custom
                        then 'add `blank: none given` to attributes.' || attribute || ' in icp.yaml.'
                    else 'write `attributes: {' || attribute || ': {blank: none given}}` in icp.yaml.'
                end
            else coalesce(', but ' || shares, '') || ': who fills it in seems to know how it ended, so a blank gives the outcome '
                || 'away. It stays unknown; do not make it a value.'
        end as message,
        attribute as subject
    from spoken_blanks
),

findings as (
    select code, severity, message, subject from unknown_countries
    union all
    select code, severity, message, subject from survey_scales
    union all
    select code, severity, message, subject from survey_names
    union all
    select code, severity, message, subject from several_accounts
    union all
    select code, severity, message, subject from placeholder_findings
    union all
    select code, severity, message, subject from blank_findings
)

select
    -- What kind of finding. #not_null #accepted[UNKNOWN_COUNTRIES,SURVEY_SCALE,SURVEY_NAMES,SEVERAL_ACCOUNTS,PLACEHOLDER_VALUES,BLANK_TELLS]
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- What it is about: a file, the column or the attribute. #not_null
    findings.subject
from findings
