-- One row per ICP without criteria: what would help to learn some, given what is there.
with
weights as (
    select
        cast(max(case when metric = 'net_revenue_retention' then weight end) as decimal(9, 2)) as net_revenue_retention,
        cast(max(case when metric = 'nps' then weight end) as decimal(9, 2)) as nps,
        cast(max(case when metric = 'expansion_usd' then weight end) as decimal(9, 2)) as expansion_usd,
        cast(max(case when metric = 'retained' then weight end) as decimal(9, 2)) as retained,
        cast(max(case when metric = 'time_to_value_days' then weight end) as decimal(9, 2)) as time_to_value_days,
        cast(max(case when metric = 'tickets_per_month' then weight end) as decimal(9, 2)) as tickets_per_month
    from settings.outcome_metrics
),

known_outcomes as (
    select
        count(net_revenue_retention) as net_revenue_retention,
        count(nps) as nps,
        count(expansion_usd) as expansion_usd,
        case when min(retained) = max(retained) then 0 else count(retained) end as retained,
        count(time_to_value_days) as time_to_value_days,
        count(tickets_per_month) as tickets_per_month
    from outcomes.customer_scores
),

-- Outcomes that no customer has, by weight, largest first.
absent_outcomes as (
    select
        case when known.net_revenue_retention = 0 then ', net_revenue_retention (' || cast(weights.net_revenue_retention as varchar) || ')' else '' end
        || case when known.nps = 0 then ', nps (' || cast(weights.nps as varchar) || ')' else '' end
        || case when known.expansion_usd = 0 then ', expansion_usd (' || cast(weights.expansion_usd as varchar) || ')' else '' end
        || case
            when known.retained = 0
                then ', retained (' || cast(weights.retained as varchar) || ') while nobody is known to have churned'
            else ''
        end
        || case
            when known.time_to_value_days = 0
                then ', time_to_value_days (' || cast(weights.time_to_value_days as varchar) || ') from product usage'
            else ''
        end
        || case
            when known.tickets_per_month = 0 then ', tickets_per_month (' || cast(weights.tickets_per_month as varchar) || ')'
            else ''
        end as listed
    from known_outcomes as known
    cross join weights
),

-- Attributes that can be learned from: known for ten customers or more, and not blocked as leaks.
attribute_counts as (
    select
        coalesce(sum(case when leaks.verdict = 'block' then 0 else 1 end), 0) as usable,
        coalesce(sum(case when leaks.verdict = 'block' then 1 else 0 end), 0) as blocked
    from segments.attribute_leaks as leaks
    inner join segments.attribute_fills as fills on leaks.attribute = fills.attribute
    where fills.filled_customers >= 10
)

select
    -- #not_null #unique
    state.icp_id,
    -- What would separate the accounts that are already compared, in sentences. #not_null
    case
        when attribute_counts.usable < 5
            then 'Only ' || cast(attribute_counts.usable as varchar) || ' attributes are known for ten customers or more: add fields under '
            || 'attributes in icp.yaml, or land enrichment. '
        else ''
    end
    || case
        when attribute_counts.blocked > 0
            then 'Attributes excluded as leaks (LEAKY_ATTRIBUTE): ' || cast(attribute_counts.blocked as varchar)
            || '; land their values as they were before the sale. '
        else ''
    end
    || case
        when absent_outcomes.listed <> ''
            then 'Outcomes that no customer has: ' || substr(absent_outcomes.listed, 3) || '. Land their sources, or name fields under '
            || 'outcomes.metrics in icp.yaml. '
        else ''
    end
    || 'More customers help too; every run tries again.' as more_to_compare,
    -- What would make enough accounts comparable, in sentences. #not_null
    case
        when state.customers = 0
            then 'No customers are known: name the field that marks them under customer.since in icp.yaml, or '
            || 'land subscriptions. '
        else ''
    end
    || case
        when state.too_new > 0
            then cast(state.too_new as varchar) || ' customers are too new to compare: they count after '
            || coalesce(cast(run.min_tenure_months as varchar), 'some')
            || ' months (outcomes.min_tenure_months in icp.yaml). '
        else ''
    end
    || case
        when state.too_little_known > 0
            then 'For ' || cast(state.too_little_known as varchar) || ' customers too few outcomes are known: the weights of '
            || 'their metrics add up to ' || cast(cast(state.most_weight_seen as decimal(9, 2)) as varchar) || ' at most, and '
            || cast(cast(run.min_weight_seen as decimal(9, 2)) as varchar) || ' is needed'
            || case when absent_outcomes.listed <> '' then '; nobody has ' || substr(absent_outcomes.listed, 3) else '' end
            || '. Land their sources (subscriptions, surveys, usage, tickets), or name fields under '
            || 'outcomes.metrics in icp.yaml. '
        else ''
    end
    || case
        when state.customers > 0 and state.customers < 30
            then 'Land older and churned customers too. '
        else ''
    end
    || case
        when state.ranked_customers >= 30 and state.measured_customers < 30 and run.outcome_basis = 'auto'
            then cast(state.ranked_customers as varchar) || ' customers could be ranked only by price and sales cycle, which say what '
            || 'was sold, not how it turned out'
            || case when absent_outcomes.listed <> '' then '; nobody has ' || substr(absent_outcomes.listed, 3) else '' end
            || '. '
        else ''
    end
    || case
        when state.won_deals > 0 and state.lost_deals = 0 then 'All closed deals are won: export the lost ones too. '
        when state.lost_deals > 0 and state.won_deals = 0 then 'All closed deals are lost: export the won ones too. '
        else ''
    end
    || 'Every run tries again.' as more_to_rank
from icp.learning_state as state
cross join absent_outcomes
cross join attribute_counts
cross join settings.run as run
where not coalesce(state.has_signal, false) or state.criteria = 0
