-- One row per ICP, criterion and prospecting tool: what to enter there for a saved search like the ICP.
select
    -- ICP. #not_null
    criteria.icp_id,
    -- Prospecting tool. #not_null #accepted[sales_navigator,apollo,linkedin_ads]
    criteria.tool,
    -- What the tool calls the filter; NULL where it has none.
    criteria.field,
    -- any_of: include these; none_of: exclude them. #not_null #accepted[any_of,none_of]
    criteria.operator,
    -- What to enter, `;` between; our own value where the tool has no word for it. #not_null
    criteria.filter_values,
    -- Whether the tool means the same as the ICP: exact, near (its bands or names differ), none (it cannot say it).
    -- #not_null #accepted[exact,near,none]
    criteria.exactness,
    -- Whether the saved search sets it: exclusions always, of the others as many of the strongest as pay
    -- (activation.filter_quality). #not_null
    criteria.exactness <> 'none'
    and (criteria.operator = 'none_of' or coalesce(fields.place <= quality.filters_set, false)) as is_used,
    -- Order of the filters, the strongest first; NULL for exclusions and what the tool cannot say.
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
