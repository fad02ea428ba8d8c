-- One row per criterion of a live ICP and trait that goes with it: as significant on its own, met by much the same
-- customers, and without a significant difference between those who meet only one of the two. These customers cannot
-- tell which of them matters; the criterion stands for both. At most two per criterion, of attributes without a
-- criterion.
with
-- Correlation of meeting one and the other, and the difference between those who meet only one.
compared as (
    select
        counts.*,
        round(
            (cast(n_both as double) * n - cast(n_own as double) * n_twin)
            / nullif(sqrt(cast(n_own as double) * (n - n_own) * n_twin * (n - n_twin)), 0),
            9
        ) as correlation,
        round(
            (own_only_y / nullif(n_own_only, 0) - twin_only_y / nullif(n_twin_only, 0))
            / nullif(
                sqrt(
                    greatest(0, sum_y_squared - sum_y * sum_y / nullif(n, 0)) / nullif(n - 1, 0)
                    * (1.0 / nullif(n_own_only, 0) + 1.0 / nullif(n_twin_only, 0))
                ),
                0
            ),
            9
        ) as z
    from icp.twin_counts as counts
),

-- Five that meet only one, on either side: a part of the criterion, such as one of its sub-industries, is not a twin.
nearest as (
    select
        compared.*,
        row_number() over (
            partition by icp_id, attribute, segment, twin_attribute order by correlation desc, twin_segment asc
        ) as place
    from compared
    cross join settings.run as run
    where correlation >= 0.5 and least(n_own_only, n_twin_only) >= 5 and abs(z) < run.interval_z
),

ordered as (
    select
        nearest.*,
        row_number() over (
            partition by icp_id, attribute, segment order by correlation desc, twin_attribute asc
        ) as twin_place
    from nearest
    where place = 1
)

select
    -- #not_null
    ordered.icp_id,
    -- Live ICP version. #not_null
    ordered.icp_version,
    -- The criterion's attribute. #not_null
    ordered.attribute,
    -- The criterion's segment. #not_null
    ordered.segment,
    -- Attribute of the trait that goes with it. #not_null
    ordered.twin_attribute,
    -- That trait. #not_null #unique_with[icp_id,attribute,segment,twin_attribute]
    ordered.twin_segment,
    -- Correlation of meeting the one and the other, among customers of whom both are known. #not_null #between[0,1]
    ordered.correlation,
    -- Ranked customers who meet both. #not_null
    ordered.n_both,
    -- Those who meet only the criterion. #not_null
    ordered.n_own_only as n_criterion_only,
    -- Those who meet only the other trait. #not_null
    ordered.n_twin_only,
    -- Difference in outcome between these two groups, divided by its standard error. #not_null #finite
    ordered.z,
    -- The same in a sentence. #not_null
    ordered.attribute || ' ' || ordered.segment || ' stands for ' || ordered.twin_attribute || ' '
    || ordered.twin_segment || ' as well: ' || cast(ordered.n_both as varchar)
    || ' customers have both; those with only one (' || cast(ordered.n_own_only as varchar) || ' and '
    || cast(ordered.n_twin_only as varchar) || ') do not differ by more than chance.' as summary
from ordered
where ordered.twin_place <= 2
