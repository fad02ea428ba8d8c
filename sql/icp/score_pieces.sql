-- One row per account, ICP and piece of its points: a known value that counts, or an active trigger. Stored with each
-- published run, so that the next one can say what changed. #by[account_id]
with
amounts as (
    select account_id, attribute, min(amount) as amount
    from core.account_values
    where amount is not null
    group by account_id, attribute
),

traits as (
    select
        evidence.account_id,
        evidence.icp_id,
        'trait' as kind,
        evidence.attribute as piece,
        evidence.segment,
        case
            when amounts.amount is null or abs(amounts.amount) >= 1000000000000000 then evidence.segment
            when amounts.amount = floor(amounts.amount) then cast(cast(round(amounts.amount) as bigint) as varchar)
            else cast(cast(amounts.amount as decimal(18, 2)) as varchar)
        end as value_text,
        evidence.points as fit_points,
        0 as trigger_points,
        case when attributes.dimension = 'organizational' then evidence.points else 0 end as process_points,
        cast(null as integer) as age_days,
        evidence.icp_version
    from icp.score_evidence as evidence
    left join amounts on evidence.account_id = amounts.account_id and evidence.attribute = amounts.attribute
    left join settings.attributes as attributes on evidence.attribute = attributes.attribute
    where evidence.attribute <> 'prior'
),

active_triggers as (
    select
        triggers.account_id,
        triggers.icp_id,
        'trigger' as kind,
        triggers.trigger as piece,
        triggers.trigger as segment,
        triggers.trigger as value_text,
        0 as fit_points,
        triggers.counted_points as trigger_points,
        0 as process_points,
        cast(triggers.age_days as integer) as age_days,
        versions.icp_version
    from icp.trigger_points as triggers
    inner join icp.live_versions as versions
        on triggers.icp_id = versions.icp_id and versions.icp_version is not null
),

pieces as (
    select account_id, icp_id, kind, piece, segment, value_text, fit_points, trigger_points, process_points, age_days,
        icp_version
    from traits
    union all
    select account_id, icp_id, kind, piece, segment, value_text, fit_points, trigger_points, process_points, age_days,
        icp_version
    from active_triggers
)

select
    -- #not_null
    pieces.account_id,
    -- #not_null
    pieces.icp_id,
    -- trait or trigger. #not_null #accepted[trait,trigger]
    pieces.kind,
    -- Name of the trait or trigger. #not_null
    pieces.piece,
    -- Value of the trait, or the criterion that covers it; a trigger's own name. #not_null
    -- #unique_with[account_id,icp_id,kind,piece]
    pieces.segment,
    -- The value as people read it: the number itself, if it is one. #not_null
    pieces.value_text,
    -- Log-odds it adds to the fit. #not_null
    cast(pieces.fit_points as decimal(18, 9)) as fit_points,
    -- Log-odds it adds as a trigger. #not_null
    cast(pieces.trigger_points as decimal(18, 9)) as trigger_points,
    -- Part of them that comes from the buying process. #not_null
    cast(pieces.process_points as decimal(18, 9)) as process_points,
    -- Days since the trigger; NULL for traits. #between[0,100000]
    pieces.age_days,
    -- Version that gives the points. #not_null
    pieces.icp_version
from pieces
