-- What each rule of content.yaml shows, and how many known accounts see it because of that rule.
with
seen as (
    select slot, variant, kind, count(*) as accounts
    from activation.personalization
    group by slot, variant, kind
),

rungs as (
    select
        slot,
        slot_order,
        rung,
        kind,
        variant,
        attribute,
        string_agg(distinct segment, '; ' order by segment) as segments
    from activation.website_rungs
    group by slot, slot_order, rung, kind, variant, attribute
)

select
    rungs.slot,
    rungs.rung,
    rungs.kind,
    rungs.variant,
    rungs.attribute,
    rungs.segments,
    coalesce(seen.accounts, 0) as accounts
from rungs
left join seen on rungs.slot = seen.slot and rungs.variant = seen.variant and rungs.kind = seen.kind
order by rungs.slot_order, rungs.rung
