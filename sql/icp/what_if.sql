-- One row per account, ICP and value of an unknown trait that alone would change its tier: if employees were 200-499,
-- tier 1. At most five, best tier first, then the smallest change. #by[account_id]
with
moves as (
    select
        cases.*
    from icp.tier_cases as cases
    inner join icp.tier_positions as positions
        on cases.account_id = positions.account_id and cases.icp_id = positions.icp_id
    -- Not the current tier: within the margin it may differ from its points for a day, whatever is learned.
    where cases.case_kind = 'trait' and cases.tier_rank is distinct from positions.tier_rank
),

value_counts as (
    select icp_id, attribute, count(*) as possible_values
    from icp.trait_values
    group by icp_id, attribute
),

by_trait as (
    select
        moves.account_id,
        moves.icp_id,
        moves.attribute,
        count(*) = max(value_counts.possible_values) and min(moves.tier_rank) = max(moves.tier_rank) as is_any_value
    from moves
    inner join value_counts on moves.icp_id = value_counts.icp_id and moves.attribute = value_counts.attribute
    group by moves.account_id, moves.icp_id, moves.attribute
),

-- If every value leads to the same tier, one line says so; otherwise each line names its value.
lines as (
    select
        moves.*,
        case tiers.tier when 'tier_1' then 1 when 'tier_2' then 2 when 'tier_3' then 3 when 'not_icp' then 4
        end as rank_now
    from moves
    inner join by_trait
        on moves.account_id = by_trait.account_id
        and moves.icp_id = by_trait.icp_id
        and moves.attribute = by_trait.attribute
    inner join icp.account_tiers as tiers on moves.account_id = tiers.account_id and moves.icp_id = tiers.icp_id
    where by_trait.is_any_value = (moves.segment is null)
),

ranked as (
    select
        lines.*,
        row_number() over (
            partition by account_id, icp_id
            order by tier_rank asc, abs(points) asc, attribute asc, segment asc nulls first
        ) as place
    from lines
)

select
    -- #not_null #references[icp.account_tiers.account_id]
    ranked.account_id,
    -- #not_null
    ranked.icp_id,
    -- 1 for the line to read first, 5 at most. #not_null #between[1,5] #unique_with[account_id,icp_id]
    cast(ranked.place as bigint) as place,
    -- Trait that is not known about the account. #not_null
    ranked.attribute,
    -- Value that it would have; NULL if any value would do.
    ranked.segment,
    -- Log-odds that the value adds. #not_null
    ranked.points,
    -- Tier that the account would have. #not_null #accepted[tier_1,tier_2,tier_3,not_icp]
    ranked.tier,
    -- Whether it would be so close to an edge that it moves on the second day. #not_null
    coalesce(
        ranked.tier_rank <> ranked.rank_now and ranked.rank_now between ranked.best_rank and ranked.worst_rank, false
    ) as on_second_day
from ranked
where ranked.place <= 5
