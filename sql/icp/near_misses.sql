-- One row per ICP and segment just outside its criteria that does about as well: next to a criterion, another value of
-- the same trait, or significant on its own but not chosen. At most three per trait; for a trait without a criterion
-- only the clearest of overlapping ranges. Each ICP is measured by its own customers.
with
positive as (
    select
        candidates.*,
        icps.filter_sql is not null as is_filtered,
        coalesce(significance.q_value, candidates.q_value) as clearness
    from icp.near_miss_candidates as candidates
    inner join settings.icps as icps on candidates.icp_id = icps.icp_id
    left join icp.significance as significance
        on candidates.relation = significance.measure
        and candidates.icp_id = significance.icp_id
        and candidates.attribute = significance.attribute
        and candidates.segment = significance.segment
    where candidates.effect > 0
),

-- About as well: at least four fifths of the criterion's effect and more than its own error; for other traits, beyond
-- chance.
misses as (
    select
        positive.*,
        row_number() over (partition by icp_id, attribute order by z desc, segment asc) as place
    from positive
    cross join settings.run as run
    where
        (relation <> 'other_trait' and effect >= 0.8 * criterion_effect and z >= 1)
        or (relation = 'other_trait' and clearness <= run.fdr)
),

binned as (
    select distinct attribute from settings.attribute_bins
),

explained as (
    select
        misses.*,
        case
            when misses.clearness > run.fdr then 'that may still be chance'
            when misses.lift < 1.25 and misses.outcome = 'win'
                then 'it is hardly more common among won deals than among lost ones'
            when misses.lift < 1.25 then 'it is hardly more common among the best customers than among the worst'
            when misses.effect < 0.2 then 'the difference is too small to act on'
            else 'it adds little to the criteria'
        end as why_not
    from misses
    cross join settings.run as run
    left join binned on misses.attribute = binned.attribute
    where
        misses.place = 1
        or (misses.place <= 3 and (misses.relation <> 'other_trait' or binned.attribute is null))
)

select
    -- #not_null
    explained.icp_id,
    -- Live ICP version. #not_null
    explained.icp_version,
    -- #not_null
    explained.attribute,
    -- #not_null #unique_with[icp_id,attribute]
    explained.segment,
    -- Relation to the criteria: next to one, another value of its trait, or another trait. #not_null
    -- #accepted[neighbour,same_trait,other_trait]
    explained.relation,
    -- The criterion it is next to; NULL for another trait.
    explained.criterion,
    -- Ranked customers in it. #not_null
    explained.n_segment,
    -- Its effect on how customers turn out, in log-odds. #not_null #finite
    explained.effect,
    -- Effect of that criterion, in log-odds. #finite
    explained.criterion_effect,
    -- Share among the best customers over share among the worst. #finite
    explained.lift,
    -- Expected share of false discoveries among segments with a q-value as low as this: over all tested segments if it
    -- is next to a criterion, else over other traits only. #between[0,1]
    explained.clearness as q_value,
    -- Why it is not a criterion. #not_null
    explained.why_not,
    -- The same in a sentence. #not_null
    explained.attribute || ' ' || explained.segment
    || case explained.relation
        when 'neighbour' then ' is next to the criterion ' || explained.criterion || ': '
        when 'same_trait' then ' is not a criterion, unlike ' || explained.criterion || ': '
        else ' is not a criterion: '
    end
    || 'its ' || cast(explained.n_segment as varchar)
    || case explained.outcome
        when 'win'
            then ' deals have ' || cast(cast(round(exp(least(explained.effect, 5)), 1) as decimal(9, 1)) as varchar)
            || ' times the odds of a win' || case when explained.is_filtered then ' of this ICP''s other deals' else '' end
        else
            ' customers rank ' || cast(cast(round(explained.effect * 100 / 6) as integer) as varchar)
            || ' places (of 100) above the others' || case when explained.is_filtered then ' of this ICP' else '' end
    end
    || ', but ' || explained.why_not || '.' as summary
from explained
