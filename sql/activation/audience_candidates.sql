-- One row per audience and account with its tiers, relationships and filter, and the strongest reason that still keeps
-- the account out. Customers and open deals are kept in by an audience that asks for them and does not exclude them as
-- well.
with
asked as (
    select
        audiences.audience,
        tiers.account_id,
        tiers.tier,
        tiers.relationship
    from settings.audiences as audiences
    inner join icp.account_tiers as tiers on audiences.icp_id = tiers.icp_id
    inner join settings.audience_choices as wanted_tiers
        on audiences.audience = wanted_tiers.audience
        and wanted_tiers.choice = 'tier'
        and tiers.tier = wanted_tiers.value
    inner join settings.audience_choices as wanted_relationships
        on audiences.audience = wanted_relationships.audience
        and wanted_relationships.choice = 'relationship'
        and tiers.relationship = wanted_relationships.value
    left join core.filter_members
        on filter_members.section = 'audiences'
        and audiences.audience = filter_members.name
        and tiers.account_id = filter_members.account_id
    where audiences.filter_sql is null or filter_members.account_id is not null
),

kept_out as (
    select asked.audience, asked.account_id, min(reasons.reason_order) as reason_order
    from asked
    inner join activation.exclusion_reasons as reasons on asked.account_id = reasons.account_id
    left join settings.audience_choices as asked_for
        on asked.audience = asked_for.audience
        and asked_for.choice = 'relationship'
        and reasons.reason = asked_for.value
    left join settings.audience_choices as repeated
        on asked.audience = repeated.audience
        and repeated.choice = 'exclude'
        and reasons.reason = repeated.value
    where asked_for.value is null or repeated.value is not null
    group by asked.audience, asked.account_id
)

select
    -- Audience. #not_null
    asked.audience,
    -- #not_null #unique_with[audience] #references[core.accounts.account_id]
    asked.account_id,
    -- Tier in the audience's ICP. #not_null
    asked.tier,
    -- Relationship to us, as in core.accounts. #not_null
    asked.relationship,
    -- Why it is kept out of the audience; NULL if it is in it.
    reasons.reason as kept_out_by
from asked
left join kept_out on asked.audience = kept_out.audience and asked.account_id = kept_out.account_id
left join activation.exclusion_reasons as reasons
    on kept_out.account_id = reasons.account_id and kept_out.reason_order = reasons.reason_order
