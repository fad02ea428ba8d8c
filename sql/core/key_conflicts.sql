-- Records that contradict each other, one row per finding. None of them duplicates an account or stops the run.
with
duplicate_domains as (
    select
        domain,
        count(*) as accounts,
        max(case when domain_rank = 1 then account_id end) as owner_id
    from core.account_domains
    where priority = 1
    group by domain
    having count(*) > 1
),

conflicts as (
    select
        'DUPLICATE_DOMAIN' as code,
        domain as subject,
        cast(accounts as varchar) || ' accounts share the domain ' || domain || '; rows that name only the domain go to '
        || owner_id || '. Merge the records in the CRM.' as message
    from duplicate_domains

    union all

    select
        'SECOND_HUBSPOT_COMPANY' as code,
        account_id as subject,
        'HubSpot company ' || hubspot_company_id || ' names Salesforce account ' || claimed_salesforce_id
        || ', which another company is already linked to; it stays a separate account.' as message
    from core.hubspot_companies
    where matched_by = 'second_claim'

    union all

    select
        'UNKNOWN_SALESFORCE_ID' as code,
        hubspot_companies.account_id as subject,
        'HubSpot company ' || hubspot_companies.hubspot_company_id || ' names Salesforce account '
        || hubspot_companies.claimed_salesforce_id || ', which is deleted or not in the files.' as message
    from core.hubspot_companies
    left join core.salesforce_survivors
        on hubspot_companies.claimed_salesforce_id = salesforce_survivors.salesforce_account_id
    where
        hubspot_companies.claimed_salesforce_id is not null
        and salesforce_survivors.salesforce_account_id is null
        -- Without any Salesforce file its ids cannot be checked.
        and exists (select 1 from staging.salesforce_accounts)

    union all

    select
        'CONTRADICTING_IDS' as code,
        account_id as subject,
        'record ' || record_id || ' of ' || source_name || ' names Salesforce account ' || claimed_salesforce_id
        || ' and HubSpot company ' || claimed_hubspot_id || ', which are two accounts; Salesforce wins.' as message
    from core.mapped_companies
    where salesforce_match <> hubspot_match

    union all

    select
        'MERGED_INTO_MISSING' as code,
        accounts.salesforce_account_id as subject,
        'Salesforce account ' || accounts.salesforce_account_id || ' was merged into ' || accounts.master_record_id
        || ', which is deleted or not in the files; its deals and usage are not counted.' as message
    from staging.salesforce_accounts as accounts
    left join core.salesforce_survivors
        on accounts.salesforce_account_id = salesforce_survivors.salesforce_account_id
    where accounts.master_record_id is not null and salesforce_survivors.salesforce_account_id is null

    union all

    select
        'AMBIGUOUS_KEY' as code,
        key_value as subject,
        'the key ' || key_value || ' names ' || cast(count(distinct account_id) as varchar)
        || ' accounts in different systems; rows that name no system go to the first.' as message
    from core.account_keys
    where key_type <> 'domain'
    group by key_value
    having count(distinct account_id) > 1

    union all

    select
        'PARENT_CIRCLE' as code,
        top_id as subject,
        'the parents of ' || cast(count(*) as varchar) || ' accounts form a circle or a chain of more than 128, such as '
        || 'that of ' || min(account_id) || '; they count as accounts of one parent. Correct the parents in the CRM.'
            as message
    from core.parent_tops
    where is_circular
    group by top_id

    union all

    select
        'CHURN_BEFORE_START' as code,
        account_id as subject,
        'account ' || account_id || ' churned on ' || cast(churned_at as varchar) || ', before it became a customer on '
        || cast(customer_since as varchar) || '; it is excluded from the outcomes.' as message
    from core.customers
    where is_contradictory

    union all

    select
        'SUBSCRIPTION_ENDS_BEFORE_START' as code,
        account_id as subject,
        'subscription ' || subscription_id || ' of account ' || account_id
        || ' ends before it starts; it is ignored.' as message
    from core.account_subscriptions
    where is_contradictory
)

select
    -- Kind of contradiction. #not_null
    code,
    -- The account, record, key or domain it is about. #not_null
    subject,
    -- What was found and what was done about it. #not_null
    message
from conflicts
