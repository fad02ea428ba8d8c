-- One row per segment and level in it: what can be tested. A segment is a set of levels of one attribute:
-- one level, "has X" for attributes with several values, or a run of neighbouring bins.
with
run as (
    select range_min_n from settings.run
),

ranked_customers as (
    select count(*) as customers
    from outcomes.observations
    where outcome = 'quality'
),

observed as (
    select distinct attribute, level
    from segments.observed_levels
),

typed as (
    select
        observed.attribute,
        observed.level,
        coalesce(attributes.type, 'categorical') as type,
        bins.bin_order
    from observed
    left join settings.attributes as attributes on observed.attribute = attributes.attribute
    left join settings.attribute_bins as bins
        on observed.attribute = bins.attribute and observed.level = bins.level
),

-- With two levels in all, one is the complement of the other: shown, but not a second hypothesis.
single_levels as (
    select
        attribute,
        level,
        type <> 'multi'
        and count(*) over (partition by attribute) = 2
        and row_number() over (partition by attribute order by level desc) = 2 as is_complement
    from typed
    where bin_order is null
),

bins as (
    select
        attribute,
        level,
        bin_order,
        min(bin_order) over (partition by attribute) as lowest,
        max(bin_order) over (partition by attribute) as highest,
        count(*) over (partition by attribute) as observed_bins
    from typed
    where bin_order is not null
),

-- Both ends must be observed, else several names would stand for the same customers.
ranges as (
    select distinct
        bin_ranges.attribute,
        bin_ranges.segment,
        first_bins.observed_bins,
        bin_ranges.first_bin = bin_ranges.last_bin as is_single,
        bin_ranges.first_bin > first_bins.lowest
        and bin_ranges.last_bin = last_bins.highest as reaches_highest
    from settings.bin_ranges as bin_ranges
    inner join bins as first_bins
        on bin_ranges.attribute = first_bins.attribute and bin_ranges.first_bin = first_bins.bin_order
    inner join bins as last_bins
        on bin_ranges.attribute = last_bins.attribute and bin_ranges.last_bin = last_bins.bin_order
    cross join run
    cross join ranked_customers
    where
        not (bin_ranges.first_bin = first_bins.lowest and bin_ranges.last_bin = last_bins.highest)
        and (bin_ranges.first_bin = bin_ranges.last_bin or ranked_customers.customers >= run.range_min_n)
),

-- "Above x" is the complement of "below x", which is there too when ranges are.
range_levels as (
    select
        ranges.attribute,
        ranges.segment,
        bins.level,
        ranges.reaches_highest
        and (ranges.observed_bins = 2 or ranked_customers.customers >= run.range_min_n) as is_complement
    from ranges
    inner join settings.bin_ranges as bin_ranges
        on ranges.attribute = bin_ranges.attribute and ranges.segment = bin_ranges.segment
    inner join bins on bin_ranges.attribute = bins.attribute and bin_ranges.level = bins.level
    cross join run
    cross join ranked_customers
),

definitions as (
    select attribute, level as segment, level, is_complement from single_levels
    union all
    select attribute, segment, level, is_complement from range_levels
)

select
    -- The attribute. #not_null
    definitions.attribute,
    -- Name of the segment, as people read it. #not_null
    definitions.segment,
    -- A level that belongs to it. #not_null #unique_with[attribute,segment]
    definitions.level,
    -- Whether it is exactly what another segment leaves over, and is not counted as a hypothesis of its own. #not_null
    definitions.is_complement
from definitions
