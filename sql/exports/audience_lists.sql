-- One row per audience and account in it, and per account that is kept out of all of them (audience `exclusions`): what
-- lists for other tools are made of.
with
listed as (
    select members.audience, audiences.audience_order, members.account_id, tiers.tier
    from activation.audience_members as members
    inner join settings.audiences as audiences on members.audience = audiences.audience
    inner join icp.account_tiers as tiers
        on audiences.icp_id = tiers.icp_id and members.account_id = tiers.account_id
    union all
    select
        'exclusions' as audience, cast(null as integer) as audience_order, account_id, cast(null as varchar) as tier
    from activation.exclusions
)

select
    -- Audience, or `exclusions`. #not_null
    listed.audience,
    -- #not_null #unique_with[audience]
    listed.account_id,
    -- Company name, as the source wrote it.
    accounts.name,
    -- Registrable domain.
    accounts.domain,
    -- Country by its usual English name; NULL if not recognized.
    case when country_regions.country_code is not null then accounts.country end as country,
    -- ISO 3166 code of the country.
    country_regions.country_code,
    -- Tier in the audience's ICP; NULL in the exclusions.
    listed.tier
from listed
inner join core.accounts as accounts on listed.account_id = accounts.account_id
left join settings.country_regions as country_regions on lower(accounts.country) = country_regions.country
