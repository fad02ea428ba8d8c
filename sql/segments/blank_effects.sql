-- One row per attribute of one value whose blank cells are unknown, but go with the outcome beyond chance: how it goes on
-- where the cell is blank, and whether blanks come before the outcome or after it. Of the whole company alone.
with
basis as (
    select outcome
    from segments.learning_basis
    where icp_id = 'primary' and outcome is not null
),

candidates as (
    select attributes.attribute, attributes.carrier, attributes.source_system
    from settings.attributes as attributes
    left join settings.blank_levels as blank_levels on attributes.attribute = blank_levels.attribute
    left join segments.attribute_leaks as leaks on attributes.attribute = leaks.attribute
    where
        attributes.is_enabled
        and attributes.type <> 'multi'
        and (attributes.is_custom or attributes.dimension = 'firmographic')
        and attributes.carrier is not null
        and blank_levels.attribute is null
        and coalesce(leaks.verdict, 'ok') <> 'block'
),

-- Accounts whose deals were all lost, and those of which nobody knows yet how it ends.
lost as (
    select account_id
    from core.deals
    where deal_role = 'new_business'
    group by account_id
    having sum(case when is_closed and not is_won then 0 else 1 end) = 0
),

accounts as (
    select
        accounts.account_id,
        case
            when customers.account_id is not null then 'customer'
            when lost.account_id is not null then 'lost'
            else 'open'
        end as state
    from core.accounts as accounts
    left join core.customers as customers on accounts.account_id = customers.account_id
    left join lost on accounts.account_id = lost.account_id
    where accounts.relationship <> 'not_prospect'
),

-- An account without a record of the field's file has no cell at all.
carriers as (
    select account_id, 'any' as carrier, '' as source_system from accounts
    union all
    select distinct account_id, 'account' as carrier, source_system from core.account_records
    union all
    select distinct account_id, 'deal' as carrier, source_system from core.deals
),

observed as (
    select
        observations.account_id,
        observations.cluster_id,
        observations.observed_at,
        cast(observations.y as decimal(18, 9)) as y,
        observations.weight
    from segments.icp_observations as observations
    inner join basis on observations.outcome = basis.outcome
    where observations.icp_id = 'primary'
),

cells as (
    select
        candidates.attribute,
        candidates.carrier,
        sum(case when accounts.state = 'open' then 1 else 0 end) as open_accounts,
        sum(case when accounts.state = case basis.outcome when 'win' then 'lost' else 'customer' end then 1 else 0 end)
            as ended_accounts
    from candidates
    cross join basis
    inner join carriers
        on candidates.carrier = carriers.carrier and coalesce(candidates.source_system, '') = carriers.source_system
    inner join accounts on carriers.account_id = accounts.account_id
    group by candidates.attribute, candidates.carrier
),

filled as (
    select distinct attributes.account_id, attributes.attribute, attributes.known_at
    from core.account_attributes as attributes
    inner join candidates on attributes.attribute = candidates.attribute
    where not coalesce(attributes.is_blank, false)
),

filled_cells as (
    select
        filled.attribute,
        count(distinct case when accounts.state = 'open' then filled.account_id end) as open_accounts,
        count(distinct case
            when accounts.state = case basis.outcome when 'win' then 'lost' else 'customer' end then filled.account_id
        end) as ended_accounts
    from filled
    cross join basis
    inner join accounts on filled.account_id = accounts.account_id
    group by filled.attribute
),

observed_cells as (
    select
        candidates.attribute,
        observed.cluster_id,
        observed.y,
        observed.weight,
        case when filled.account_id is null then 1 else 0 end as is_blank,
        case when filled.known_at is not null then 1 else 0 end as is_dated,
        case when cast(filled.known_at as date) > observed.observed_at then 1 else 0 end as is_late
    from candidates
    inner join carriers
        on candidates.carrier = carriers.carrier and coalesce(candidates.source_system, '') = carriers.source_system
    inner join observed on carriers.account_id = observed.account_id
    left join filled on candidates.attribute = filled.attribute and observed.account_id = filled.account_id
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
        cells.open_accounts,
        cells.ended_accounts,
        1 - cast(coalesce(filled_cells.open_accounts, 0) as double) / nullif(cells.open_accounts, 0) as blank_share_open,
        1 - cast(coalesce(filled_cells.ended_accounts, 0) as double) / nullif(cells.ended_accounts, 0)
            as blank_share_ended,
        -- A deal's values are dated by the deal, which says nothing of when they were written.
        cells.carrier <> 'deal' and 10 * tests.dated >= 9 * tests.filled_rows and 20 * tests.late <= tests.dated
            as is_filled_before
    from tests
    inner join cells on tests.attribute = cells.attribute
    left join filled_cells on tests.attribute = filled_cells.attribute
)

select
    -- The attribute. #not_null #unique
    judged.attribute,
    -- Outcome that its blanks go with. #not_null #accepted[quality,win]
    basis.outcome,
    -- Observations whose cell is blank; accounts of one parent are one. #not_null
    judged.n_blank,
    -- Observations whose cell is filled. #not_null
    judged.n_filled,
    -- Mean outcome of blank ones minus that of filled ones, in log-odds. #not_null #finite
    round(judged.mean_blank - judged.mean_filled, 9) as effect,
    -- The effect over its standard error. #not_null #finite
    round(judged.z, 9) as z,
    -- Share of blank cells of accounts of which nobody knows how it ends. #between[0,1] #finite
    judged.blank_share_open,
    -- The same share of accounts whose deals were lost; of customers, where outcomes are learned from. #between[0,1] #finite
    judged.blank_share_ended,
    -- Whether a blank was there before the outcome: values are dated and lie before it, or blanks are as frequent among
    -- accounts of which nobody knows how it ends, within five points. #not_null
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
