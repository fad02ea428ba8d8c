-- One row per CRM record and ICP: the tags last written to the CRM.
with
given as (
    select
        tags.target,
        tags.record_id,
        -- Tags from releases with only one ICP are those of the primary one.
        coalesce(tags.icp_id, 'primary') as icp_id,
        tags.tier,
        tags.score,
        tags.icp_version,
        tags.action,
        tags.override_tier,
        row_number() over (
            partition by tags.target, tags.record_id, coalesce(tags.icp_id, 'primary')
            order by coalesce(runs.sequence, 0) desc, tags.run_id desc
        ) as recency
    from history.crm_tags as tags
    left join history.runs as runs on tags.run_id = runs.run_id
)

select
    -- CRM that holds the record. #not_null
    target,
    -- Id of the record in that CRM. #not_null #unique_with[target,icp_id]
    record_id,
    -- ICP whose tags these are. #not_null
    icp_id,
    -- Tier there: `gone` once no export has the record any more, NULL if it is unknown whether the write succeeded.
    tier,
    -- Score there.
    score,
    -- ICP version that gave the tier.
    icp_version,
    -- Action that was written to the CRM; NULL for further ICPs.
    action,
    -- Override tier that was written to the CRM; NULL if none.
    override_tier
from given
where recency = 1
