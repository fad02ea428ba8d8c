-- One row per ICP, criterion and prospecting tool: what to enter there for a saved search that matches the ICP.
select
    -- #not_null
    criteria.icp_id,
    -- Prospecting tool. #not_null #accepted[sales_navigator,apollo,linkedin_ads]
    criteria.tool,
    -- Name of the filter in the tool; NULL if it has none.
    criteria.field,
    -- any_of: include these; none_of: exclude them. #not_null #accepted[any_of,none_of]
    criteria.operator,
    -- Values to enter, separated by `;`; our own value where the tool has none for it. #not_null
    criteria.filter_values,
    -- exact: the filter means the same as the criterion. near: its bands or names differ. none: the tool has no such
    -- filter. #not_null #accepted[exact,near,none]
    criteria.exactness,
    -- Whether the saved search sets it: every exclusion, and as many of the strongest other filters as improve it
    -- (activation.filter_quality). #not_null
    criteria.exactness <> 'none'
    and (criteria.operator = 'none_of' or coalesce(fields.place <= quality.filters_set, false)) as is_used,
    -- Order of the filters, strongest first; NULL for exclusions and for criteria without a filter.
    fields.place,
    -- The criterion's attribute. #not_null
    criteria.attribute,
    -- The criterion's segment. #not_null #unique_with[icp_id,tool,attribute]
    criteria.segment
from activation.search_values as criteria
left join activation.search_order as fields
    on criteria.icp_id = fields.icp_id
    and criteria.tool = fields.tool
    and criteria.field = fields.field
    and criteria.operator = 'any_of'
    and criteria.exactness <> 'none'
left join activation.filter_quality as quality
    on criteria.icp_id = quality.icp_id and criteria.tool = quality.tool
