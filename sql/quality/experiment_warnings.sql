-- One row per website experiment in which accounts saw what the other arm sees, as far as landed visits say what was
-- shown (`variant`: the name of an arm, or a variant of content.yaml that is not a slot's default).
with
variants as (
    select distinct variants.variant
    from (
        select variant from settings.content_segments
        union all
        select not_icp_variant as variant from settings.content_slots where not_icp_variant is not null
    ) as variants
    left join settings.content_slots as defaults on variants.variant = defaults.default_variant
    where defaults.slot is null
),

shown as (
    select
        arms.experiment,
        arms.account_id,
        arms.arm,
        web_events.variant,
        cast(web_events.occurred_at as date) as shown_on,
        case
            when lower(web_events.variant) in ('personalised', 'holdout') then lower(web_events.variant)
            when variants.variant is not null then 'personalised'
        end as shown_arm
    from staging.web_events as web_events
    cross join settings.run as run
    inner join core.account_references as account_references on web_events.domain = account_references.reference
    inner join activation.experiment_arms as arms on account_references.account_id = arms.account_id
    left join variants on web_events.variant = variants.variant
    where
        web_events.variant is not null
        and cast(web_events.occurred_at as date) > arms.assigned_on
        and cast(web_events.occurred_at as date) <= run.as_of
),

told as (
    select
        experiment,
        count(distinct account_id) as accounts,
        count(distinct case when shown_arm <> arm then account_id end) as crossed,
        min(case when shown_arm <> arm then shown_on end) as first_on
    from shown
    where shown_arm is not null
    group by experiment
)

select
    -- #not_null #accepted[ARM_NOT_SHOWN]
    'ARM_NOT_SHOWN' as code,
    'warning' as severity,
    'Experiment ' || experiment || ': of ' || cast(accounts as varchar)
    || ' accounts whose visits record what they saw, ' || cast(crossed as varchar)
    || ' saw the other arm (first on ' || cast(first_on as varchar)
    || '), so the result understates the difference. Pass the trait content_arm from account_traits.jsonl to the page, and '
    || 'evaluate the flags with it.' as message,
    -- The experiment. #not_null #unique
    experiment as subject
from told
where crossed > 0
