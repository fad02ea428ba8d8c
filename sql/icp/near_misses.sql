-- One row per ICP and segment just outside its criteria that does about as well: next to a criterion, another value of the
-- same trait, or clear on its own but not chosen. At most three per trait, and of a trait without a criterion whose ranges
-- overlap the clearest alone. An ICP with a filter is judged by its own
-- customers: their ranks among themselves, the segments that they form, and q-values over those alone.
with
icps as (
    select versions.icp_id, versions.icp_version, icps.filter_sql is not null as is_filtered
    from icp.live_versions as versions
    inner join settings.icps as icps on versions.icp_id = icps.icp_id
),

tests as (
    select
        icps.icp_id,
        lift.attribute,
        lift.segment,
        lift.n_segment,
        lift.lift,
        tests.effect,
        tests.z,
        tests.p_value,
        tests.q_value,
        case when tests.is_counted then 1 else 0 end as is_counted
    from segments.segment_lift as lift
    inner join segments.segment_tests as tests
        on lift.outcome = tests.outcome and lift.attribute = tests.attribute and lift.segment = tests.segment
    cross join icps
    where lift.outcome = 'quality' and tests.is_supported and tests.z is not null and not icps.is_filtered
    union all
    select
        icps.icp_id,
        lift.attribute,
        lift.segment,
        lift.n_segment,
        lift.lift,
        lift.effect,
        lift.z,
        lift.p_value,
        lift.q_value,
        case when lift.is_counted then 1 else 0 end as is_counted
    from segments.icp_segment_lift as lift
    inner join icps on lift.icp_id = icps.icp_id
    where lift.outcome = 'quality' and lift.z is not null
),

definitions as (
    select icps.icp_id, company.attribute, company.segment, company.level
    from segments.segment_definitions as company
    cross join icps
    where not icps.is_filtered
    union all
    select own.icp_id, own.attribute, own.segment, own.level
    from segments.icp_segment_definitions as own
),

criteria as (
    select
        criteria.icp_id,
        criteria.attribute,
        criteria.segment,
        case when criteria.kind in ('must_have', 'positive') then tests.effect end as effect
    from icp.criteria as criteria
    left join tests
        on criteria.icp_id = tests.icp_id
        and criteria.attribute = tests.attribute
        and criteria.segment = tests.segment
),

criterion_levels as (
    select criteria.icp_id, criteria.attribute, criteria.segment, criteria.effect, definitions.level, bins.bin_order
    from criteria
    inner join definitions
        on criteria.icp_id = definitions.icp_id
        and criteria.attribute = definitions.attribute
        and criteria.segment = definitions.segment
    left join settings.attribute_bins as bins
        on definitions.attribute = bins.attribute and definitions.level = bins.level
),

overlapping as (
    select distinct criterion_levels.icp_id, definitions.attribute, definitions.segment
    from definitions
    inner join criterion_levels
        on definitions.icp_id = criterion_levels.icp_id
        and definitions.attribute = criterion_levels.attribute
        and definitions.level = criterion_levels.level
),

neighbours as (
    select
        criterion_levels.icp_id,
        definitions.attribute,
        definitions.segment,
        min(criterion_levels.segment) as criterion,
        min(criterion_levels.effect) as criterion_effect
    from definitions
    inner join settings.attribute_bins as bins
        on definitions.attribute = bins.attribute and definitions.level = bins.level
    inner join criterion_levels
        on definitions.icp_id = criterion_levels.icp_id
        and definitions.attribute = criterion_levels.attribute
        and abs(bins.bin_order - criterion_levels.bin_order) = 1
    where criterion_levels.effect is not null
    group by criterion_levels.icp_id, definitions.attribute, definitions.segment
),

same_traits as (
    select icp_id, attribute, min(segment) as criterion, min(effect) as criterion_effect
    from criteria
    where effect is not null
    group by icp_id, attribute
),

candidates as (
    select
        tests.*,
        icps.icp_version,
        icps.is_filtered,
        coalesce(neighbours.criterion, same_traits.criterion) as criterion,
        coalesce(neighbours.criterion_effect, same_traits.criterion_effect) as criterion_effect,
        case
            when neighbours.criterion is not null then 'neighbour'
            when same_traits.criterion is not null then 'same_trait'
            else 'other_trait'
        end as relation
    from icps
    inner join tests on icps.icp_id = tests.icp_id
    left join overlapping
        on icps.icp_id = overlapping.icp_id
        and tests.attribute = overlapping.attribute
        and tests.segment = overlapping.segment
    left join neighbours
        on icps.icp_id = neighbours.icp_id
        and tests.attribute = neighbours.attribute
        and tests.segment = neighbours.segment
    left join same_traits on icps.icp_id = same_traits.icp_id and tests.attribute = same_traits.attribute
    inner join (select distinct icp_id from criteria) as with_criteria on icps.icp_id = with_criteria.icp_id
    where overlapping.segment is null
),

ranks as (
    select
        candidates.*,
        sum(is_counted) over (partition by icp_id, relation) as n_tests,
        sum(is_counted) over (
            partition by icp_id, relation order by p_value nulls first
            range between unbounded preceding and current row
        ) as p_rank
    from candidates
),

-- Elsewhere Benjamini-Hochberg is over the other traits alone. The q-values of all segments would let chance in: they
-- allow a false find for every nine true ones, and the true ones are the criteria's own traits, which are not listed here.
clearness as (
    select
        icp_id,
        attribute,
        segment,
        least(
            1.0,
            min(p_value * n_tests / greatest(p_rank, 1)) over (
                partition by icp_id, relation order by p_value desc
                range between unbounded preceding and current row
            )
        ) as q_value
    from ranks
    where relation = 'other_trait'
),

positive as (
    select
        candidates.icp_id,
        candidates.icp_version,
        candidates.is_filtered,
        candidates.attribute,
        candidates.segment,
        candidates.relation,
        candidates.criterion,
        candidates.criterion_effect,
        candidates.n_segment,
        candidates.lift,
        candidates.effect,
        candidates.z,
        coalesce(clearness.q_value, candidates.q_value) as q_value
    from candidates
    left join clearness
        on candidates.icp_id = clearness.icp_id
        and candidates.attribute = clearness.attribute
        and candidates.segment = clearness.segment
    where candidates.effect > 0
),

-- As well: at least four fifths of the criterion's effect and more than its own error; elsewhere, beyond chance.
misses as (
    select
        positive.*,
        row_number() over (partition by icp_id, attribute order by z desc, segment asc) as place
    from positive
    cross join settings.run as run
    where
        (relation <> 'other_trait' and effect >= 0.8 * criterion_effect and z >= 1)
        or (relation = 'other_trait' and q_value <= run.fdr)
),

binned as (
    select distinct attribute from settings.attribute_bins
),

explained as (
    select
        misses.*,
        case
            when misses.q_value > run.fdr
                then 'not beyond chance yet with ' || cast(misses.n_segment as varchar) || ' customers'
            when misses.lift < 1.25 then 'hardly more common among the best customers than among the worst'
            when misses.effect < 0.2 then 'too small a difference to act upon'
            else 'it says little beyond what the criteria say already'
        end as why_not
    from misses
    cross join settings.run as run
    left join binned on misses.attribute = binned.attribute
    where
        misses.place = 1
        or (misses.place <= 3 and (misses.relation <> 'other_trait' or binned.attribute is null))
)

select
    -- ICP. #not_null
    explained.icp_id,
    -- Version that is live. #not_null
    explained.icp_version,
    -- The attribute. #not_null
    explained.attribute,
    -- The segment. #not_null #unique_with[icp_id,attribute]
    explained.segment,
    -- Where it stands: next to a criterion, another value of its trait, or of another trait. #not_null
    -- #accepted[neighbour,same_trait,other_trait]
    explained.relation,
    -- The criterion it stands beside; NULL for another trait.
    explained.criterion,
    -- Ranked customers in it. #not_null
    explained.n_segment,
    -- Its effect on how customers turn out, in log-odds. #not_null #finite
    explained.effect,
    -- Effect of the criterion beside it. #finite
    explained.criterion_effect,
    -- Share among the best customers over share among the worst. #finite
    explained.lift,
    -- Share of false finds to expect among segments this clear: of all that were tested where it stands beside a
    -- criterion, of the other traits' alone elsewhere. #between[0,1]
    explained.q_value,
    -- Why it is no criterion. #not_null
    explained.why_not,
    -- The same in a sentence. #not_null
    explained.attribute || ' ' || explained.segment
    || case explained.relation
        when 'neighbour' then ' stands next to the criterion ' || explained.criterion || ' and'
        when 'same_trait' then ' is no criterion as ' || explained.criterion || ' is, and'
        else ' is no criterion, and'
    end
    || ' ranks ' || cast(cast(round(explained.effect * 100 / 6) as integer) as varchar)
    || ' of 100 places above the other customers ' || case when explained.is_filtered then 'of this ICP ' else '' end
    || '(' || cast(explained.n_segment as varchar) || ' customers): '
    || explained.why_not || '.' as summary
from explained
