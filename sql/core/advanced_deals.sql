-- One row per deal that reached a late stage (`proxies` in icp.yaml), however it ended.
with
run as (
    select as_of, late_probability from settings.run
),

late_changes as (
    select distinct history.opportunity_id
    from staging.salesforce_opportunity_history as history
    cross join run
    left join settings.late_stages as late_stages on lower(history.stage_name) = late_stages.stage
    where
        not history.is_deleted
        and cast(history.created_at as date) <= run.as_of
        -- 0 and 100 are set when a deal closes.
        and (late_stages.stage is not null or (history.probability >= run.late_probability and history.probability < 100))
)

select
    -- Deal. #not_null #unique #references[core.deals.deal_id]
    deals.deal_id
from core.deals as deals
left join late_changes
    on deals.source_system = 'salesforce' and deals.source_deal_id = late_changes.opportunity_id
left join settings.late_stages as late_stages on lower(deals.stage) = late_stages.stage
where late_changes.opportunity_id is not null or late_stages.stage is not null
