-- The live Salesforce account that each record id stands for: itself, or the survivor at the end of its merges. Ids
-- that lead to a deleted record, or one created after the as-of date, are absent. Each step doubles the length of the
-- trail followed (16 merges at most).
with
first_hops as (
    select
        accounts.salesforce_account_id,
        coalesce(masters.salesforce_account_id, accounts.salesforce_account_id) as next_id
    from staging.salesforce_accounts as accounts
    left join staging.salesforce_accounts as masters
        on accounts.master_record_id = masters.salesforce_account_id
),

second_hops as (
    select hops.salesforce_account_id, onward.next_id
    from first_hops as hops
    inner join first_hops as onward on hops.next_id = onward.salesforce_account_id
),

fourth_hops as (
    select hops.salesforce_account_id, onward.next_id
    from second_hops as hops
    inner join second_hops as onward on hops.next_id = onward.salesforce_account_id
),

eighth_hops as (
    select hops.salesforce_account_id, onward.next_id
    from fourth_hops as hops
    inner join fourth_hops as onward on hops.next_id = onward.salesforce_account_id
),

sixteenth_hops as (
    select hops.salesforce_account_id, onward.next_id
    from eighth_hops as hops
    inner join eighth_hops as onward on hops.next_id = onward.salesforce_account_id
),

-- A trail that runs in a circle has no end, so its ids belong to no account.
ends as (
    select accounts.salesforce_account_id
    from staging.salesforce_accounts as accounts
    inner join first_hops
        on
            accounts.salesforce_account_id = first_hops.salesforce_account_id
            and accounts.salesforce_account_id = first_hops.next_id
    where not accounts.is_deleted
),

-- A company is as old as the oldest record merged into it.
known_by_then as (
    select distinct sixteenth_hops.next_id
    from sixteenth_hops
    inner join staging.salesforce_accounts as accounts
        on sixteenth_hops.salesforce_account_id = accounts.salesforce_account_id
    cross join settings.run
    where coalesce(cast(accounts.created_at as date) <= run.as_of, true)
)

select
    -- Record id of an account, merged ones included. #not_null #unique
    sixteenth_hops.salesforce_account_id,
    -- The live record it stands for. #not_null #references[staging.salesforce_accounts.salesforce_account_id]
    sixteenth_hops.next_id as survivor_id,
    -- Whether the id was merged into another record. #not_null
    sixteenth_hops.salesforce_account_id <> sixteenth_hops.next_id as is_merged
from sixteenth_hops
inner join ends on sixteenth_hops.next_id = ends.salesforce_account_id
inner join known_by_then on sixteenth_hops.next_id = known_by_then.next_id
