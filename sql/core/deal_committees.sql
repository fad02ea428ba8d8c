-- One row per deal with a buying committee: how many people have a role on it.
select
    -- The deal. #not_null #unique #references[core.known_deals.deal_id]
    deals.deal_id,
    -- People with a role when the deal closed (now, for open deals). #not_null #between[1,100000]
    count(distinct contact_roles.contact_id) as committee_size
from core.known_deals as deals
inner join staging.salesforce_contact_roles as contact_roles on deals.source_deal_id = contact_roles.opportunity_id
cross join settings.run
-- For an imported role it is unknown whether it was added after the close: it counts.
left join core.import_days
    on import_days.source_system = 'salesforce' and cast(contact_roles.created_at as date) = import_days.created_on
where
    deals.source_system = 'salesforce'
    and not contact_roles.is_deleted
    and contact_roles.contact_id is not null
    and (
        import_days.created_on is not null
        or coalesce(cast(contact_roles.created_at as date) <= coalesce(deals.closed_at, run.as_of), true)
    )
group by deals.deal_id
