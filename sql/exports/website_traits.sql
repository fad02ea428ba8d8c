-- What a server may tell its website's flags about the companies it knows by domain, one row per domain and trait.
with
facts as (
    select account_id, trait, value
    from activation.website_facts
    union all
    -- content.yaml has one experiment, so that an account has one arm.
    select account_id, 'content_arm' as trait, min(arm) as value
    from activation.experiment_arms
    group by account_id
)

select
    -- Registrable domain; it points to one account. #not_null #unique_with[trait]
    domains.domain,
    -- #not_null
    facts.account_id,
    -- Name of the trait in the flag files. #not_null
    facts.trait,
    -- Its value. #not_null
    facts.value
from facts
inner join core.account_domains as domains
    on facts.account_id = domains.account_id and domains.domain_rank = 1
