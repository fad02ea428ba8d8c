-- One row per ICP, prospecting tool and criterion: the tool's own bands or names for our values.
with
wanted as (
    select
        criteria.icp_id,
        fields.tool,
        criteria.attribute,
        criteria.segment,
        fields.takes
    from icp.criteria as criteria
    inner join settings.search_fields as fields on criteria.attribute = fields.attribute
),

-- A group in the settings is looked up by its own name, and by the values in it.
spellings as (
    select attribute, segment, segment as level from wanted
    union distinct
    select wanted.attribute, wanted.segment, level_groups.level
    from wanted
    inner join settings.level_groups
        on wanted.attribute = level_groups.attribute and wanted.segment = level_groups.grouped_level
),

names as (
    select distinct
        wanted.icp_id,
        wanted.tool,
        wanted.attribute,
        wanted.segment,
        search_names.name,
        case when spellings.level = wanted.segment then search_names.exactness else 'near' end as exactness
    from wanted
    inner join spellings on wanted.attribute = spellings.attribute and wanted.segment = spellings.segment
    inner join settings.search_names
        on wanted.tool = search_names.tool
        and wanted.attribute = search_names.attribute
        and search_names.level_key
        = replace(
            replace(
                replace(replace(replace(lower(spellings.level), '_', ' '), '/', ' '), ' & ', ' '), ' and ', ' '
            ), ', ', ' '
        )
    where wanted.takes = 'names'
),

named as (
    select
        icp_id,
        tool,
        attribute,
        segment,
        string_agg(name, ';' order by name nulls first) as filter_values,
        max(exactness) as exactness
    from (
        select icp_id, tool, attribute, segment, name, max(exactness) as exactness
        from names
        group by icp_id, tool, attribute, segment, name
    ) as each_name
    group by icp_id, tool, attribute, segment
),

-- No tool knows a level that stands for a blank.
spoken as (
    select wanted.icp_id, wanted.tool, wanted.attribute, wanted.segment
    from wanted
    left join settings.blank_levels
        on wanted.attribute = blank_levels.attribute and wanted.segment = blank_levels.level
    left join (select distinct country_name from settings.country_regions) as countries
        on wanted.segment = countries.country_name
    where
        blank_levels.level is null
        and (wanted.takes = 'any' or (wanted.takes = 'countries' and countries.country_name is not null))
),

said as (
    select icp_id, tool, attribute, segment, filter_values, lower_bound, upper_bound, exactness
    from activation.search_ranges
    union all
    select
        icp_id, tool, attribute, segment, filter_values, cast(null as double) as lower_bound,
        cast(null as double) as upper_bound, exactness
    from named
    union all
    select
        icp_id, tool, attribute, segment, replace(segment, ';', ',') as filter_values, cast(null as double) as lower_bound,
        cast(null as double) as upper_bound, 'exact' as exactness
    from spoken
),

tools as (
    select distinct tool from settings.search_fields
)

select
    -- #not_null
    criteria.icp_id,
    -- Prospecting tool. #not_null #accepted[sales_navigator,apollo,linkedin_ads]
    tools.tool,
    -- The criterion's attribute. #not_null
    criteria.attribute,
    -- The criterion's segment. #not_null #unique_with[icp_id,tool,attribute]
    criteria.segment,
    -- Role of the criterion. #not_null
    criteria.kind,
    -- Log-odds that it adds.
    criteria.points,
    -- Name of the filter in the tool; NULL if it has none.
    fields.field,
    -- Whether the search asks for the values or excludes them. #not_null #accepted[any_of,none_of]
    case when criteria.kind in ('negative', 'disqualifier') then 'none_of' else 'any_of' end as operator,
    -- Values to enter, separated by `;`; our own value where the tool has none for it. #not_null
    coalesce(said.filter_values, replace(criteria.segment, ';', ',')) as filter_values,
    -- Lowest number in the entered bands or range; NULL if not numeric.
    said.lower_bound,
    -- First number above them; NULL if open-ended.
    said.upper_bound,
    -- exact: the filter means the same as the criterion. near: its bands or names differ. none: the tool has no such
    -- filter. #not_null #accepted[exact,near,none]
    coalesce(said.exactness, 'none') as exactness
from icp.criteria as criteria
cross join tools
left join settings.search_fields as fields
    on tools.tool = fields.tool and criteria.attribute = fields.attribute
left join said
    on criteria.icp_id = said.icp_id
    and tools.tool = said.tool
    and criteria.attribute = said.attribute
    and criteria.segment = said.segment
