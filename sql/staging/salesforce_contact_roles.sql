-- People on Salesforce opportunities, one row per opportunity, contact and role; names stay out.
-- If an id is in several files, the later file or line wins.
with
ranked as (
    select
        salesforce_opportunity_contact_role.*,
        row_number() over (
            partition by opportunity_id, contact_id, trim(role)
            order by
                try_cast(created_at as timestamp) desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from lake.salesforce_opportunity_contact_role
)

select
    -- Opportunity the person has a role on. #not_null #unique_with[contact_id,contact_role]
    opportunity_id,
    -- Contact's record id.
    contact_id,
    -- Role on the deal (Decision Maker, Evaluator ...).
    trim(role) as contact_role,
    -- Whether it is the primary contact of the deal. #not_null
    coalesce(try_cast(is_primary as boolean), false) as is_primary,
    -- Whether the role was removed. #not_null
    coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
    -- When the role was added (UTC).
    try_cast(created_at as timestamp) as created_at,
    source_path,
    source_line
from ranked
where recency = 1
