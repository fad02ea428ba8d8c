-- One row per criterion of the live ICP that can be tested: does it still affect how customers turn out? Compares the
-- customers that the version was learned from with later ones, within half-years of tenure.
with
totals as (
    select
        icp_id,
        icp_version,
        attribute,
        segment,
        sum(n_in_then) as n_in_then,
        sum(n_out_then) as n_out_then,
        sum(n_in) as n_in,
        sum(n_out) as n_out,
        cast(sum(weight) as double) as weight,
        cast(sum(weight * effect_then) as double) / nullif(cast(sum(weight) as double), 0) as effect_then,
        cast(sum(weight * effect_now) as double) / nullif(cast(sum(weight) as double), 0) as effect_now,
        cast(sum(squared_then) as double)
        - cast(sum(sum_then) as double) * cast(sum(sum_then) as double)
        / nullif(cast(sum(n_in_then) + sum(n_out_then) as double), 0)
        + cast(sum(squared_now) as double)
        - cast(sum(sum_now) as double) * cast(sum(sum_now) as double)
        / nullif(cast(sum(n_in) + sum(n_out) as double), 0) as squares
    from icp.criterion_strata
    group by icp_id, icp_version, attribute, segment
)

select
    -- #not_null
    totals.icp_id,
    -- Live ICP version. #not_null
    totals.icp_version,
    -- The criterion's attribute. #not_null
    totals.attribute,
    -- The criterion's segment. #not_null #unique_with[icp_id,attribute]
    totals.segment,
    -- Effect among the customers it was learned from, in log-odds, at the tenures that are compared. #finite
    round(totals.effect_then, 9) as effect_then,
    -- Effect among customers since. #finite
    round(totals.effect_now, 9) as effect_now,
    -- Customers inside the segment then, at those tenures. #not_null
    cast(totals.n_in_then as bigint) as n_then,
    -- Customers inside the segment since. #not_null
    cast(totals.n_in as bigint) as n_now,
    -- Change divided by its standard error; NULL if everybody turned out alike. #finite
    round(
        (totals.effect_now - totals.effect_then) / nullif(
            sqrt(
                greatest(0, totals.squares)
                / nullif(totals.n_in_then + totals.n_out_then + totals.n_in + totals.n_out - 2, 0)
                / nullif(totals.weight, 0)
            ),
            0
        ),
        9
    ) as z
from totals
-- At least ten inside and ten outside on both sides: below that a mean says nothing.
where least(totals.n_in_then, totals.n_out_then, totals.n_in, totals.n_out) >= 10
