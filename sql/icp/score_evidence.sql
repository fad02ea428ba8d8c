-- One row per account, ICP and piece of evidence; with the row `prior` they add up to fit_points exactly. An unknown
-- trait has no row and adds nothing. #by[account_id]
with
scored_members as (
    select members.account_id, versions.icp_id, versions.icp_version, versions.prior_points
    from core.icp_members as members
    inner join icp.live_versions as versions on members.icp_id = versions.icp_id
    where versions.prior_points is not null
),

pieces as (
    select account_id, icp_id, icp_version, 'prior' as attribute, 'prior' as segment, prior_points as points
    from scored_members

    union all

    select
        scored_members.account_id,
        scored_members.icp_id,
        scored_members.icp_version,
        evidence.attribute,
        evidence.segment,
        cast(evidence.points as decimal(18, 9)) as points
    from scored_members
    inner join core.account_attributes as known_levels on scored_members.account_id = known_levels.account_id
    inner join history.icp_evidence as evidence
        on scored_members.icp_id = evidence.icp_id
        and scored_members.icp_version = evidence.icp_version
        and known_levels.attribute = evidence.attribute
        -- A level is shown in its most common spelling, which may change with other accounts.
        and lower(known_levels.level) = lower(evidence.level)
)

select
    -- #not_null
    pieces.account_id,
    -- #not_null
    pieces.icp_id,
    -- Trait, or `prior` for where every account starts. #not_null
    pieces.attribute,
    -- The account's value, or the criterion that covers it. #not_null #unique_with[account_id,icp_id,attribute]
    pieces.segment,
    -- Log-odds it adds. #not_null
    cast(sum(pieces.points) as decimal(18, 9)) as points,
    -- Version it comes from. #not_null
    pieces.icp_version
from pieces
group by pieces.account_id, pieces.icp_id, pieces.attribute, pieces.segment, pieces.icp_version
