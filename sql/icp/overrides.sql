-- One row per account and ICP whose tier a person has overridden in `landing/voice/overrides.csv`. The override is
-- shown beside the tier, never in its place, and ends by itself. If several lines name one account, the last line of
-- the last file counts.
with
given as (
    select
        overrides.*,
        coalesce(by_key.account_id, by_domain.account_id) as account_id,
        row_number() over (
            partition by coalesce(by_key.account_id, by_domain.account_id), overrides.icp_id
            order by
                overrides.source_order desc nulls last, overrides.source_path desc, overrides.source_line desc
        ) as recency
    from staging.overrides as overrides
    left join core.account_references as by_key on overrides.account_key = by_key.reference
    left join core.account_references as by_domain on overrides.domain = by_domain.reference
    where coalesce(by_key.account_id, by_domain.account_id) is not null
),

-- By any id the account had when a run first saw it.
seen as (
    select
        coalesce(renamed.now_account_id, overrides.account_id) as account_id,
        overrides.icp_id,
        overrides.override_tier,
        overrides.overridden_by,
        min(overrides.as_of) as first_seen_on
    from history.overrides as overrides
    left join icp.renamed_accounts as renamed on overrides.account_id = renamed.account_id
    group by
        coalesce(renamed.now_account_id, overrides.account_id),
        overrides.icp_id,
        overrides.override_tier,
        overrides.overridden_by
)

select
    -- #not_null
    given.account_id,
    -- #not_null #unique_with[account_id]
    given.icp_id,
    -- Tier that the ICP gives. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    tiers.tier as machine_tier,
    -- Tier that a person gave it instead. #not_null #accepted[tier_1,tier_2,tier_3,not_icp]
    given.tier as override_tier,
    -- Reason code.
    given.reason_code,
    -- Reason in words; names, addresses and numbers are removed before it is stored.
    given.reason,
    -- Respondent's code, such as ae-3. #not_null
    given.overridden_by,
    -- Last day on which it is valid. #not_null
    given.until,
    -- Whether it still holds. #not_null
    given.until >= run.as_of as is_active,
    -- Day on which a run first saw it. #not_null
    coalesce(seen.first_seen_on, run.as_of) as given_on
from given
cross join settings.run as run
inner join icp.account_tiers as tiers on given.account_id = tiers.account_id and given.icp_id = tiers.icp_id
left join seen
    on given.account_id = seen.account_id
    and given.icp_id = seen.icp_id
    and given.tier = seen.override_tier
    and given.overridden_by = seen.overridden_by
where given.recency = 1
