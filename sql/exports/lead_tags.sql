-- One row per Salesforce lead and HubSpot contact: the tags that its CRM should carry, and whether they differ from
-- those last written. A converted Salesforce lead can no longer be changed, so it has no row.
with
wanted as (
    select
        leads.source_system as target,
        leads.record_id,
        leads.lead_id,
        tiers.tier,
        -- NaN sorts above every number, so only a range test keeps it (and infinity) out of the CRM.
        case
            when tiers.tier <> 'unscored' and scores.fit_score >= 0 and scores.fit_score <= 100
                then cast(scores.fit_score as decimal(5, 2))
        end as score,
        routes.route,
        scores.icp_version
    from core.leads
    inner join activation.lead_tiers as tiers on leads.lead_id = tiers.lead_id
    inner join activation.lead_routes as routes on leads.lead_id = routes.lead_id
    left join icp.lead_scores as scores on tiers.lead_id = scores.lead_id and tiers.icp_id = scores.icp_id
    where
        (leads.source_system = 'salesforce' and not leads.is_converted)
        or (
            leads.source_system = 'hubspot'
            -- Only plain numbers are Record IDs; anything else would stop the import.
            and cast(try_cast(leads.record_id as bigint) as varchar) = leads.record_id
        )
),

given as (
    select
        tags.*,
        row_number() over (
            partition by tags.target, tags.record_id order by coalesce(runs.sequence, 0) desc, tags.run_id desc
        ) as recency
    from history.lead_tags as tags
    left join history.runs as runs on tags.run_id = runs.run_id
)

select
    -- CRM that holds the record. #not_null #accepted[salesforce,hubspot]
    wanted.target,
    -- Id of the lead or contact in that CRM. #not_null #unique_with[target]
    wanted.record_id,
    -- #not_null
    wanted.lead_id,
    -- Tier to write. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    wanted.tier,
    -- Fit score to write, 0 to 100; NULL when unscored. #between[0,100]
    wanted.score,
    -- Route to write. #not_null
    wanted.route,
    -- Version that gave the tier.
    wanted.icp_version,
    -- Whether the CRM has to be updated: another tier, route or version, or a score that moved by the step. #not_null
    given.record_id is null
    or given.tier is null
    or given.tier <> wanted.tier
    or given.route <> wanted.route
    or coalesce(given.icp_version, '') <> coalesce(wanted.icp_version, '')
    or coalesce(abs(cast(given.score as decimal(5, 2)) - wanted.score) >= run.score_step, false)
    or (given.score is null and wanted.score is not null)
    or (given.score is not null and wanted.score is null) as is_changed
from wanted
cross join settings.run
left join given on wanted.target = given.target and wanted.record_id = given.record_id and given.recency = 1
