-- People on Salesforce opportunities, one row per opportunity, contact and role; names stay out.
-- Of several files the later file or line wins.
with
casted as (
    select
        opportunity_id,
        contact_id,
        trim(role) as contact_role,
        coalesce(try_cast(is_primary as boolean), false) as is_primary,
        coalesce(try_cast(is_deleted as boolean), false) as is_deleted,
        try_cast(created_at as timestamp) as created_at,
        source_order,
        source_path,
        source_line
    from lake.salesforce_opportunity_contact_role
),

ranked as (
    select
        opportunity_id,
        contact_id,
        contact_role,
        is_primary,
        is_deleted,
        created_at,
        source_path,
        source_line,
        row_number() over (
            partition by opportunity_id, contact_id, contact_role
            order by
                created_at desc nulls last,
                source_order desc nulls last,
                source_path desc nulls last,
                source_line desc nulls last
        ) as recency
    from casted
)

select
    -- Opportunity the person has a role on. #not_null #unique_with[contact_id,contact_role]
    opportunity_id,
    -- Contact's record id.
    contact_id,
    -- Role on the deal (Decision Maker, Evaluator ...).
    contact_role,
    -- Main contact of the deal. #not_null
    is_primary,
    -- Role removed. #not_null
    is_deleted,
    -- Role added, UTC.
    created_at,
    -- Landed file this row came from.
    source_path,
    -- Line of the row in that file.
    source_line
from ranked
where recency = 1
