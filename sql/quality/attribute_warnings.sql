-- One row per finding about an attribute's blanks: values that stand for a blank, blanks that correlate with the
-- outcome.
with
filled_values as (
    select account_values.account_id, account_values.attribute, placeholders.spelling
    from core.account_values
    left join settings.placeholders
        on account_values.attribute = placeholders.attribute
        and (lower(account_values.level) = placeholders.level or account_values.amount = placeholders.amount)
    where not coalesce(account_values.is_blank, false)
),

attribute_counts as (
    select
        attribute,
        count(distinct account_id) as accounts,
        count(distinct case when spelling is not null then account_id end) as placeholders
    from filled_values
    group by attribute
),

placeholder_spellings as (
    select
        attribute,
        spelling,
        count(distinct account_id) as accounts,
        row_number() over (partition by attribute order by count(distinct account_id) desc, spelling asc) as place
    from filled_values
    where spelling is not null
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
        cast(counts.placeholders as varchar) || ' of ' || cast(counts.accounts as varchar)
        || ' accounts with a value of ' || counts.attribute || ' have one that often means blank ('
        || placeholder_lists.spellings || '), and it counts like any other. If it means unknown, '
        || case
            when coalesce(attributes.is_custom, false)
                then 'add `unknown: [' || placeholder_lists.spellings || ']` to attributes.'
                || counts.attribute || ' in icp.yaml'
            else
                'write `attributes: {' || counts.attribute || ': {unknown: ['
                || placeholder_lists.spellings || ']}}` in icp.yaml'
        end
        || '; if it is a real value, write `unknown: []` there.' as message,
        counts.attribute as subject
    from attribute_counts as counts
    inner join placeholder_lists on counts.attribute = placeholder_lists.attribute
    left join settings.attributes on counts.attribute = attributes.attribute
    -- A tenth of a column changes what is learned from it; below ten accounts a tenth is nobody.
    where counts.accounts >= 10 and 10 * counts.placeholders >= counts.accounts
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
                then ', and the blanks were there before the outcome. Blanks count for nothing unless you '
                || case
                    when is_custom
                        then 'add `blank: none given` to attributes.' || attribute || ' in icp.yaml.'
                    else 'write `attributes: {' || attribute || ': {blank: none given}}` in icp.yaml.'
                end
            else coalesce(', but ' || shares, '') || ': it seems to be filled in once the outcome is known, so a blank gives the outcome '
                || 'away. Blanks stay unknown; do not make them a value.'
        end as message,
        attribute as subject
    from spoken_blanks
),

findings as (
    select code, severity, message, subject from placeholder_findings
    union all
    select code, severity, message, subject from blank_findings
)

select
    -- #not_null #accepted[PLACEHOLDER_VALUES,BLANK_TELLS]
    findings.code,
    findings.severity,
    findings.message,
    -- The attribute. #not_null #unique_with[code]
    findings.subject
from findings
