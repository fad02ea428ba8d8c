-- One row per finding about the data that came in: files, records that contradict one another, usage of nobody known.
with
held_files as (
    select
        'HELD_FILE' as code,
        'warning' as severity,
        path || ' was not read: ' || coalesce(reason, 'its content was not understood')
        || '. Correct the file or its entry in icp.yaml; the run went on without it.' as message,
        path as subject
    from quality.source_files
    where status = 'held'
),

missing_sources as (
    select
        'SOURCE_MISSING' as code,
        'warning' as severity,
        'sources.' || source || ' in icp.yaml reads ' || path || ', and no landed file has such a name, so nothing was '
        || 'read for it. Land the file, correct `file:`, or take the entry out.' as message,
        source as subject
    from quality.source_files
    where status = 'missing'
),

ignored_files as (
    select
        'IGNORED_FILE' as code,
        'warning' as severity,
        path || ' was not read (' || coalesce(reason, 'not used') || '), though it has columns of accounts: '
        || account_columns || '. If it holds accounts, export them with their id and name and without columns of other '
        || 'objects, or map it under `sources:`; else take it out of landing/.' as message,
        path as subject
    from quality.source_files
    where status = 'ignored' and account_columns is not null
),

rejected_rows as (
    select
        'REJECTED_ROWS' as code,
        case when rows_rejected >= 0.05 * rows_read then 'warning' else 'info' end as severity,
        cast(rows_rejected as varchar) || ' of ' || cast(rows_read as varchar) || ' rows of ' || path
        || ' could not be used. Lines and reasons are in quality.rejected_rows.' as message,
        path as subject
    from quality.source_files
    where rows_rejected > 0
),

short_rows as (
    select
        'SHORT_ROWS' as code,
        'warning' as severity,
        cast(lines as varchar) || ' rows of ' || path || ' (the first: line ' || cast(first_line as varchar)
        || ') have fewer cells than its header, and the missing last ones were read as blank. '
        || 'If they are not blank where the file is from, export it again.' as message,
        path as subject
    from lake.file_note
    where code = 'SHORT_ROWS'
),

encoded_twice as (
    select
        'ENCODED_TWICE' as code,
        'warning' as severity,
        cast(lines as varchar) || ' of the first lines of ' || path || ' (the first: line '
        || cast(first_line as varchar) || ') hold letters that were encoded twice, so names are garbled. '
        || 'Export the file again as UTF-8.' as message,
        path as subject
    from lake.file_note
    where code = 'ENCODED_TWICE'
),

amounts_by_file as (
    select
        source_path,
        sum(case when reason like 'no rate%' or reason like 'several%' then 1 else 0 end) as without_rate,
        sum(case when reason like 'no rate%' or reason like 'several%' then 0 else 1 end) as impossible
    from staging.rejected_amounts
    group by source_path
),

rejected_amounts as (
    select
        'REJECTED_AMOUNTS' as code,
        -- Without a rate all amounts of a currency are lost, and with them those who pay in it.
        case when without_rate > 0 then 'warning' else 'info' end as severity,
        source_path || ' holds amounts that cannot be turned into dollars: '
        || case
            when without_rate > 0
                then
                    cast(without_rate as varchar)
                    || ' in a currency without a rate (add it under currency.rates in icp.yaml)'
            else ''
        end
        || case when without_rate > 0 and impossible > 0 then ', ' else '' end
        || case when impossible > 0 then cast(impossible as varchar) || ' negative or too large' else '' end
        || '. The lines are in quality.rejected_rows.' as message,
        source_path as subject
    from amounts_by_file
),

converted_by_file as (
    select deals.source_path, deals.currency, count(*) as amounts
    from (
        select source_path, currency, amount, amount_in_home_currency as converted_amount
        from staging.hubspot_deals
        union all
        select source_path, currency, amount, converted_amount
        from staging.salesforce_opportunities
        where not is_deleted
    ) as deals
    left join settings.currency_rates on deals.currency = currency_rates.currency
    where
        deals.currency is not null
        and deals.amount >= 0
        and deals.converted_amount >= 0
        and currency_rates.currency is null
    group by deals.source_path, deals.currency
),

converted_amounts as (
    select
        'REJECTED_AMOUNTS' as code,
        'warning' as severity,
        source_path || ' holds ' || cast(amounts as varchar)
        || case amounts when 1 then ' amount in ' else ' amounts in ' end || currency
        || ', which has no rate in icp.yaml: the CRM''s own conversion, which stands beside them, counts instead. '
        || 'Add a rate under currency.rates to use your own.' as message,
        source_path as subject
    from converted_by_file
),

subscriptions_by_file as (
    select
        source_path,
        sum(case when items > 1 then 1 else 0 end) as with_items,
        sum(case when differing_lines > 0 then 1 else 0 end) as with_differing_lines,
        sum(differing_lines) as differing_lines,
        sum(case
            when
                replace(replace(subscription_status, '_', ''), ' ', '') in ('paused', 'unpaid')
                then 1
            else 0
        end) as not_paid,
        sum(case when billing_interval = 'once' then 1 else 0 end) as once,
        sum(case when status_kind = 'unknown' then 1 else 0 end) as unknown,
        min(case when status_kind = 'unknown' then subscription_status end) as first_unknown
    from staging.subscriptions
    group by source_path
),

subscription_findings as (
    select
        'SUBSCRIPTION_ITEMS' as code,
        'info' as severity,
        cast(with_items as varchar) || ' subscriptions of ' || source_path
        || ' stand in several lines with different plans: their amounts were added up.' as message,
        source_path as subject
    from subscriptions_by_file
    where with_items > 0
    union all
    select
        'DIFFERING_LINES' as code,
        'warning' as severity,
        cast(differing_lines as varchar) || ' lines of ' || source_path || ' repeat the id of '
        || cast(with_differing_lines as varchar) || ' subscriptions with other values and the same plan, or with another '
        || 'state: the last line of each id counts. Export one line per subscription or plan.' as message,
        source_path as subject
    from subscriptions_by_file
    where differing_lines > 0
    union all
    select
        'SUBSCRIPTIONS_NOT_COUNTED' as code,
        'info' as severity,
        source_path || ' holds subscriptions that are not recurring revenue: ' || cast(not_paid as varchar)
        || ' paused or unpaid, ' || cast(once as varchar) || ' charged once. If they are paid, map their status to '
        || 'active under `values:` in icp.yaml.' as message,
        source_path as subject
    from subscriptions_by_file
    where not_paid + once > 0
    union all
    select
        'UNKNOWN_STATUS' as code,
        'warning' as severity,
        cast(unknown as varchar) || ' subscriptions of ' || source_path || ' have a status that is not known, such as '
        || first_unknown || ', and count as running. Say what it means under `values:` in icp.yaml, such as active or '
        || 'canceled.' as message,
        source_path as subject
    from subscriptions_by_file
    where unknown > 0
),

unknown_stages as (
    select
        deals.source_name,
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
    -- Where age ends deals, open is what they are said to be.
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
        source_path || ' lacks flags that say which deals are closed won and closed lost. Of ' || cast(deals as varchar)
        || ' deals the stage decided ' || cast(by_stage as varchar) || ', its probability '
        || cast(by_probability as varchar)
        || case
            when untold > 0
                then ', and for ' || cast(untold as varchar) || ' nothing says it, so they count as open unless a flag '
                || 'says otherwise'
            else ''
        end
        || '. Export it with ''Is Closed Won'' and ''Is Deal Closed?'' (Salesforce: IsWon and IsClosed).' as message,
        source_path as subject
    from outcomes_by_file
    where by_stage + by_probability + untold > 0
),

conflicts as (
    select code, 'warning' as severity, message, subject
    from core.key_conflicts
),

unmapped_usage as (
    select
        'UNMAPPED_USAGE' as code,
        case when mapped_share < 0.9 then 'warning' else 'info' end as severity,
        cast(events - mapped_events as varchar) || ' of ' || cast(events as varchar)
        || ' usage events belong to groups that no account is known for, so '
        || cast(cast(round(100 * (1 - mapped_share)) as integer) as varchar) || ' % of usage counts for nobody. '
        || 'Send `groups` calls with a domain or CRM id, or land a mapping file beside the events.' as message,
        'usage' as subject
    from core.usage_mapping
    where events > mapped_events
),

-- Usage has its own warning above. Most visitors of a website are in nobody's CRM, unless none of them is.
orphaned_rows as (
    select
        'ORPHANS' as code,
        case
            when kind = 'web_event' then case when rows_orphaned = rows_total then 'warning' else 'info' end
            when share >= 0.1 then 'warning'
            else 'info'
        end as severity,
        cast(rows_orphaned as varchar) || ' of ' || cast(rows_total as varchar) || ' rows of kind ' || kind
        || ' name an account that is in no account file, so they count for nobody. '
        || 'Land the account export that goes with them, or check their ids and domains.' as message,
        kind as subject
    from core.orphans
    where rows_orphaned > 0 and kind <> 'usage_event'
),

deal_files as (
    select source_path, count(*) as deals, count(hubspot_company_id) as linked_deals
    from staging.hubspot_deals
    group by source_path
),

deals_without_company as (
    select
        'DEALS_WITHOUT_COMPANY' as code,
        'warning' as severity,
        source_path || ' names no company for any of its ' || cast(deals as varchar) || ' deals, so they count for '
        || 'nobody. Export them with the column ''Associated Company IDs (Primary)'', or with ''companies'' from the '
        || 'API.' as message,
        source_path as subject
    from deal_files
    where linked_deals = 0
),

later_rows as (
    select
        'AFTER_AS_OF' as code,
        case when contradictory_rows > 0 then 'warning' else 'info' end as severity,
        path || ' holds rows of kind ' || kind || ' that are dated (' || event || ') after the day of the run: '
        || cast(later_rows as varchar) || ', the last ' || cast(last_date as varchar)
        || case
            when event = 'closed' then '; these deals count as open until then.'
            else '; they count for nothing yet.'
        end
        || case
            when contradictory_rows > 0
                then
                    ' Closed in the CRM by the day of the run already: ' || cast(contradictory_rows as varchar)
                    || '. Correct their close date there.'
            else ''
        end as message,
        path as subject
    from quality.later_records
),

-- A HubSpot deal that names its Salesforce opportunity is gone from core.deals already.
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
        'account ' || account_id || ' has closed deals of the same amount and day in Salesforce and HubSpot: '
        || cast(deals as varchar) || ' (first: ' || salesforce_deal_id || ' and ' || hubspot_deal_id || '). If they are '
        || 'the same, they count twice: export HubSpot''s deals with their Salesforce opportunity id.' as message,
        account_id as subject
    from deals_of_both
),

unusable_ids as (
    select
        coalesce(sum(case when length(salesforce_account_id) <> 18 then 1 else 0 end), 0) as salesforce_ids,
        coalesce(sum(case
            when coalesce(cast(try_cast(hubspot_company_id as bigint) as varchar), '') <> hubspot_company_id then 1
            else 0
        end), 0) as hubspot_ids
    from core.accounts
),

record_ids as (
    select
        'UNUSABLE_RECORD_ID' as code,
        'warning' as severity,
        cast(salesforce_ids as varchar)
        || ' accounts have a Salesforce Id that is not 18 characters long, so their tiers cannot be written back. '
        || 'Export the Account object again with its Id.' as message,
        'salesforce' as subject
    from unusable_ids
    where salesforce_ids > 0
    union all
    select
        'UNUSABLE_RECORD_ID' as code,
        'warning' as severity,
        cast(hubspot_ids as varchar)
        || ' accounts have a HubSpot Record ID that is not a number, so their tiers cannot be written back. '
        || 'Export companies again with Record ID.' as message,
        'hubspot' as subject
    from unusable_ids
    where hubspot_ids > 0
),

findings as (
    select code, severity, message, subject from held_files
    union all
    select code, severity, message, subject from missing_sources
    union all
    select code, severity, message, subject from ignored_files
    union all
    select code, severity, message, subject from rejected_rows
    union all
    select code, severity, message, subject from short_rows
    union all
    select code, severity, message, subject from encoded_twice
    union all
    select code, severity, message, subject from rejected_amounts
    union all
    select code, severity, message, subject from converted_amounts
    union all
    select code, severity, message, subject from outcomes_without_flags
    union all
    select code, severity, message, subject from untold_outcomes
    union all
    select code, severity, message, subject from subscription_findings
    union all
    select code, severity, message, subject from conflicts
    union all
    select code, severity, message, subject from unmapped_usage
    union all
    select code, severity, message, subject from orphaned_rows
    union all
    select code, severity, message, subject from deals_without_company
    union all
    select code, severity, message, subject from later_rows
    union all
    select code, severity, message, subject from possible_duplicates
    union all
    select code, severity, message, subject from record_ids
)

select
    -- What kind of finding. #not_null
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- What it is about: a file, a domain, a record.
    findings.subject
from findings
