-- One row per ICP and judgement of a tier: each override there ever was, and each line of feedback, with the tier that
-- the ICP gave that day and the account's relationship then.
with
-- A prolonged override is the same one; one that was deleted from its file stays a case; one that expired before a run
-- saw it does not count.
overridden as (
    select
        'override' as kind,
        coalesce(renamed.now_account_id, overrides.account_id) as account_id,
        overrides.icp_id,
        overrides.overridden_by as respondent,
        overrides.override_tier as said,
        min(overrides.as_of) as given_on,
        max(overrides.until) as until,
        min(overrides.reason_code) as reason_code
    from (
        select account_id, icp_id, overridden_by, override_tier, as_of, until, reason_code
        from history.overrides
        union all
        select account_id, icp_id, overridden_by, override_tier, given_on as as_of, until, reason_code
        from icp.overrides
        where is_active
    ) as overrides
    left join icp.renamed_accounts as renamed on overrides.account_id = renamed.account_id
    group by
        coalesce(renamed.now_account_id, overrides.account_id),
        overrides.icp_id,
        overrides.overridden_by,
        overrides.override_tier
),

-- The sheet is about the primary ICP. If a respondent judged an account twice on one day, the last line counts.
known_answers as (
    select feedback.*, coalesce(by_key.account_id, by_domain.account_id) as account_id
    from staging.feedback as feedback
    cross join settings.run as run
    left join core.account_references as by_key on feedback.account_key = by_key.reference
    left join core.account_references as by_domain on feedback.domain = by_domain.reference
    where feedback.verdict is not null and feedback.given_on <= run.as_of
),

answers as (
    select
        known_answers.*,
        row_number() over (
            partition by account_id, respondent, given_on order by source_path desc, source_line desc
        ) as recency
    from known_answers
    where account_id is not null
),

cases as (
    select kind, account_id, icp_id, respondent, said, given_on, until, reason_code
    from overridden
    union all
    select 'feedback' as kind, account_id, 'primary' as icp_id, respondent, verdict as said, given_on,
        cast(null as date) as until, reason_code
    from answers
    where recency = 1
),

-- A tier lasts from the day it was given until the day it changed. Before the first run the first tier counts, and
-- without any run today's: the respondent saw no tier then.
first_tiers as (
    select account_id, icp_id, tier, row_number() over (partition by account_id, icp_id order by given_on asc) as place
    from icp.tier_intervals
),

tiered as (
    select
        cases.*,
        coalesce(intervals.tier, first_tiers.tier, tiers.tier) as machine_tier,
        intervals.tier is not null
        or (cases.given_on = tiers.as_of and first_tiers.account_id is null) as is_tiered_then
    from cases
    left join icp.tier_intervals as intervals
        on cases.account_id = intervals.account_id
        and cases.icp_id = intervals.icp_id
        and intervals.given_on <= cases.given_on
        and (intervals.taken_on is null or intervals.taken_on > cases.given_on)
    left join first_tiers
        on cases.account_id = first_tiers.account_id and cases.icp_id = first_tiers.icp_id and first_tiers.place = 1
    left join icp.account_tiers as tiers on cases.account_id = tiers.account_id and cases.icp_id = tiers.icp_id
),

-- 1 is the best, 4 is not ICP.
ranked as (
    select
        tiered.*,
        case machine_tier when 'tier_1' then 1 when 'tier_2' then 2 when 'tier_3' then 3 when 'not_icp' then 4 end as machine_rank,
        case said when 'tier_1' then 1 when 'tier_2' then 2 when 'tier_3' then 3 when 'not_icp' then 4 end as said_rank
    from tiered
)

select
    -- Override or feedback. #not_null #accepted[override,feedback]
    ranked.kind,
    -- #not_null
    ranked.account_id,
    -- #not_null
    ranked.icp_id,
    -- Respondent's code, such as ae-3. #not_null
    ranked.respondent,
    -- What was said: the override's tier, or the feedback's verdict. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,agrees,too_high,too_low]
    -- #unique_with[kind,account_id,icp_id,respondent,given_on]
    ranked.said,
    -- The same as a verdict: agrees, too_high or too_low; NULL if the ICP gave no tier.
    -- #accepted[agrees,too_high,too_low]
    case
        when ranked.said_rank is null then ranked.said
        when ranked.machine_rank is null then null
        when ranked.said_rank = ranked.machine_rank then 'agrees'
        when ranked.said_rank > ranked.machine_rank then 'too_high'
        else 'too_low'
    end as verdict,
    -- Tier of the ICP on that day; before the first run the first one it gave. #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    ranked.machine_tier,
    -- Whether the account had that tier on the day itself. #not_null
    coalesce(ranked.is_tiered_then, false) as is_tiered_then,
    -- Day on which it was said; for an override the day on which a run first saw it. #not_null
    ranked.given_on,
    -- Last day on which an override holds; NULL for feedback.
    ranked.until,
    -- Reason code.
    ranked.reason_code
from ranked
