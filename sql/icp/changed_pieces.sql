-- One row per account, ICP and piece of its points that changed since the last published run of the same version:
-- another value of a trait, one that became known or unknown, a trigger that came, faded or ended.
-- #compared_by[account_id]
with
before as (
    select
        previous.account_id,
        pieces.icp_id,
        pieces.kind,
        pieces.piece,
        pieces.segment,
        pieces.value_text,
        pieces.fit_points,
        pieces.trigger_points,
        pieces.process_points,
        pieces.age_days
    from history.score_pieces as pieces
    inner join icp.previous_tiers as previous
        on pieces.account_id = previous.former_account_id and pieces.icp_id = previous.icp_id
    inner join icp.live_versions as versions
        on pieces.icp_id = versions.icp_id and pieces.icp_version = versions.icp_version
),

-- Only accounts that were scored then can be compared.
now as (
    select pieces.account_id, pieces.icp_id, pieces.kind, pieces.piece, pieces.segment, pieces.value_text,
        pieces.fit_points, pieces.trigger_points, pieces.process_points, pieces.age_days
    from icp.score_pieces as pieces
    inner join icp.previous_tiers as previous
        on pieces.account_id = previous.account_id
        and pieces.icp_id = previous.icp_id
        and pieces.icp_version = previous.icp_version
    where previous.tier_rule is not null
),

segments as (
    select
        coalesce(now.account_id, before.account_id) as account_id,
        coalesce(now.icp_id, before.icp_id) as icp_id,
        coalesce(now.kind, before.kind) as kind,
        coalesce(now.piece, before.piece) as piece,
        before.value_text as value_before,
        now.value_text as value_now,
        now.age_days as age_now,
        coalesce(now.fit_points, 0) - coalesce(before.fit_points, 0) as fit_change,
        coalesce(now.trigger_points, 0) - coalesce(before.trigger_points, 0) as trigger_change,
        coalesce(now.process_points, 0) - coalesce(before.process_points, 0) as process_change
    from now
    full join before
        on now.account_id = before.account_id
        and now.icp_id = before.icp_id
        and now.kind = before.kind
        and now.piece = before.piece
        and now.segment = before.segment
),

changes as (
    select
        account_id,
        icp_id,
        kind,
        piece,
        min(value_before) as value_before,
        min(value_now) as value_now,
        min(age_now) as age_now,
        sum(fit_change) as fit_change,
        sum(trigger_change) as trigger_change,
        sum(process_change) as process_change
    from segments
    where fit_change <> 0 or trigger_change <> 0
    group by account_id, icp_id, kind, piece
),

worded as (
    select
        changes.*,
        upper(substring(piece, 1, 1)) || replace(substring(piece, 2), '_', ' ') as piece_words,
        case when age_now = 0 then 'today' when age_now = 1 then '1 day ago' else cast(age_now as varchar) || ' days ago'
        end as when_words,
        attributes.type as attribute_type
    from changes
    left join settings.attributes as attributes on changes.kind = 'trait' and changes.piece = attributes.attribute
)

select
    -- #not_null
    worded.account_id,
    -- #not_null
    worded.icp_id,
    -- trait or trigger. #not_null #accepted[trait,trigger]
    worded.kind,
    -- Name of the trait or trigger. #not_null #unique_with[account_id,icp_id,kind]
    worded.piece,
    -- Value of the trait in the last run; NULL if it was not known.
    worded.value_before,
    -- Value now; NULL if it is no longer known.
    worded.value_now,
    -- Log-odds by which the fit changed. #not_null
    cast(worded.fit_change as decimal(18, 9)) as fit_change,
    -- Log-odds by which the triggers changed. #not_null
    cast(worded.trigger_change as decimal(18, 9)) as trigger_change,
    -- Part of it that comes from the buying process. #not_null
    cast(worded.process_change as decimal(18, 9)) as process_change,
    -- What happened, in words. #not_null
    case
        when worded.kind = 'trigger' and worded.value_now is null then worded.piece_words || ' counts no longer'
        when worded.kind = 'trigger' and worded.value_before is null then worded.piece_words || ', ' || worded.when_words
        when worded.kind = 'trigger' and worded.trigger_change > 0
            then worded.piece_words || ', ' || worded.when_words || ', counts for more'
        when worded.kind = 'trigger' then worded.piece_words || ', ' || worded.when_words || ', counts for less'
        when worded.attribute_type = 'multi' and worded.value_now is null then worded.value_before || ' no longer detected'
        when worded.attribute_type = 'multi' and worded.value_before is null then worded.value_now || ' detected'
        when worded.value_now is null then worded.piece || ' no longer known (was ' || worded.value_before || ')'
        when worded.value_before is null then worded.piece || ' ' || worded.value_now || ', not known before'
        else worded.piece || ' ' || worded.value_before || ' -> ' || worded.value_now
    end as because
from worded
