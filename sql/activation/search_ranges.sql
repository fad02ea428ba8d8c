-- One row per ICP, prospecting tool and numeric criterion that the tool has a filter for: as a range of its own, or as
-- its bands. A band is taken if half of it is in the criterion, or if it holds half of the criterion.
with
wanted as (
    select
        criteria.icp_id,
        fields.tool,
        criteria.attribute,
        criteria.segment,
        fields.field,
        fields.takes
    from icp.criteria as criteria
    inner join settings.search_fields as fields on criteria.attribute = fields.attribute
),

-- The range of a numeric criterion; an open end is far beyond any number.
spans as (
    select
        ranges.attribute,
        ranges.segment,
        min(coalesce(bins.lower_bound, 0)) as lower_bound,
        max(coalesce(bins.upper_bound, 1e15)) as upper_bound
    from settings.bin_ranges as ranges
    inner join settings.attribute_bins as bins
        on ranges.attribute = bins.attribute and ranges.level = bins.level
    group by ranges.attribute, ranges.segment
),

overlapping as (
    select
        wanted.icp_id,
        wanted.tool,
        wanted.attribute,
        wanted.segment,
        spans.lower_bound as span_lower,
        spans.upper_bound as span_upper,
        bands.band,
        bands.band_order,
        bands.lower_bound,
        coalesce(bands.upper_bound, 1e15) as upper_bound,
        least(spans.upper_bound, coalesce(bands.upper_bound, 1e15)) - greatest(spans.lower_bound, bands.lower_bound)
            as overlap
    from wanted
    inner join spans on wanted.attribute = spans.attribute and wanted.segment = spans.segment
    inner join settings.search_bands as bands
        on wanted.tool = bands.tool and wanted.attribute = bands.attribute
    where wanted.takes = 'bands'
),

banded as (
    select
        icp_id,
        tool,
        attribute,
        segment,
        string_agg(band, ';' order by band_order nulls first) as filter_values,
        min(lower_bound) as lower_bound,
        max(upper_bound) as upper_bound,
        case
            when min(lower_bound) = min(span_lower) and max(upper_bound) = max(span_upper) then 'exact'
            else 'near'
        end as exactness
    from overlapping
    where overlap >= 0.5 * least(upper_bound - lower_bound, span_upper - span_lower)
    group by icp_id, tool, attribute, segment
),

ranged as (
    select
        wanted.icp_id,
        wanted.tool,
        wanted.attribute,
        wanted.segment,
        wanted.segment as filter_values,
        spans.lower_bound,
        spans.upper_bound,
        'exact' as exactness
    from wanted
    inner join spans on wanted.attribute = spans.attribute and wanted.segment = spans.segment
    where wanted.takes = 'range'
),

said as (
    select icp_id, tool, attribute, segment, filter_values, lower_bound, upper_bound, exactness from banded
    union all
    select icp_id, tool, attribute, segment, filter_values, lower_bound, upper_bound, exactness from ranged
)

select
    -- #not_null
    said.icp_id,
    -- Prospecting tool. #not_null #unique_with[icp_id,attribute,segment]
    said.tool,
    -- The criterion's attribute. #not_null
    said.attribute,
    -- The criterion's segment. #not_null
    said.segment,
    -- Values to enter, separated by `;`. #not_null
    said.filter_values,
    -- Lowest number in the entered bands or range. #not_null
    said.lower_bound,
    -- First number above them; NULL if open-ended. #not_null
    said.upper_bound,
    -- exact: the filter means the same as the criterion. near: its bands differ. #not_null #accepted[exact,near]
    said.exactness
from said
