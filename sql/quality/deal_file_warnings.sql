-- One row per finding about what deal files leave open: how deals ended, and whether both CRMs hold the same deals.
with
unknown_stages as (
    select
        deals.source_path,
        count(*) as deals,
        sum(case when deals.is_won is null and deals.is_closed is null and stages.stage_id is null then 1 else 0 end)
            as untold,
        min(case when deals.is_won is null and deals.is_closed is null and stages.stage_id is null then deals.stage_id end)
            as first_stage
    from staging.mapped_deals as deals
    left join (
        select distinct stage_id
        from staging.mapped_deal_stages
        where is_won is not null or is_closed is not null
    ) as stages on deals.stage_id = stages.stage_id
    -- If age ends deals, they are exported as open.
    left join settings.lost_after on deals.source_name = lost_after.source_name
    where not deals.is_deleted and lost_after.source_name is null
    group by deals.source_name, deals.source_path
),

untold_outcomes as (
    select
        'OUTCOME_UNKNOWN' as code,
        'warning' as severity,
        'of ' || cast(deals as varchar) || ' deals of ' || source_path || ' ' || cast(untold as varchar)
        || ' have no won or closed flag, and their stage'
        || coalesce(', such as ' || first_stage || ',', '')
        || ' is in no stage table, so they count as open. Map is_won and is_closed, or land the stages as kind '
        || 'deal_stage.' as message,
        source_path as subject
    from unknown_stages
    where untold > 0
),

outcomes_by_file as (
    select
        source_path,
        sum(case when outcome_from = 'stage' then 1 else 0 end) as by_stage,
        sum(case when outcome_from = 'probability' then 1 else 0 end) as by_probability,
        sum(case when outcome_from = 'nothing' then 1 else 0 end) as untold,
        count(*) as deals
    from (
        select source_path, outcome_from from staging.hubspot_deals
        union all
        select source_path, outcome_from from staging.salesforce_opportunities where not is_deleted
    ) as deals
    group by source_path
),

outcomes_without_flags as (
    select
        'OUTCOME_FROM_STAGE' as code,
        'warning' as severity,
        source_path || ' has no flags for closed won and closed lost. Of ' || cast(deals as varchar)
        || ' deals, the stage decided ' || cast(by_stage as varchar) || ', its probability '
        || cast(by_probability as varchar)
        || case
            when untold > 0
                then ', and for ' || cast(untold as varchar) || ' nothing did, so they count as open unless a flag '
                || 'says otherwise'
            else ''
        end
        || '. Export the columns ''Is Closed Won'' and ''Is Deal Closed?'' (Salesforce: IsWon and IsClosed).' as message,
        source_path as subject
    from outcomes_by_file
    where by_stage + by_probability + untold > 0
),

-- A HubSpot deal that names its Salesforce opportunity is already left out of core.deals.
deals_of_both as (
    select
        salesforce_deals.account_id,
        count(distinct hubspot_deals.deal_id) as deals,
        min(salesforce_deals.deal_id) as salesforce_deal_id,
        min(hubspot_deals.deal_id) as hubspot_deal_id
    from core.deals as salesforce_deals
    inner join core.deals as hubspot_deals
        on
            salesforce_deals.account_id = hubspot_deals.account_id
            and salesforce_deals.closed_at = hubspot_deals.closed_at
            and salesforce_deals.amount_usd = hubspot_deals.amount_usd
            and salesforce_deals.is_won = hubspot_deals.is_won
    where
        salesforce_deals.source_system = 'salesforce'
        and hubspot_deals.source_system = 'hubspot'
        and salesforce_deals.amount_usd > 0
    group by salesforce_deals.account_id
),

possible_duplicates as (
    select
        'POSSIBLE_DUPLICATE_DEAL' as code,
        'warning' as severity,
        'account ' || account_id || ' has closed deals with the same amount and day in Salesforce and HubSpot: '
        || cast(deals as varchar) || ' (first: ' || salesforce_deal_id || ' and ' || hubspot_deal_id || '). If they are '
        || 'the same, they count twice: export HubSpot''s deals with their Salesforce opportunity id.' as message,
        account_id as subject
    from deals_of_both
),

findings as (
    select code, severity, message, subject from untold_outcomes
    union all
    select code, severity, message, subject from outcomes_without_flags
    union all
    select code, severity, message, subject from possible_duplicates
)

select
    -- #not_null #accepted[OUTCOME_UNKNOWN,OUTCOME_FROM_STAGE,POSSIBLE_DUPLICATE_DEAL]
    findings.code,
    findings.severity,
    findings.message,
    -- The file, or the account whose deals they are. #not_null
    findings.subject
from findings
