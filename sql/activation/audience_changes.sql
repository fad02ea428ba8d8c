-- One row per audience and account that came in or went out in this run, with the cause; history.audience_changes keeps
-- them.
with
known_audiences as (
    select distinct audience from activation.audience_standing
),

added as (
    select
        members.audience,
        members.account_id,
        'added' as change,
        case
            when known_audiences.audience is null then 'audience'
            when previous.account_id is null then 'account'
            when wanted.value is null then 'tier'
            else 'eligible'
        end as cause
    from activation.audience_members as members
    inner join settings.audiences as audiences on members.audience = audiences.audience
    left join activation.audience_standing as standing
        on members.audience = standing.audience and members.account_id = standing.account_id
    left join known_audiences on members.audience = known_audiences.audience
    left join history.account_tiers as previous
        on members.account_id = previous.account_id and audiences.icp_id = previous.icp_id
    left join settings.audience_choices as wanted
        on members.audience = wanted.audience and wanted.choice = 'tier' and previous.tier = wanted.value
    where standing.account_id is null
),

removed as (
    select
        standing.audience,
        standing.account_id,
        'removed' as change,
        case
            when audiences.audience is null then 'audience'
            when accounts.account_id is null then 'gone'
            when candidates.kept_out_by is not null then candidates.kept_out_by
            when exclusions.reason in ('suppressed', 'not_prospect', 'disqualified', 'not_icp') then exclusions.reason
            when tiers.tier is null then 'filter'
            when wanted_relationships.value is null
                then case when exclusions.reason = tiers.relationship then exclusions.reason else 'relationship' end
            when wanted_tiers.value is null then 'tier'
            else 'filter'
        end as cause
    from activation.audience_standing as standing
    left join activation.audience_members as members
        on standing.audience = members.audience and standing.account_id = members.account_id
    left join settings.audiences as audiences on standing.audience = audiences.audience
    left join core.accounts as accounts on standing.account_id = accounts.account_id
    left join activation.audience_candidates as candidates
        on standing.audience = candidates.audience and standing.account_id = candidates.account_id
    left join activation.exclusions as exclusions on standing.account_id = exclusions.account_id
    left join icp.account_tiers as tiers
        on standing.account_id = tiers.account_id and audiences.icp_id = tiers.icp_id
    left join settings.audience_choices as wanted_tiers
        on standing.audience = wanted_tiers.audience
        and wanted_tiers.choice = 'tier'
        and tiers.tier = wanted_tiers.value
    left join settings.audience_choices as wanted_relationships
        on standing.audience = wanted_relationships.audience
        and wanted_relationships.choice = 'relationship'
        and tiers.relationship = wanted_relationships.value
    where members.account_id is null
),

changes as (
    select audience, account_id, change, cause from added
    union all
    select audience, account_id, change, cause from removed
)

select
    -- Audience. #not_null
    changes.audience,
    -- #not_null #unique_with[audience]
    changes.account_id,
    -- added or removed. #not_null #accepted[added,removed]
    changes.change,
    -- Cause. Added: a new audience, a new account, a move of tier, or newly eligible (a list expired, a deal closed,
    -- icp.yaml changed). Removed: the audience or account is gone, the reason that keeps it out, another tier or
    -- relationship, or the filter of the audience or its ICP. #not_null
    -- #accepted[audience,account,tier,eligible,gone,relationship,filter,suppressed,not_prospect,disqualified,not_icp,customer,open_deal]
    changes.cause,
    -- Day of the run. #not_null
    run.as_of
from changes
cross join settings.run
