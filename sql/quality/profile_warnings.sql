-- One row per finding about what was learned: whether there is an ICP, how far it can be trusted, what limits it.
with
run as (
    select as_of, broad_share, min_tenure_months, signal_z, min_weight_seen, outcome_basis from settings.run
),

profiles as (
    select
        live.icp_id,
        live.icp_version,
        live.has_signal,
        live.criteria,
        live.filter_sql,
        versions.filter_sql as learned_filter_sql,
        coalesce(versions.basis, 'outcomes') as basis,
        versions.measured_by,
        -- What would be learned from today.
        today.basis as basis_today,
        today.measured_customers,
        versions.signal_z,
        -- Other ICPs than the CRM's own are named, so that nobody takes their findings for its.
        case when live.icp_id = 'primary' then '' else 'ICP ' || live.icp_id || ': ' end as spoken_name,
        versions.as_of as learned_on,
        date_diff('day', versions.as_of, run.as_of) as age_days
    from icp.live_versions as live
    cross join run
    inner join segments.learning_basis as today on live.icp_id = today.icp_id
    left join history.icp_versions as versions
        on live.icp_id = versions.icp_id and live.icp_version = versions.icp_version
),

customers as (
    select
        profiles.icp_id,
        profiles.filter_sql,
        profiles.basis,
        profiles.basis_today,
        profiles.icp_version,
        profiles.spoken_name,
        count(members.account_id) as accounts,
        -- Accounts of one parent are one customer.
        count(distinct case
            when scores.account_id is not null then coalesce(parents.ultimate_parent_id, scores.account_id)
        end) as customers,
        count(distinct case
            when scores.cohort is not null then coalesce(parents.ultimate_parent_id, scores.account_id)
        end) as ranked,
        coalesce(sum(case when scores.rank_status = 'too_new' then 1 else 0 end), 0) as too_new,
        coalesce(sum(case when scores.rank_status = 'too_little_known' then 1 else 0 end), 0) as too_little_known,
        max(case when scores.rank_status = 'too_little_known' then scores.weight_seen end) as most_weight_seen
    from profiles
    left join core.icp_members as members on profiles.icp_id = members.icp_id
    left join outcomes.customer_scores as scores on members.account_id = scores.account_id
    left join core.account_parents as parents on scores.account_id = parents.account_id and parents.accounts > 1
    group by
        profiles.icp_id,
        profiles.filter_sql,
        profiles.basis,
        profiles.basis_today,
        profiles.icp_version,
        profiles.spoken_name
),

-- What else there is to learn from. Where all deals are won, or all lost, they are no observations.
deals as (
    select
        members.icp_id,
        sum(case when deals.is_won then 1 else 0 end) as won,
        sum(case when deals.is_won then 0 else 1 end) as lost
    from core.deals as deals
    inner join core.icp_members as members on deals.account_id = members.account_id
    where deals.deal_role = 'new_business' and deals.is_closed and deals.is_won is not null
    group by members.icp_id
),

proxies as (
    select
        members.icp_id,
        count(*) as accounts,
        sum(case when observations.is_best then 1 else 0 end) as good,
        sum(case when observations.is_worst then 1 else 0 end) as bad
    from outcomes.proxy_observations as observations
    inner join core.icp_members as members on observations.account_id = members.account_id
    group by members.icp_id
),

tries as (
    select
        versions.icp_id,
        coalesce(versions.basis, 'outcomes') as basis,
        versions.signal_z,
        -- The run in progress is not among the runs yet: what it learned is the newest.
        row_number() over (
            partition by versions.icp_id
            order by coalesce(runs.sequence, 9223372036854775807) desc, versions.icp_version desc
        ) as recency
    from history.icp_versions as versions
    left join history.runs as runs on versions.run_id = runs.run_id
    where versions.status = 'no_signal'
),

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

-- Outcomes that no customer has, the heaviest first, with their weights.
absent_outcomes as (
    select
        case when known.net_revenue_retention = 0 then ', net_revenue_retention (' || cast(weights.net_revenue_retention as varchar) || ')' else '' end
        || case when known.nps = 0 then ', nps (' || cast(weights.nps as varchar) || ')' else '' end
        || case when known.expansion_usd = 0 then ', expansion_usd (' || cast(weights.expansion_usd as varchar) || ')' else '' end
        || case
            when known.retained = 0
                then ', retained (' || cast(weights.retained as varchar) || ') as long as nobody is known to have left'
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

-- Attributes that can tell anything apart: known of ten customers or more, and not blocked as leaks.
attribute_counts as (
    select
        coalesce(sum(case when leaks.verdict = 'block' then 0 else 1 end), 0) as usable,
        coalesce(sum(case when leaks.verdict = 'block' then 1 else 0 end), 0) as blocked
    from segments.attribute_leaks as leaks
    inner join segments.attribute_fills as fills on leaks.attribute = fills.attribute
    where fills.filled_customers >= 10
),

situations as (
    select
        profiles.icp_id,
        profiles.spoken_name,
        profiles.icp_version,
        profiles.has_signal,
        profiles.signal_z as live_z,
        customers.customers,
        customers.ranked,
        customers.too_new,
        customers.too_little_known,
        customers.most_weight_seen,
        basis.basis as basis_today,
        basis.measured_customers,
        basis.closed_deals,
        coalesce(deals.won, 0) as won,
        coalesce(deals.lost, 0) as lost,
        coalesce(proxies.accounts, 0) as proxy_accounts,
        coalesce(proxies.good, 0) as proxy_good,
        coalesce(proxies.bad, 0) as proxy_bad,
        coalesce(tries.basis, 'outcomes') as tried_basis,
        tries.signal_z as tried_z,
        attribute_counts.usable,
        attribute_counts.blocked,
        absent_outcomes.listed as absent,
        run.signal_z as needed_z,
        run.min_weight_seen,
        run.outcome_basis,
        run.min_tenure_months
    from profiles
    inner join customers on profiles.icp_id = customers.icp_id
    inner join segments.learning_basis as basis on profiles.icp_id = basis.icp_id
    left join deals on profiles.icp_id = deals.icp_id
    left join proxies on profiles.icp_id = proxies.icp_id
    left join tries on profiles.icp_id = tries.icp_id and tries.recency = 1
    cross join absent_outcomes
    cross join attribute_counts
    cross join run
    where profiles.icp_version is null or not coalesce(profiles.has_signal, false) or profiles.criteria = 0
),

-- What would help here, by what is there already.
helps as (
    select
        icp_id,
        case
            when usable < 5
                then 'Only ' || cast(usable as varchar) || ' attributes are known of ten customers or more: add fields under '
                || 'attributes in icp.yaml, or land enrichment. '
            else ''
        end
        || case
            when blocked > 0
                then 'Excluded as leaks (LEAKY_ATTRIBUTE) are ' || cast(blocked as varchar)
                || ': land their values as they were before the sale. '
            else ''
        end
        || case
            when absent <> ''
                then 'Outcomes that no customer has: ' || substr(absent, 3) || '; their sources, or fields under '
                || 'outcomes.metrics in icp.yaml, would tell customers apart. '
            else ''
        end
        || 'More customers would help too; every run tries again.' as more_to_compare,
        case
            when customers = 0
                then 'Nobody is known to be a customer: name the field that says so under customer.since in icp.yaml, or '
                || 'land subscriptions. '
            else ''
        end
        || case
            when too_new > 0
                then cast(too_new as varchar) || ' customers are too new to be compared: they count after '
                || coalesce(cast(min_tenure_months as varchar), 'some')
                || ' months (outcomes.min_tenure_months in icp.yaml). '
            else ''
        end
        || case
            when too_little_known > 0
                then 'Of ' || cast(too_little_known as varchar) || ' customers too few outcomes are known: the weights of '
                || 'their metrics add up to ' || cast(cast(most_weight_seen as decimal(9, 2)) as varchar) || ' at most, and '
                || cast(cast(min_weight_seen as decimal(9, 2)) as varchar) || ' is needed'
                || case when absent <> '' then '; nobody has ' || substr(absent, 3) else '' end
                || '. Land what knows them (subscriptions, surveys, usage, tickets), or name fields under '
                || 'outcomes.metrics in icp.yaml. '
            else ''
        end
        || case
            when customers > 0 and customers < 30
                then 'Land older customers too, and those that have left. '
            else ''
        end
        || case
            when ranked >= 30 and measured_customers < 30 and outcome_basis = 'auto'
                then cast(ranked as varchar) || ' customers could be ranked by price and sales cycle alone, which say what '
                || 'was sold and not how it turned out'
                || case when absent <> '' then '; nobody has ' || substr(absent, 3) else '' end
                || '. '
            else ''
        end
        || case
            when won > 0 and lost = 0 then 'All closed deals are won: export the lost ones too, or nothing can be compared. '
            when lost > 0 and won = 0 then 'All closed deals are lost: export the won ones too, or nothing can be compared. '
            else ''
        end
        || 'Every run tries again.' as more_to_rank
    from situations
),

no_signal as (
    select
        'NO_SIGNAL' as code,
        'warning' as severity,
        situations.spoken_name
        || case
            when situations.icp_version is null and situations.basis_today = 'wins'
                then cast(situations.closed_deals as varchar) || ' closed deals were compared, won ones with lost ones, '
                || case
                    when situations.outcome_basis = 'wins' then 'as outcomes.basis in icp.yaml says, '
                    else 'because nothing measures how customers turned out (of '
                        || cast(situations.measured_customers as varchar) || ' customers something does, and 30 are needed), '
                end
                || 'and no trait tells them apart beyond chance'
                || coalesce(
                    ' (ranking accounts that the model had not seen reached z = '
                    || cast(cast(situations.tried_z as decimal(9, 2)) as varchar) || '; '
                    || cast(cast(situations.needed_z as decimal(9, 3)) as varchar)
                    || ' and a clear trait are needed)',
                    ''
                )
                || ', so there is no ICP and every account is unscored. ' || helps.more_to_compare
            when situations.icp_version is null and situations.basis_today = 'outcomes'
                then cast(situations.ranked as varchar) || ' customers were compared and no trait tells the best from the '
                || 'worst beyond chance'
                || coalesce(
                    case
                        when situations.tried_z >= situations.needed_z
                            then ' (by their outcomes; ranking customers that the model had not seen reached z = '
                            || cast(cast(situations.tried_z as decimal(9, 2)) as varchar)
                            || ', above the ' || cast(cast(situations.needed_z as decimal(9, 3)) as varchar)
                            || ' needed, but no single trait is clear enough for the number that was tested)'
                        else ' (by their outcomes; ranking customers that the model had not seen reached z = '
                            || cast(cast(situations.tried_z as decimal(9, 2)) as varchar) || ', and '
                            || cast(cast(situations.needed_z as decimal(9, 3)) as varchar) || ' is needed)'
                    end,
                    ''
                )
                || ', so there is no ICP and every account is unscored. ' || helps.more_to_compare
            when
                situations.icp_version is null
                and situations.customers < 30
                and situations.tried_z is not null
                and situations.tried_basis = 'proxy'
                then cast(situations.proxy_accounts as varchar) || ' accounts were compared by proxies (deals won and '
                || 'advanced, engaged trials), because ' || cast(situations.ranked as varchar) || ' customers can be ranked '
                || 'and 30 are needed, and no trait tells who advances beyond chance'
                || coalesce(
                    ' (ranking accounts that the model had not seen reached z = '
                    || cast(cast(situations.tried_z as decimal(9, 2)) as varchar) || '; '
                    || cast(cast(situations.needed_z as decimal(9, 3)) as varchar)
                    || ' and a clear trait are needed)',
                    ''
                )
                || ', so there is no ICP and every account is unscored. ' || helps.more_to_rank
            when
                situations.icp_version is null
                and situations.customers + situations.won + situations.lost + situations.proxy_accounts = 0
                then 'No ICP is live, so every account is unscored. Land customers with their outcomes '
                || '(won and lost deals, subscriptions, usage) and run `icp refit`.'
            when situations.icp_version is null
                then 'No ICP is live, so every account is unscored: ' || cast(situations.ranked as varchar) || ' of '
                || cast(situations.customers as varchar) || ' customers can be ranked by their outcomes, of '
                || cast(situations.measured_customers as varchar) || ' something measured after the sale is known (retention, '
                || 'recurring revenue, surveys, usage, tickets), and 30 are '
                || 'needed; of deals won and lost, ten of each and 30 in all; '
                || case
                    when situations.customers < 30
                        then 'by proxies (deals won and advanced, engaged trials) '
                            || cast(situations.proxy_good as varchar) || ' accounts are good and '
                            || cast(situations.proxy_bad as varchar) || ' bad, of '
                            || cast(situations.proxy_accounts as varchar) || ', and ten of each and 30 in all are needed'
                    else 'proxies (deals advanced, engaged trials) stand in for fewer than 30 customers only, for of more they '
                        || 'would call every one good'
                end
                || '. Landed are '
                || cast(situations.won as varchar) || ' won and ' || cast(situations.lost as varchar) || ' lost deals. '
                || helps.more_to_rank
            when not coalesce(situations.has_signal, false)
                then 'What is known about accounts does not tell the best customers from the worst beyond chance'
                || coalesce(
                    ' (ranking customers that the model had not seen reached z = '
                    || cast(cast(situations.live_z as decimal(9, 2)) as varchar) || ', and '
                    || cast(cast(situations.needed_z as decimal(9, 3)) as varchar)
                    || ' and a clear trait are needed)',
                    ''
                )
                || ', so there is no ICP and every account is unscored. Add attributes or outcome metrics in icp.yaml, '
                || 'or wait for more customers, then run `icp refit`.'
            else
                'No single trait separates the best customers from the worst beyond chance, so the ICP has no criteria '
                || 'and every account is unscored. Add attributes in icp.yaml, or wait for more customers, '
                || 'then run `icp refit`.'
        end as message,
        situations.icp_id as subject
    from situations
    inner join helps on situations.icp_id = helps.icp_id
),

-- ICPs without a filter are about the same customers: that is said once.
counted_customers as (
    select distinct
        case when filter_sql is null then 'customers' else icp_id end as subject,
        case when filter_sql is null then '' else spoken_name end as spoken_name,
        filter_sql,
        case when basis_today = 'wins' and basis <> 'proxy' then 'wins' else basis end as basis,
        icp_version is not null and basis = 'wins' as is_live_by_wins,
        accounts,
        customers,
        ranked
    from customers
    where filter_sql is not null or icp_id = 'primary'
),

too_few as (
    select
        'TOO_FEW_CUSTOMERS' as code,
        case when ranked < 100 and not is_live_by_wins then 'warning' else 'info' end as severity,
        spoken_name || cast(ranked as varchar) || ' of ' || cast(customers as varchar) || ' customers can be ranked. '
        || case
            when customers = 0 and filter_sql is null
                then 'Nobody is known to be a customer: land won deals or subscriptions, or name the field that says '
                || 'so under customer.since in icp.yaml.'
            when basis = 'wins'
                then 'What is learned goes by deals won and lost, so it needs none; to learn how customers turn out, land what '
                || 'measures it (subscriptions, surveys, usage, tickets).'
            when ranked < 30 and basis = 'proxy'
                then 'Below 30 outcomes call no trait good or bad, so this ICP rests on proxies: deals won and '
                || 'advanced, and engaged trials. Check it in interviews. At 30 ranked customers it can be learned '
                || 'from outcomes: run `icp refit` then.'
            when ranked < 30
                then 'Below 30 no trait is called good or bad; accounts, outcomes and usage can still be read, '
                || 'and interviews (`icp interview --new`) can stand in until there are more. '
                || case
                    when customers < 30
                        then 'Deals and engagement can stand in as proxies where at least 30 accounts have a result, ten '
                            || 'good and ten bad. '
                    else ''
                end
                || 'At 30 ranked customers lift begins, as a direction.'
            when ranked < 100
                then 'Below 100 every lift is a direction, not a size: check it against what sales sees before acting. '
                || 'At 100 single traits count in full, and bad ones may disqualify.'
            else
                'Below 300 only single traits are tested; at 300 pairs of traits and ranges of sizes are too.'
        end as message,
        subject
    from counted_customers
    where ranked < 300
),

no_members as (
    select
        'ICP_WITHOUT_MEMBERS' as code,
        'warning' as severity,
        spoken_name || 'no account meets its filter (' || filter_sql || '). Compare the filter under icps in icp.yaml '
        || 'with the values in core.accounts and core.account_attributes.' as message,
        icp_id as subject
    from customers
    where filter_sql is not null and accounts = 0
),

other_filter as (
    select
        'ICP_FILTER_CHANGED' as code,
        'warning' as severity,
        spoken_name || 'version ' || icp_version || ' was learned '
        || coalesce('for accounts where ' || learned_filter_sql, 'for all accounts') || ', and icp.yaml now says '
        || coalesce('where ' || filter_sql, 'all accounts') || '. Run `icp refit`, then `icp promote` the new version.'
            as message,
        icp_id as subject
    from profiles
    where icp_version is not null and coalesce(filter_sql, '') <> coalesce(learned_filter_sql, '')
),

proxy_basis as (
    select
        'PROXY_BASIS' as code,
        'warning' as severity,
        case when profiles.spoken_name = '' then 'Version ' else profiles.spoken_name || 'version ' end
        || profiles.icp_version || ' was learned from proxies (deals won and advanced, '
        || 'engaged trials), because too few customers could be ranked: it says who buys, not who turns out well. '
        || case
            when profiles.basis_today = 'outcomes'
                then cast(customers.ranked as varchar) || ' customers can be ranked now: run `icp refit`.'
            when profiles.basis_today = 'wins'
                then 'Enough deals are won and lost now to learn from them: run `icp refit`.'
            else 'Test it in interviews, and learn again from outcomes when 30 customers can be ranked.'
        end as message,
        profiles.icp_id as subject
    from profiles
    inner join customers on profiles.icp_id = customers.icp_id
    where profiles.icp_version is not null and profiles.basis = 'proxy'
),

wins_basis as (
    select
        'WINS_BASIS' as code,
        'info' as severity,
        case when spoken_name = '' then 'Version ' else spoken_name || 'version ' end
        || icp_version || ' was learned from deals won and lost (' || measured_by || '): it says who buys, not who turns out '
        || 'well. Land what measures how customers turn out (subscriptions, surveys, usage, tickets), and `icp refit` learns '
        || 'from that.' as message,
        icp_id as subject
    from profiles
    where icp_version is not null and basis = 'wins'
),

-- A version of an earlier release may rank by the size of deals, and one from before a source came or went by less than is
-- known.
basis_changed as (
    select
        'BASIS_CHANGED' as code,
        'warning' as severity,
        case when spoken_name = '' then 'Version ' else spoken_name || 'version ' end || icp_version
        || ' was learned from ' || case basis when 'wins' then 'deals won and lost' else 'outcomes of customers' end
        || ', and today '
        || case basis_today
            when 'wins'
                then 'nothing measures how enough customers turn out: it would be learned from deals won and lost. '
            when 'outcomes' then 'enough is known of how customers turn out to learn from that. '
            else 'neither enough outcomes nor enough deals won and lost are known. '
        end
        || 'Run `icp refit` and compare the versions.' as message,
        icp_id as subject
    from profiles
    where
        icp_version is not null
        and basis in ('outcomes', 'wins')
        and basis <> basis_today
        -- A few customers less than it takes to learn again do not make a version wrong.
        and (basis_today <> 'none' or measured_customers = 0)
),

-- What learning found out about its own figures holds for as long as the version is live. What can be said anew each day
-- is said above and below instead.
learned as (
    select
        warnings.code,
        warnings.severity,
        profiles.spoken_name || warnings.message as message,
        profiles.icp_id as subject
    from history.icp_warnings as warnings
    inner join profiles
        on warnings.icp_id = profiles.icp_id and warnings.icp_version = profiles.icp_version
    where warnings.code in ('NO_BACKTEST', 'BACKTEST_SNAPSHOT')
),

leaks as (
    select
        'LEAKY_ATTRIBUTE' as code,
        'warning' as severity,
        case verdict
            when 'block'
                then message || ' To use it, land the value as it was before the sale; otherwise nothing needs doing.'
            else message
        end as message,
        attribute as subject
    from segments.attribute_leaks
    where verdict in ('block', 'warn')
),

too_broad as (
    select
        'ICP_TOO_BROAD' as code,
        'warning' as severity,
        profiles.spoken_name || 'The ICP takes in ' || cast(cast(round(100 * coverage.share_of_market) as integer) as varchar) || ' % of the '
        || cast(coverage.known_accounts as varchar) || ' accounts that could still be won; above '
        || cast(cast(round(100 * run.broad_share) as integer) as varchar)
        || ' % it hardly chooses. Raise bands.a and bands.b in icp.yaml, or work its tiers in order of priority_score.'
            as message,
        coverage.icp_id as subject
    from quality.market_coverage as coverage
    inner join profiles on coverage.icp_id = profiles.icp_id
    cross join run
    where coverage.share_of_market > run.broad_share
),

stale as (
    select
        'ICP_STALE' as code,
        'warning' as severity,
        'ICP version ' || icp_version || ' was learned as of ' || cast(learned_on as varchar) || ', '
        || cast(age_days as varchar) || ' days ago. Customers change: run `icp refit` each quarter and compare.'
            as message,
        icp_id as subject
    from profiles
    -- A quarter has at most 92 days.
    where age_days > 92
),

findings as (
    select code, severity, message, subject from no_signal
    union all
    select code, severity, message, subject from too_few
    union all
    select code, severity, message, subject from leaks
    union all
    select code, severity, message, subject from too_broad
    union all
    select code, severity, message, subject from stale
    union all
    select code, severity, message, subject from no_members
    union all
    select code, severity, message, subject from other_filter
    union all
    select code, severity, message, subject from proxy_basis
    union all
    select code, severity, message, subject from wins_basis
    union all
    select code, severity, message, subject from basis_changed
    union all
    select code, severity, message, subject from learned
)

select
    -- What kind of finding. #not_null
    -- #accepted[NO_SIGNAL,TOO_FEW_CUSTOMERS,LEAKY_ATTRIBUTE,ICP_TOO_BROAD,ICP_STALE,ICP_WITHOUT_MEMBERS,ICP_FILTER_CHANGED,PROXY_BASIS,WINS_BASIS,BASIS_CHANGED,NO_BACKTEST,BACKTEST_SNAPSHOT]
    findings.code,
    -- Whether somebody should act or just know. #not_null #accepted[warning,info]
    findings.severity,
    -- What was found and what to do next, in a sentence or two. #not_null
    findings.message,
    -- What it is about: an ICP, an attribute, or customers as a whole. #not_null #unique_with[code]
    findings.subject
from findings
