-- One row per account and ICP with a known organizational trait (committee size, who starts, who owns the budget, ...):
-- whether its buying process counts against it. #by[account_id]
with
pieces as (
    select
        evidence.*,
        coalesce(criteria.kind in ('negative', 'disqualifier'), false) as is_negative_criterion,
        row_number() over (
            partition by evidence.account_id, evidence.icp_id
            order by
                case when criteria.kind in ('negative', 'disqualifier') then 0 else 1 end,
                evidence.points asc, evidence.attribute asc, evidence.segment asc
        ) as place
    from icp.score_evidence as evidence
    inner join settings.attributes as attributes
        on evidence.attribute = attributes.attribute and attributes.dimension = 'organizational'
    left join icp.criteria as criteria
        on evidence.icp_id = criteria.icp_id
        and evidence.attribute = criteria.attribute
        and evidence.segment = criteria.segment
)

select
    -- #not_null
    pieces.account_id,
    -- #not_null #unique_with[account_id]
    pieces.icp_id,
    -- What its buying process adds to the fit, in log-odds. #not_null
    cast(sum(pieces.points) as decimal(18, 9)) as points,
    -- Whether its buying process meets a negative criterion of the ICP. #not_null
    max(case when pieces.is_negative_criterion then 1 else 0 end) = 1 as meets_negative_criterion,
    -- What counts most against it, with its points. #not_null
    max(
        case when pieces.place = 1 then
            pieces.attribute || ' ' || pieces.segment || ' ' || case when pieces.points >= 0 then '+' else '' end
            || cast(cast(round(pieces.points, 2) as decimal(9, 2)) as varchar)
        end
    ) as strongest_objection
from pieces
group by pieces.account_id, pieces.icp_id
