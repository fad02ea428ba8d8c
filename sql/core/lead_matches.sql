-- The account of each lead: the one it was converted into, else the one its system links it to, else the one that has
-- its domain. A domain that no account has leads to the account whose contacts write from it, if there is just one.
with
contacts as (
    select contacts.domain, account_keys.account_id
    from staging.salesforce_contacts as contacts
    inner join core.account_keys
        on contacts.salesforce_account_id = account_keys.key_value and account_keys.key_type = 'salesforce'
    where contacts.domain is not null
    union
    select contacts.domain, account_keys.account_id
    from staging.mapped_contacts as contacts
    inner join core.account_references as account_keys on contacts.account_key = account_keys.reference
    where contacts.domain is not null
),

contact_domains as (
    select domain, min(account_id) as account_id, count(*) as accounts
    from contacts
    group by domain
),

domain_claims as (
    select domain, count(*) as accounts
    from core.account_domains
    group by domain
),

linked as (
    select
        leads.lead_id,
        leads.is_converted,
        leads.has_several_accounts,
        coalesce(keys.account_id, known_references.account_id) as linked_account_id,
        by_domain.account_id as domain_account_id,
        domain_claims.accounts as domain_accounts,
        contact_domains.account_id as contact_account_id,
        contact_domains.accounts as contact_accounts
    from core.leads
    left join core.account_keys as keys
        on leads.account_key = keys.key_value and leads.source_system = keys.key_type
    -- A mapped source may give the account by another system's id.
    left join core.account_references as known_references
        on leads.account_key = known_references.reference and leads.source_system not in ('salesforce', 'hubspot')
    left join core.account_keys as by_domain on leads.domain = by_domain.key_value and by_domain.key_type = 'domain'
    left join domain_claims on leads.domain = domain_claims.domain
    left join contact_domains on leads.domain = contact_domains.domain
)

select
    -- #not_null #unique #references[core.leads.lead_id] #same_count_as[core.leads]
    lead_id,
    -- Its account; NULL if it matches none. #references[core.account_records.account_id]
    coalesce(linked_account_id, domain_account_id, contact_account_id) as account_id,
    -- What the match is based on. #not_null #accepted[converted,crm_link,domain,none]
    case
        when linked_account_id is not null and is_converted then 'converted'
        when linked_account_id is not null then 'crm_link'
        when coalesce(domain_account_id, contact_account_id) is not null then 'domain'
        else 'none'
    end as method,
    -- Whether several accounts could be meant, so that the likeliest was taken. #not_null
    case
        when linked_account_id is not null then has_several_accounts
        when domain_account_id is not null then domain_accounts > 1
        else coalesce(contact_accounts > 1, false)
    end as is_ambiguous
from linked
