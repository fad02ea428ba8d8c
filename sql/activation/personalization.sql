-- One row per account and slot of content.yaml: the variant that the website shows. No rows without that file.
with
held_out as (
    select account_id, min(experiment) as experiment
    from activation.experiment_arms
    where arm = 'holdout'
    group by account_id
)

select
    -- #not_null #unique_with[slot] #references[core.accounts.account_id]
    matches.account_id,
    -- Place on a page. #not_null
    matches.slot,
    -- What is shown. #not_null
    case when held_out.account_id is null then matches.variant else matches.default_variant end as variant,
    -- Why, in words: attribute and segment, or what else decided. #not_null
    case
        when held_out.account_id is not null then 'holdout of ' || held_out.experiment
        when matches.kind = 'segment' then matches.attribute || ' ' || matches.segment
        when matches.kind = 'self_serve' then 'content_path self_serve'
        else 'default'
    end as because,
    -- What decided: a segment, the path for companies outside the ICP, the holdout, or the default. #not_null
    -- #accepted[holdout,self_serve,segment,default]
    case when held_out.account_id is null then matches.kind else 'holdout' end as kind,
    -- Attribute that decides the variant. #not_null
    matches.attribute,
    -- Segment that decided; NULL if none did.
    case when held_out.account_id is null then matches.segment end as segment
from activation.website_matches as matches
left join held_out on matches.account_id = held_out.account_id
