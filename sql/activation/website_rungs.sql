-- One row per slot, rung and value of a trait: the ladders of content.yaml. The first rung that a company meets decides
-- what it sees. The flag files are written from these rows, and the accounts' variants are read from them.
with
-- As the accounts have them: content.yaml may write a level in another case.
known_levels as (
    select attribute, level
    from core.account_attributes
    where not is_blank
    group by attribute, level
),

binned as (
    select distinct attribute from settings.attribute_bins
),

segment_levels as (
    select segments.slot, segments.variant, segments.segment, bin_ranges.level
    from settings.content_segments as segments
    inner join settings.bin_ranges
        on segments.attribute = bin_ranges.attribute and lower(segments.segment) = lower(bin_ranges.segment)
    union all
    select segments.slot, segments.variant, segments.segment, coalesce(known.level, segments.segment) as level
    from settings.content_segments as segments
    left join binned on segments.attribute = binned.attribute
    left join known_levels as known
        on segments.attribute = known.attribute and lower(segments.segment) = lower(known.level)
    where binned.attribute is null
),

last_variants as (
    select slot, max(variant_order) as variants from settings.content_segments group by slot
),

rungs as (
    select
        slots.slot,
        1 as rung,
        'holdout' as kind,
        slots.default_variant as variant,
        cast(null as varchar) as segment,
        1 as segment_order,
        cast(null as varchar) as level,
        'content_arm' as trait,
        'holdout' as value,
        false as is_flag
    from settings.content_slots as slots
    cross join settings.experiments
    union all
    select
        slot,
        2 as rung,
        'self_serve' as kind,
        not_icp_variant as variant,
        cast(null as varchar) as segment,
        1 as segment_order,
        cast(null as varchar) as level,
        'content_path' as trait,
        'self_serve' as value,
        false as is_flag
    from settings.content_slots
    where not_icp_variant is not null
    union all
    select
        segments.slot,
        2 + segments.variant_order as rung,
        'segment' as kind,
        segments.variant,
        segments.segment,
        segments.segment_order,
        levels.level,
        segments.trait,
        case when segments.is_flag then 'true' else levels.level end as value,
        segments.is_flag
    from settings.content_segments as segments
    inner join segment_levels as levels
        on segments.slot = levels.slot and segments.variant = levels.variant and segments.segment = levels.segment
    union all
    select
        slots.slot,
        3 + last_variants.variants as rung,
        'default' as kind,
        slots.default_variant as variant,
        cast(null as varchar) as segment,
        1 as segment_order,
        cast(null as varchar) as level,
        cast(null as varchar) as trait,
        cast(null as varchar) as value,
        false as is_flag
    from settings.content_slots as slots
    inner join last_variants on slots.slot = last_variants.slot
)

select
    -- Place on a page. #not_null
    rungs.slot,
    -- Order of the slots. #not_null
    slots.slot_order,
    -- Order of the slot's rungs; the first that applies decides. #not_null
    rungs.rung,
    -- What the rung is for: the holdout of an experiment, companies outside the ICP, a segment, or everybody else.
    -- #not_null #accepted[holdout,self_serve,segment,default]
    rungs.kind,
    -- What is shown. #not_null
    rungs.variant,
    -- Attribute that decides the variant. #not_null
    slots.attribute,
    -- Segment as content.yaml writes it; NULL if the rung is not for a segment.
    rungs.segment,
    -- Order of the segments of a rung. #not_null
    rungs.segment_order,
    -- Level of the attribute that is in the segment; NULL if the rung is not for a segment.
    rungs.level,
    -- Trait that is compared; NULL for the last rung, which always applies.
    rungs.trait,
    -- Value that the trait must have. #unique_with[slot,rung,segment,trait]
    rungs.value,
    -- Whether the trait is true or absent, because a company can have several values of the attribute. #not_null
    rungs.is_flag
from rungs
inner join settings.content_slots as slots on rungs.slot = slots.slot
