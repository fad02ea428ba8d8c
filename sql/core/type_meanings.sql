-- One row per account type, lifecycle stage and record type: what it says about an account. Names in icp.yaml decide;
-- else the words in the name, unless the accounts' deals contradict them: a company that we sell to is a prospect,
-- whatever it is called.
with
-- Accounts that somebody tried to sell to, without success so far.
asked as (
    select distinct deals.account_id
    from core.known_deals as deals
    left join core.customer_dates as dates on deals.account_id = dates.account_id
    where dates.account_id is null
),

accounts as (
    select
        records.account_id,
        case when dates.account_id is not null then 1 else 0 end as is_buyer,
        case when asked.account_id is not null then 1 else 0 end as is_asked
    from (select distinct account_id from core.account_records) as records
    left join core.customer_dates as dates on records.account_id = dates.account_id
    left join asked on records.account_id = asked.account_id
),

everybody as (
    select count(*) as accounts, sum(is_buyer) as buyers, sum(is_asked) as asked
    from accounts
),

named as (
    select field, value_key, min(value) as value, min(words) as words
    from core.account_types
    group by field, value_key
),

counted as (
    select
        types.field,
        types.value_key,
        count(*) as accounts,
        sum(accounts.is_buyer) as buyers,
        sum(accounts.is_asked) as asked
    from (select distinct account_id, field, value_key from core.account_types) as types
    inner join accounts on types.account_id = accounts.account_id
    group by types.field, types.value_key
),

spoken as (
    select
        named.field,
        named.value_key,
        max(case when type_words.is_told and type_words.role = 'not_prospect' then 1 else 0 end) as is_told_not_prospect,
        max(case when type_words.is_told and type_words.role = 'customer' then 1 else 0 end) as is_told_customer,
        max(case when type_words.role = 'not_prospect' then 1 else 0 end) as has_not_prospect,
        max(case when type_words.role = 'unclear' then 1 else 0 end) as has_unclear,
        max(case when type_words.role = 'customer' then 1 else 0 end) as has_customer,
        max(case when type_words.role = 'former_customer' then 1 else 0 end) as has_former_customer,
        max(case when type_words.role = 'former' then 1 else 0 end) as has_former,
        max(case when type_words.role in ('prospect', 'negation') then 1 else 0 end) as has_doubt
    from named
    inner join settings.type_words
        on named.field = type_words.field
        and case
            when type_words.is_told then named.value_key = type_words.word
            else named.words like '% ' || type_words.word || ' %'
        end
    group by named.field, named.value_key
),

measured as (
    select
        spoken.*,
        counted.accounts,
        counted.buyers,
        counted.asked,
        -- They buy at least half as often as all accounts.
        counted.buyers >= 5 and 2.0 * counted.buyers * everybody.accounts >= 1.0 * everybody.buyers * counted.accounts
            as is_sold_to,
        -- Most of those that did not buy have this type, too.
        everybody.asked >= 5 and 2 * counted.asked > everybody.asked as is_of_anybody
    from spoken
    inner join counted on spoken.field = counted.field and spoken.value_key = counted.value_key
    cross join everybody
),

judged as (
    select
        measured.*,
        case
            when is_told_not_prospect = 1 then 'not_prospect'
            when is_told_customer = 1 then 'customer'
            when has_not_prospect = 1 and has_customer + has_former + has_former_customer + has_doubt > 0 then 'unclear'
            when has_not_prospect = 1 and is_sold_to then 'unclear'
            when has_not_prospect = 1 then 'not_prospect'
            when has_unclear = 1 and not is_sold_to then 'unclear'
            when has_unclear = 1 or has_doubt = 1 then 'none'
            when has_customer + has_former_customer > 0 and is_of_anybody then 'doubted_customer'
            when has_former_customer = 1 or (has_customer = 1 and has_former = 1) then 'former_customer'
            when has_customer = 1 then 'customer'
            else 'none'
        end as meaning
    from measured
)

select
    -- Field that holds the value: type, lifecycle stage or record type. #not_null
    -- #accepted[type,lifecycle_stage,record_type] #unique_with[value_key]
    judged.field,
    -- The value in lower case, for comparing. #not_null
    judged.value_key,
    -- Field and value as the CRM spells it, for messages. #not_null
    case judged.field when 'type' then 'Type ' when 'record_type' then 'Record Type ' else 'Lifecycle Stage ' end
    || substring(named.value, 1, 40) as spoken_name,
    -- What it says about an account: not_prospect, customer, former_customer, unclear (possibly not a prospect), or
    -- doubted_customer (most accounts that never bought are called that too). #not_null
    -- #accepted[not_prospect,customer,former_customer,unclear,doubted_customer]
    judged.meaning,
    -- Whether icp.yaml names it. #not_null
    judged.is_told_not_prospect + judged.is_told_customer > 0 as is_told,
    -- Accounts with this value. #not_null
    judged.accounts,
    -- Those of them that are customers by more than their type. #not_null
    cast(judged.buyers as bigint) as buyers
from judged
inner join named on judged.field = named.field and judged.value_key = named.value_key
where judged.meaning <> 'none'
