-- The domain of each lead that no account explains: unmatched ones, and converted ones, which the account that they became
-- may not explain.
select
    -- Lead. #not_null #unique #references[core.leads.lead_id]
    leads.lead_id,
    -- Registrable domain. #not_null
    leads.domain,
    -- A lead has one domain. #not_null
    1 as account_rank
from core.leads
inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
where matches.method in ('none', 'converted') and leads.domain is not null
