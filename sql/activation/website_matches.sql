-- One row per account and slot: what the account would see if nobody was held out.
with
met as (
    select
        facts.account_id,
        rungs.slot,
        rungs.kind,
        rungs.variant,
        rungs.segment,
        row_number() over (
            partition by facts.account_id, rungs.slot
            order by rungs.rung asc, rungs.segment_order asc, rungs.trait asc, rungs.value asc
        ) as place
    from activation.website_facts as facts
    inner join activation.website_rungs as rungs on facts.trait = rungs.trait and facts.value = rungs.value
    where rungs.kind <> 'holdout'
)

select
    -- #not_null #unique_with[slot] #references[core.accounts.account_id]
    accounts.account_id,
    -- Place on a page. #not_null
    slots.slot,
    -- Variant that the ladder gives. #not_null
    coalesce(met.variant, slots.default_variant) as variant,
    -- Variant that the holdout of an experiment sees instead. #not_null
    slots.default_variant,
    -- What decided. #not_null #accepted[self_serve,segment,default]
    coalesce(met.kind, 'default') as kind,
    -- Attribute that decides the variant. #not_null
    slots.attribute,
    -- Segment that decided; NULL if none did.
    met.segment
from core.accounts
cross join settings.content_slots as slots
left join met on accounts.account_id = met.account_id and slots.slot = met.slot and met.place = 1
