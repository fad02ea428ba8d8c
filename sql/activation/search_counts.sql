-- One row per ICP, prospecting tool and number of filters that are set, strongest first: what the search would find
-- among our own accounts that have a tier. An account is found if each set filter has one of its values; first each
-- filter of each tool is matched, then the searches are counted.
with
said as (
    select icp_id, tool, attribute, segment, field, operator, lower_bound, upper_bound
    from activation.search_values
    where exactness <> 'none'
),

searches as (
    select said.icp_id, said.tool, count(fields.field) as places, coalesce(sum(fields.is_must_have), 0) as must_haves
    from (select distinct icp_id, tool from said) as said
    left join activation.search_order as fields on said.icp_id = fields.icp_id and said.tool = fields.tool
    group by said.icp_id, said.tool
),

accounts as (
    select icp_id, account_id, case when tier in ('tier_1', 'tier_2') then 1 else 0 end as is_target
    from icp.account_tiers
    where tier <> 'unscored' and relationship <> 'not_prospect'
),

met as (
    select distinct said.icp_id, said.tool, said.operator, said.field, evidence.account_id
    from said
    inner join icp.score_evidence as evidence
        on said.icp_id = evidence.icp_id
        and said.attribute = evidence.attribute
        and said.segment = evidence.segment
    where said.lower_bound is null
    union distinct
    -- By the tool's bands, which may differ from ours.
    select said.icp_id, said.tool, said.operator, said.field, account_values.account_id
    from said
    inner join core.account_values as account_values
        on said.attribute = account_values.attribute
        and account_values.amount >= said.lower_bound
        and account_values.amount < said.upper_bound
),

-- How many of the leading filters each account meets; -1 for one that the search excludes.
depths as (
    select
        accounts.icp_id,
        searches.tool,
        accounts.account_id,
        accounts.is_target,
        searches.places,
        searches.must_haves,
        case when count(excluding.account_id) > 0 then -1 else coalesce(
            min(case when fields.field is not null and met.account_id is null then fields.place end) - 1,
            searches.places
        ) end as depth
    from accounts
    inner join searches on accounts.icp_id = searches.icp_id
    left join activation.search_order as fields on searches.icp_id = fields.icp_id and searches.tool = fields.tool
    left join met
        on fields.icp_id = met.icp_id
        and fields.tool = met.tool
        and fields.field = met.field
        and met.operator = 'any_of'
        and accounts.account_id = met.account_id
    left join met as excluding
        on searches.icp_id = excluding.icp_id
        and searches.tool = excluding.tool
        and excluding.operator = 'none_of'
        and accounts.account_id = excluding.account_id
    group by
        accounts.icp_id, searches.tool, accounts.account_id, accounts.is_target, searches.places, searches.must_haves
),

lengths as (
    select icp_id, tool, place as filters_set from activation.search_order
    union all
    select icp_id, tool, 0 as filters_set from searches where places = 0
),

counted as (
    select
        lengths.icp_id,
        lengths.tool,
        lengths.filters_set,
        depths.places,
        depths.must_haves,
        sum(case when depths.depth >= lengths.filters_set then 1 else 0 end) as found,
        sum(case when depths.depth >= lengths.filters_set then depths.is_target else 0 end) as found_targets,
        sum(depths.is_target) as targets,
        count(*) as accounts
    from lengths
    inner join depths on lengths.icp_id = depths.icp_id and lengths.tool = depths.tool
    group by lengths.icp_id, lengths.tool, lengths.filters_set, depths.places, depths.must_haves
)

select
    -- #not_null
    counted.icp_id,
    -- Prospecting tool. #not_null
    counted.tool,
    -- Number of filters set, strongest first; 0 if the search only excludes. #not_null #unique_with[icp_id,tool]
    cast(counted.filters_set as bigint) as filters_set,
    -- Number of filters that could be set. #not_null
    cast(counted.places as bigint) as filters,
    -- Those of them for must-have criteria, which come first. #not_null
    cast(counted.must_haves as bigint) as must_haves,
    -- Our accounts with a tier. #not_null
    cast(counted.accounts as bigint) as accounts,
    -- Those of them in tier 1 or 2. #not_null
    cast(counted.targets as bigint) as targets,
    -- Accounts that the search finds. #not_null
    cast(counted.found as bigint) as found,
    -- Those of them in tier 1 or 2. #not_null
    cast(counted.found_targets as bigint) as found_targets,
    -- 1 for the search that weighs precision and recall best (the highest F1), with every must-have set. #not_null
    cast(row_number() over (
        partition by counted.icp_id, counted.tool
        order by
            case when counted.filters_set >= counted.must_haves then 0 else 1 end asc,
            round(
                2.0 * cast(counted.found_targets as double)
                / nullif(cast(counted.found + counted.targets as double), 0),
                9
            ) desc nulls last,
            counted.filters_set asc
    ) as bigint) as preference
from counted
