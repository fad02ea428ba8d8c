-- One row per ICP without criteria (NO_SIGNAL): what was compared, and why nobody is scored.
select
    -- #not_null #accepted[NO_SIGNAL]
    'NO_SIGNAL' as code,
    'warning' as severity,
    coalesce(state.spoken_name, '')
    || case
        when state.icp_version is null and state.basis_today = 'wins'
            then cast(state.closed_deals as varchar) || ' closed deals were compared, won with lost, '
            || case
                when run.outcome_basis = 'wins' then 'as set by outcomes.basis in icp.yaml, '
                else 'because too little measures how customers turned out (for '
                    || cast(state.measured_customers as varchar) || ' customers; 30 are needed), '
            end
            || 'and no trait separates them by more than chance'
            || coalesce(
                ' (ranking unseen accounts reached z = '
                || cast(cast(state.tried_z as decimal(9, 2)) as varchar) || '; '
                || cast(cast(run.signal_z as decimal(9, 3)) as varchar)
                || ' and a clear trait are needed)',
                ''
            )
            || ', so there is no ICP and every account is unscored. ' || advice.more_to_compare
        when state.icp_version is null and state.basis_today = 'outcomes'
            then cast(state.ranked_customers as varchar) || ' customers were compared, and no trait separates the best from the '
            || 'worst by more than chance'
            || coalesce(
                case
                    when state.tried_z >= run.signal_z
                        then ' (by outcomes; ranking unseen customers reached z = '
                        || cast(cast(state.tried_z as decimal(9, 2)) as varchar)
                        || ', above the ' || cast(cast(run.signal_z as decimal(9, 3)) as varchar)
                        || ' needed, but no single trait is clear enough for the number tested)'
                    else ' (by outcomes; ranking unseen customers reached z = '
                        || cast(cast(state.tried_z as decimal(9, 2)) as varchar) || ', and '
                        || cast(cast(run.signal_z as decimal(9, 3)) as varchar) || ' is needed)'
                end,
                ''
            )
            || ', so there is no ICP and every account is unscored. ' || advice.more_to_compare
        when
            state.icp_version is null
            and state.customers < 30
            and state.tried_z is not null
            and state.tried_basis = 'proxy'
            then cast(state.proxy_accounts as varchar) || ' accounts were compared by proxies (deals won and '
            || 'advanced, engaged trials), because ' || cast(state.ranked_customers as varchar) || ' customers can be ranked '
            || 'and 30 are needed, and no trait predicts who advances by more than chance'
            || coalesce(
                ' (ranking unseen accounts reached z = '
                || cast(cast(state.tried_z as decimal(9, 2)) as varchar) || '; '
                || cast(cast(run.signal_z as decimal(9, 3)) as varchar)
                || ' and a clear trait are needed)',
                ''
            )
            || ', so there is no ICP and every account is unscored. ' || advice.more_to_rank
        when
            state.icp_version is null
            and state.customers + state.won_deals + state.lost_deals + state.proxy_accounts = 0
            then 'No ICP is live, so every account is unscored. Land customers with their outcomes '
            || '(won and lost deals, subscriptions, usage) and run `icp refit`.'
        when state.icp_version is null
            then 'No ICP is live, so every account is unscored: ' || cast(state.ranked_customers as varchar) || ' of '
            || cast(state.customers as varchar) || ' customers can be ranked by outcomes, and for '
            || cast(state.measured_customers as varchar) || ' something measured after the sale is known (retention, '
            || 'recurring revenue, surveys, usage, tickets); 30 are '
            || 'needed. Of won and lost deals, ten of each and 30 in all are needed; '
            || case
                when state.customers < 30
                    then 'by proxies (deals won and advanced, engaged trials) '
                        || cast(state.proxy_good as varchar) || ' accounts are good and '
                        || cast(state.proxy_bad as varchar) || ' bad, of '
                        || cast(state.proxy_accounts as varchar) || ', and ten of each and 30 in all are needed'
                else 'proxies (deals advanced, engaged trials) are used only below 30 customers, because beyond that they '
                    || 'would call every customer good'
            end
            || '. Landed: '
            || cast(state.won_deals as varchar) || ' won and ' || cast(state.lost_deals as varchar) || ' lost deals. '
            || advice.more_to_rank
        when not coalesce(state.has_signal, false)
            then 'Nothing known about accounts separates the best customers from the worst by more than chance'
            || coalesce(
                ' (ranking unseen customers reached z = '
                || cast(cast(state.signal_z as decimal(9, 2)) as varchar) || ', and '
                || cast(cast(run.signal_z as decimal(9, 3)) as varchar)
                || ' and a clear trait are needed)',
                ''
            )
            || ', so there is no ICP and every account is unscored. Add attributes or outcome metrics in icp.yaml, '
            || 'or wait for more customers, then run `icp refit`.'
        else
            'No single trait separates the best customers from the worst by more than chance, so the ICP has no criteria '
            || 'and every account is unscored. Add attributes in icp.yaml, or wait for more customers, '
            || 'then run `icp refit`.'
    end as message,
    -- The ICP. #not_null #unique
    state.icp_id as subject
from icp.learning_state as state
inner join quality.learning_advice as advice on state.icp_id = advice.icp_id
cross join settings.run as run
