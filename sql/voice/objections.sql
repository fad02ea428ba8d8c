-- One row per ICP, source, loss reason and segment: how often the reason is given there. Reasons of fewer than five
-- accounts are left out. Empty while `language` is off.
with
counts as (
    select
        language_objections.*,
        deals + 1.920729 as centre,
        1.959964 * sqrt(
            cast(deals * (deals_in_segment - deals) as double) / nullif(deals_in_segment, 0) + 0.960365
        ) as half
    from history.language_objections
),

competitor_reasons as (
    select distinct objections.category
    from history.language_objections as objections
    inner join settings.technology_categories as technologies
        on technologies.category = 'competitor'
        -- Not LIKE: a name may hold % or _.
        and strpos(lower(objections.category), lower(technologies.technology)) > 0
)

select
    -- #not_null
    objections.icp_id,
    -- Field that holds the reason. #not_null
    objections.source,
    -- The reason as the CRM spells it. #not_null
    objections.category,
    -- Whether it names a competitor that icp.yaml lists under `technologies`. #not_null
    competitor_reasons.category is not null as names_a_competitor,
    -- What the segment is a value of: all, industry, employees, region or tier. #not_null
    objections.attribute,
    -- Segment; all for every account of the ICP. #not_null #unique_with[icp_id,source,category,attribute]
    objections.segment,
    -- Lost deals with the reason. #not_null
    objections.deals,
    -- Accounts with such deals. #not_null
    objections.accounts,
    -- Lost deals of the segment with any reason. #not_null
    objections.deals_in_segment,
    -- Share of the segment's lost deals with this reason. #between[0,1]
    cast(objections.deals as double) / nullif(objections.deals_in_segment, 0) as share,
    -- Lower end of its 95 % interval (Wilson).
    (objections.centre - objections.half) / nullif(objections.deals_in_segment + 3.841459, 0) as share_low,
    -- Upper end of its 95 % interval (Wilson).
    (objections.centre + objections.half) / nullif(objections.deals_in_segment + 3.841459, 0) as share_high
from counts as objections
left join competitor_reasons on objections.category = competitor_reasons.category
