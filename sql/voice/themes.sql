-- One row per kind of statement and statement that people made in interviews and on the sheet: by how many respondents,
-- about how many accounts.
with
heard as (
    select
        topic,
        item,
        respondent,
        held_on,
        account_key,
        domain,
        about,
        expands
    from staging.interviews
    union all
    -- The last question on the sheet. The account it was asked about does not matter for what is missing.
    select
        'missing' as topic,
        missing as item,
        respondent,
        given_on as held_on,
        cast(null as varchar) as account_key,
        cast(null as varchar) as domain,
        cast(null as varchar) as about,
        cast(null as boolean) as expands
    from staging.feedback
    where missing is not null
),

said as (
    select
        case interviews.topic
            when 'trigger' then 'trigger'
            when 'compared_with' then 'evaluation'
            when 'almost_killed' then 'objection'
            when 'decided' then 'decided_by'
            when 'retention' then case when not interviews.expands then 'churn' else 'expansion' end
            when 'language' then case interviews.about when 'channel' then 'channel' when 'outcome' then 'outcome' else 'pain' end
            when 'missing' then 'missing'
        end as kind,
        trim(interviews.item) as item,
        lower(replace(trim(interviews.item), '_', ' ')) as item_key,
        interviews.respondent,
        coalesce(by_key.account_id, by_domain.account_id, interviews.account_key) as account
    from heard as interviews
    cross join settings.run as run
    left join core.account_references as by_key on interviews.account_key = by_key.reference
    left join core.account_references as by_domain on interviews.domain = by_domain.reference
    where
        interviews.held_on <= run.as_of
        and interviews.item is not null
        and interviews.topic in ('trigger', 'compared_with', 'almost_killed', 'decided', 'retention', 'language', 'missing')
),

-- What the data have: an attribute, one of its levels, a trigger.
recorded as (
    select lower(replace(attribute, '_', ' ')) as item_key from settings.attributes where is_enabled
    union
    select lower(replace(level, '_', ' ')) as item_key from core.account_attributes where level is not null
    union
    select lower(replace(trigger, '_', ' ')) as item_key from core.account_triggers
)

select
    -- Kind of statement. #not_null
    -- #accepted[trigger,evaluation,objection,decided_by,expansion,churn,pain,outcome,channel,missing]
    said.kind,
    -- What was said, in the alphabetically first spelling. #not_null #unique_with[kind]
    min(said.item) as item,
    -- Respondents who said it. #not_null
    count(distinct said.respondent) as respondents,
    -- Accounts they said it about; 0 for quotations, which are stored without the account. #not_null
    count(distinct said.account) as accounts,
    -- Whether an attribute, a level or a trigger of this name records it. #not_null
    max(case when recorded.item_key is not null then 1 else 0 end) = 1 as in_data
from said
left join recorded on said.item_key = recorded.item_key
group by said.kind, said.item_key
