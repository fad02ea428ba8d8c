-- One row per ICP, prospecting tool and filter of wanted values: the order in which filters are set, must-have criteria
-- first, then the strongest.
select
    -- #not_null
    said.icp_id,
    -- Prospecting tool. #not_null
    said.tool,
    -- Name of the filter in the tool. #not_null #unique_with[icp_id,tool]
    said.field,
    -- 1 if it is for a must-have criterion. #not_null
    max(case when said.kind = 'must_have' then 1 else 0 end) as is_must_have,
    -- Order of the filter, from 1. #not_null
    cast(row_number() over (
        partition by said.icp_id, said.tool
        order by
            max(case when said.kind = 'must_have' then 1 else 0 end) desc,
            max(said.points) desc nulls last,
            said.field asc
    ) as bigint) as place
from activation.search_values as said
where said.operator = 'any_of' and said.exactness <> 'none'
group by said.icp_id, said.tool, said.field
