-- One row per attribute of segments.blank_shares whose blank cells correlate with the outcome beyond chance: the
-- difference in outcome (a two-sample z-test on parents), and whether blanks come before the outcome or after it. Whole
-- company only.
with
basis as (
    select outcome
    from segments.learning_basis
    where icp_id = 'primary' and outcome is not null
),

filled as (
    select distinct attributes.account_id, attributes.attribute, attributes.known_at
    from core.account_attributes as attributes
    inner join segments.blank_shares as shares on attributes.attribute = shares.attribute
    where not coalesce(attributes.is_blank, false)
),

observed_cells as (
    select
        shares.attribute,
        observed.cluster_id,
        observed.weight,
        cast(observed.y as decimal(18, 9)) as y,
        case when filled.account_id is null then 1 else 0 end as is_blank,
        case when filled.known_at is not null then 1 else 0 end as is_dated,
        case when cast(filled.known_at as date) > observed.observed_at then 1 else 0 end as is_late
    from segments.blank_shares as shares
    cross join basis
    inner join segments.icp_observations as observed
        on basis.outcome = observed.outcome and observed.icp_id = 'primary'
    left join core.account_sources as sources
        on observed.account_id = sources.account_id
        and shares.carrier = sources.carrier
        and shares.source_system = sources.source_system
    left join filled on shares.attribute = filled.attribute and observed.account_id = filled.account_id
    where shares.carrier = 'any' or sources.account_id is not null
),

sums as (
    select
        attribute,
        count(distinct case when is_blank = 1 then cluster_id end) as n_blank,
        count(distinct case when is_blank = 0 then cluster_id end) as n_filled,
        sum(case when is_blank = 1 then weight else 0 end) as weight_blank,
        sum(case when is_blank = 0 then weight else 0 end) as weight_filled,
        sum(case when is_blank = 1 then cast(y * weight as decimal(28, 12)) else 0 end) as y_blank,
        sum(case when is_blank = 0 then cast(y * weight as decimal(28, 12)) else 0 end) as y_filled,
        sum(cast(round(y * y * weight, 6) as decimal(28, 6))) as y_squared,
        sum(is_dated) as dated,
        sum(is_late) as late,
        sum(1 - is_blank) as filled_rows
    from observed_cells
    group by attribute
),

means as (
    select
        sums.*,
        cast(y_blank as double) / nullif(cast(weight_blank as double), 0) as mean_blank,
        cast(y_filled as double) / nullif(cast(weight_filled as double), 0) as mean_filled,
        cast(weight_blank + weight_filled as double) as weight_all
    from sums
    where n_blank >= 10 and n_filled >= 10
),

tests as (
    select
        means.*,
        (mean_blank - mean_filled) / nullif(
            sqrt(
                greatest(
                    0,
                    cast(y_squared as double) / nullif(weight_all, 0)
                    - mean_blank * mean_blank * cast(weight_blank as double) / nullif(weight_all, 0)
                    - mean_filled * mean_filled * cast(weight_filled as double) / nullif(weight_all, 0)
                )
                * (1.0 / nullif(cast(weight_blank as double), 0) + 1.0 / nullif(cast(weight_filled as double), 0))
            ),
            0
        ) as z
    from means
),

judged as (
    select
        tests.*,
        shares.open_accounts,
        shares.ended_accounts,
        shares.blank_share_open,
        shares.blank_share_ended,
        -- A deal's values have the deal's date, which does not show when they were written.
        shares.carrier <> 'deal' and 10 * tests.dated >= 9 * tests.filled_rows and 20 * tests.late <= tests.dated
            as is_filled_before
    from tests
    inner join segments.blank_shares as shares on tests.attribute = shares.attribute
)

select
    -- #not_null #unique
    judged.attribute,
    -- Outcome that its blanks correlate with. #not_null #accepted[quality,win]
    basis.outcome,
    -- Observations whose cell is blank; accounts of one parent are one. #not_null
    judged.n_blank,
    -- Observations whose cell is filled. #not_null
    judged.n_filled,
    -- Mean outcome with a blank cell minus that with a filled one, in log-odds. #not_null #finite
    round(judged.mean_blank - judged.mean_filled, 9) as effect,
    -- Effect divided by its standard error. #not_null #finite
    round(judged.z, 9) as z,
    -- Share of blank cells among accounts whose outcome is still open. #between[0,1] #finite
    judged.blank_share_open,
    -- The same share among lost accounts, or among customers where the ICP is learned from their outcomes.
    -- #between[0,1] #finite
    judged.blank_share_ended,
    -- Whether blanks came before the outcome: values are dated before it, or blanks are as frequent (within five
    -- points) among accounts whose outcome is still open. #not_null
    coalesce(
        judged.is_filled_before
        or (
            judged.open_accounts >= 30
            and judged.ended_accounts >= 30
            and abs(judged.blank_share_open - judged.blank_share_ended) <= 0.05
        ),
        false
    ) as comes_before
from judged
cross join basis
-- Every attribute is looked at.
where abs(judged.z) >= 3.5
