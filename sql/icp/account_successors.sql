-- One row per account that past runs knew: which account it is today. Its id changes if a record is deleted in one CRM
-- but not in another, if accounts are merged, or if data are imported under new ids; its other record ids and its
-- domain still identify it.
with
known as (
    select account_id, max(gone_on) as gone_on
    from history.account_tiers
    group by account_id
),

-- A record's own id says more than a domain, which another company may take over.
links as (
    select
        references_then.account_id,
        keys.account_id as now_account_id,
        case references_then.key_type when 'salesforce' then 1 when 'hubspot' then 2 when 'domain' then 4 else 3
        end as preference,
        references_then.key_type,
        references_then.key_value
    from known
    left join core.accounts as accounts on known.account_id = accounts.account_id
    inner join history.account_references as references_then on known.account_id = references_then.account_id
    inner join core.account_keys as keys
        on references_then.key_type = keys.key_type and references_then.key_value = keys.key_value
    where accounts.account_id is null
),

best_links as (
    select
        account_id,
        now_account_id,
        preference,
        row_number() over (
            partition by account_id order by preference asc, key_type asc, key_value asc
        ) as place
    from links
),

-- If several accounts became one, the best linked one continues as it; if the target has a history of its own, none
-- does.
heirs as (
    select
        best_links.account_id,
        best_links.now_account_id,
        row_number() over (
            partition by best_links.now_account_id order by best_links.preference asc, best_links.account_id asc
        ) = 1
        and (own.account_id is null) as is_first
    from best_links
    left join known as own on best_links.now_account_id = own.account_id
    where best_links.place = 1
)

select
    -- Account id in a past run. #not_null #unique
    known.account_id,
    -- Account id today; NULL for an account that is gone.
    coalesce(accounts.account_id, heirs.now_account_id) as now_account_id,
    -- same; moved: it has another id now; merged: into an account that existed before; gone. #not_null
    -- #accepted[same,moved,merged,gone]
    case
        when accounts.account_id is not null then 'same'
        when heirs.is_first then 'moved'
        when heirs.account_id is not null then 'merged'
        else 'gone'
    end as fate,
    -- First day on which no export had it any more; NULL if the last run saw it.
    known.gone_on
from known
left join core.accounts as accounts on known.account_id = accounts.account_id
left join heirs on known.account_id = heirs.account_id
