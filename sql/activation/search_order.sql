-- One row per ICP, prospecting tool and filter that asks for something: the order in which filters are set, those of
-- must-have criteria first, then the strongest.
select
    -- ICP. #not_null
    said.icp_id,
    -- Prospecting tool. #not_null
    said.tool,
    -- What the tool calls the filter. #not_null #unique_with[icp_id,tool]
    said.field,
    -- 1 where a must-have criterion is behind it. #not_null
    max(case when said.kind = 'must_have' then 1 else 0 end) as is_must_have,
    -- Its place. #not_null
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
