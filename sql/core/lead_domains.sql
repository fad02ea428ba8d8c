-- The domain of each lead that no account explains: unmatched leads, and converted ones, which must not be scored
-- through the account they became.
select
    -- #not_null #unique #references[core.leads.lead_id]
    leads.lead_id,
    -- Registrable domain. #not_null
    leads.domain,
    -- Always 1: a lead has one domain. #not_null
    1 as account_rank
from core.leads
inner join core.lead_matches as matches on leads.lead_id = matches.lead_id
where matches.method in ('none', 'converted') and leads.domain is not null
