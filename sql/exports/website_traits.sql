-- What a server may tell its website's flags about the companies it knows by domain, one row per domain and trait.
select
    -- Registrable domain; it points to one account. #not_null #unique_with[trait]
    domains.domain,
    -- Account. #not_null
    facts.account_id,
    -- Name of the trait in the flag files. #not_null
    facts.trait,
    -- Its value. #not_null
    facts.value
from activation.website_facts as facts
inner join core.account_domains as domains
    on facts.account_id = domains.account_id and domains.domain_rank = 1
