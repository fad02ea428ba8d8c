-- One row per ICP, segment and level in it: what can be tested. A segment is a set of levels of one attribute that the
-- ICP's observed accounts have: one level, "has X" for attributes with several values, or a run of neighbouring bins.
with
run as (
    select range_min_n from settings.run
),

-- The number of observations that the ICP is learned from.
compared as (
    select icp_id, case basis when 'wins' then closed_deals else ranked_customers end as observations
    from segments.learning_basis
),

observed as (
    select distinct observations.icp_id, levels.attribute, levels.level
    from segments.icp_observations as observations
    inner join segments.observed_levels as levels
        on observations.outcome = levels.outcome and observations.observation_id = levels.observation_id
),

typed as (
    select
        observed.icp_id,
        observed.attribute,
        observed.level,
        coalesce(attributes.type, 'categorical') as type,
        bins.bin_order
    from observed
    left join settings.attributes as attributes on observed.attribute = attributes.attribute
    left join settings.attribute_bins as bins
        on observed.attribute = bins.attribute and observed.level = bins.level
),

-- With only two levels, each is the complement of the other: shown, but not a second hypothesis.
single_levels as (
    select
        icp_id,
        attribute,
        level,
        type <> 'multi'
        and count(*) over (partition by icp_id, attribute) = 2
        and row_number() over (partition by icp_id, attribute order by level desc nulls last) = 2 as is_complement
    from typed
    where bin_order is null
),

bins as (
    select
        icp_id,
        attribute,
        level,
        bin_order,
        min(bin_order) over (partition by icp_id, attribute) as lowest,
        max(bin_order) over (partition by icp_id, attribute) as highest,
        count(*) over (partition by icp_id, attribute) as observed_bins
    from typed
    where bin_order is not null
),

-- Both ends must be observed, otherwise several names would mean the same customers. "Above x" is the complement of
-- "below x", which is also there if there are ranges.
ranges as (
    select distinct
        first_bins.icp_id,
        bin_ranges.attribute,
        bin_ranges.segment,
        bin_ranges.first_bin > first_bins.lowest
        and bin_ranges.last_bin = last_bins.highest
        and (first_bins.observed_bins = 2 or compared.observations >= run.range_min_n) as is_complement
    from settings.bin_ranges as bin_ranges
    inner join bins as first_bins
        on bin_ranges.attribute = first_bins.attribute and bin_ranges.first_bin = first_bins.bin_order
    inner join bins as last_bins
        on first_bins.icp_id = last_bins.icp_id
        and bin_ranges.attribute = last_bins.attribute
        and bin_ranges.last_bin = last_bins.bin_order
    inner join compared on first_bins.icp_id = compared.icp_id
    cross join run
    where
        not (bin_ranges.first_bin = first_bins.lowest and bin_ranges.last_bin = last_bins.highest)
        and (bin_ranges.first_bin = bin_ranges.last_bin or compared.observations >= run.range_min_n)
),

definitions as (
    select icp_id, attribute, level as segment, level, is_complement from single_levels
    union all
    select ranges.icp_id, ranges.attribute, ranges.segment, bins.level, ranges.is_complement
    from ranges
    inner join settings.bin_ranges as bin_ranges
        on ranges.attribute = bin_ranges.attribute and ranges.segment = bin_ranges.segment
    inner join bins
        on ranges.icp_id = bins.icp_id
        and bin_ranges.attribute = bins.attribute
        and bin_ranges.level = bins.level
)

select
    -- #not_null
    definitions.icp_id,
    -- #not_null
    definitions.attribute,
    -- Name of the segment, as people read it. #not_null
    definitions.segment,
    -- A level that belongs to it. #not_null #unique_with[icp_id,attribute,segment]
    definitions.level,
    -- Whether it is the exact complement of another segment, and so not a hypothesis of its own. #not_null
    definitions.is_complement
from definitions
