-- What the stages of a mapped CRM mean; the later file wins.
with
ranked as (
    select
        deal_stage.*,
        row_number() over (
            partition by source_name, trim(stage_id)
            order by source_order desc nulls last, source_path desc nulls last, source_line desc nulls last
        ) as recency
    from lake.deal_stage
)

select
    -- Key under `sources:` in icp.yaml. #unique_with[stage_id]
    source_name,
    -- Stage as deals name it. #not_null
    trim(stage_id) as stage_id,
    -- Whether deals in this stage are closed.
    try_cast(is_closed as boolean) as is_closed,
    -- Whether deals in this stage are won.
    try_cast(is_won as boolean) as is_won,
    source_path,
    source_line
from ranked
where recency = 1 and not coalesce(try_cast(is_deleted as boolean), false)
