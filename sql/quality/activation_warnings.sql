-- One row per finding about audiences, exclusions and the lists behind them.
with
unknown_suppressions as (
    select
        'UNKNOWN_SUPPRESSED' as code,
        'warning' as severity,
        unknown.source_path || ': ' || cast(unknown.lines as varchar)
        || case unknown.lines when 1 then ' line names' else ' lines name' end || ' an unknown account ('
        || case unknown.lines when 1 then '' else 'first: ' end || 'line ' || cast(unknown.first_line as varchar)
        || coalesce('; the nearest account is ' || coalesce(nearest.domain, nearest.name, nearest.account_id), '')
        || '), so '
        || case unknown.lines when 1 then 'it excludes' else 'they exclude' end
        || ' nobody. Use the id or domain from the CRM; a company that is in no CRM needs no line.' as message,
        unknown.source_path as subject
    from core.unknown_suppressions as unknown
    left join core.accounts as nearest on unknown.nearest_account_id = nearest.account_id
),

-- Only core.leads says which forms become leads.
form_days as (
    select
        forms.domain,
        cast(forms.submitted_at as date) as came_on,
        count(*) as forms,
        sum(case when leads.lead_id is null then 1 else 0 end) as left_out
    from staging.forms
    cross join settings.run
    left join core.leads
        on forms.source_path = leads.source_path
        and forms.source_line = leads.source_line
        and leads.source_system = 'form'
    where cast(forms.submitted_at as date) <= run.as_of
    group by forms.domain, cast(forms.submitted_at as date)
),

forms_left_out as (
    select
        'FORMS_LEFT_OUT' as code,
        'warning' as severity,
        cast(left_out as varchar) || ' of ' || cast(forms as varchar) || ' forms that ' || domain || ' sent on '
        || cast(came_on as varchar) || ' are not leads: more than ' || cast(run.forms_per_domain_and_day as varchar)
        || ' a day from one domain look like a bot, so only the first ' || cast(run.forms_per_domain_and_day as varchar)
        || ' count. If people sent them, score them as a list with `icp score FILE`.' as message,
        domain || ' ' || cast(came_on as varchar) as subject
    from form_days
    cross join settings.run
    where left_out > 0
),

-- Without blank levels, as in activation.website_facts.
unseen_segments as (
    select
        'CONTENT_FOR_NOBODY' as code,
        'warning' as severity,
        'content.yaml: no known company has ' || rungs.attribute || ' ''' || rungs.segment
        || ''', so nobody sees ' || rungs.variant || ' of ' || rungs.slot || ' for it'
        || '. `icp check` names the line and the nearest value.' as message,
        rungs.slot || ' ' || rungs.variant || ' ' || rungs.segment as subject
    from activation.website_rungs as rungs
    left join core.account_attributes as attributes
        on rungs.attribute = attributes.attribute and rungs.level = attributes.level and not attributes.is_blank
    where rungs.kind = 'segment'
    group by rungs.slot, rungs.variant, rungs.segment, rungs.attribute
    having count(attributes.account_id) = 0
),

findings as (
    select code, severity, message, subject from unknown_suppressions
    union all
    select code, severity, message, subject from forms_left_out
    union all
    select code, severity, message, subject from unseen_segments
)

select
    -- #not_null #accepted[UNKNOWN_SUPPRESSED,FORMS_LEFT_OUT,CONTENT_FOR_NOBODY]
    code,
    severity,
    message,
    -- What it is about. #not_null #unique_with[code]
    subject
from findings
