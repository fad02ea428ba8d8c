-- Buying triggers of known accounts up to the as-of date: reported ones, and funding rounds. The same trigger reported
-- twice for one day is one event, with its strongest rating.
with
events as (
    select
        coalesce(by_key.account_id, by_domain.account_id) as account_id,
        triggers.trigger,
        triggers.strength,
        triggers.source,
        triggers.happened_on
    from staging.triggers
    left join core.account_references as by_key on triggers.account_key = by_key.reference
    left join core.account_references as by_domain on triggers.domain = by_domain.reference

    union all

    select
        account_id,
        'funding_round' as trigger,
        cast(null as varchar) as strength,
        'crunchbase' as source,
        announced_on as happened_on
    from core.account_funding
),

graded as (
    select
        events.account_id,
        events.trigger,
        events.source,
        events.happened_on,
        case coalesce(
                events.strength,
                trigger_strengths.strength,
                case when events.trigger = 'funding_round' then 'strong' end,
                'medium'
            )
            when 'strong' then 3
            when 'medium' then 2
            else 1
        end as strength_order
    from events
    cross join settings.run
    left join settings.trigger_strengths on events.trigger = trigger_strengths.trigger
    where events.account_id is not null and events.happened_on <= run.as_of
)

select
    -- #not_null #unique_with[trigger,happened_at] #references[core.account_records.account_id]
    account_id,
    -- What happened, such as new_executive. #not_null
    trigger,
    -- Declared strength, else the setting's, else medium. #not_null #accepted[strong,medium,weak]
    case max(strength_order) when 3 then 'strong' when 2 then 'medium' else 'weak' end as strength,
    -- Who reported it.
    min(source) as source,
    -- Day it happened. #not_null
    happened_on as happened_at
from graded
group by account_id, trigger, happened_on
