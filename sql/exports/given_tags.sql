-- One row per CRM record and ICP: the tags that the CRM was last given.
with
given as (
    select
        tags.target,
        tags.record_id,
        -- Tags from before there could be several ICPs are those of the primary one.
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
    -- Its tier there: gone once the record is in no export any more, NULL where nobody knows whether the CRM took it.
    tier,
    -- Its score there.
    score,
    -- ICP version that gave the tier.
    icp_version,
    -- What to do, as it was given; NULL for further ICPs.
    action,
    -- Tier that somebody thought right, as it was given; NULL for none.
    override_tier
from given
where recency = 1
