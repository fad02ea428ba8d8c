-- One row per strong segment of the ICP `primary`, at most twelve per outcome. Pairs are tested among these only:
-- testing all pairs has no power and finds many by chance.
with
run as (
    select fdr from settings.run
),

binned as (
    select distinct attribute from settings.attribute_bins
),

-- Ranges of bins overlap: the strongest represents all. Other attributes may have one better and one worse segment.
candidates as (
    select
        lift.outcome,
        lift.attribute,
        lift.segment,
        lift.effect,
        lift.n_segment,
        lift.n_known,
        abs(lift.z) as size,
        row_number() over (
            partition by
                lift.outcome,
                lift.attribute,
                case when binned.attribute is null and lift.effect > 0 then 1 else 0 end
            order by abs(lift.z) desc, lift.segment nulls first
        ) as place
    from segments.icp_segment_lift as lift
    cross join run
    left join binned on lift.attribute = binned.attribute
    where lift.icp_id = 'primary' and lift.is_counted and lift.q_value <= run.fdr and abs(lift.effect) >= 0.2
),

ordered as (
    select
        outcome,
        attribute,
        segment,
        effect,
        n_segment,
        n_known,
        row_number() over (partition by outcome order by size desc, attribute nulls first, segment nulls first) as place
    from candidates
    where place = 1
)

select
    -- Outcome: quality (how customers turn out) or win (whether deals are won). #not_null #accepted[quality,win]
    ordered.outcome,
    -- #not_null
    ordered.attribute,
    -- #not_null #unique_with[outcome,attribute]
    ordered.segment,
    -- Mean outcome inside the segment minus the mean outside, in log-odds. #not_null #finite
    ordered.effect,
    -- Share of members among those whose attribute is known. #not_null #between[0,1]
    cast(ordered.n_segment as double) / nullif(ordered.n_known, 0) as share
from ordered
where ordered.place <= 12
