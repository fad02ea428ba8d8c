-- One row per ICP of the settings: the version that scores today, its calibration, and the edges of its bands.
-- The version and everything from it is NULL where none is live.
with
live as (
    select
        versions.icp_id,
        versions.icp_version,
        versions.n_customers,
        versions.has_signal,
        -- Versions from before ICPs had names.
        coalesce(versions.basis, 'outcomes') as basis,
        coalesce(versions.chance, case when versions.basis = 'proxy' then 'advanced' else 'won_and_best' end) as chance,
        versions.measured_by,
        -- Versions from before parents counted are compared with a market counted the same way.
        coalesce(versions.counts_parents, false) as counts_parents,
        row_number() over (
            partition by versions.icp_id
            order by versions.promoted_at desc, versions.learned_at desc, versions.icp_version desc
        ) as recency
    from history.icp_versions as versions
    where versions.status = 'live'
),

criteria_counts as (
    select icp_id, icp_version, count(*) as criteria, count(distinct attribute) as criteria_attributes
    from history.icp_criteria
    group by icp_id, icp_version
),

-- NaN fails the range test, so a broken calibration leaves its ICP without edges, and no account gets a tier from it.
calibrations as (
    select
        icp_id,
        icp_version,
        try_cast(prior_points as decimal(18, 9)) as prior_points,
        case when market_average > 0 and market_average <= 1 then market_average end as market_average
    from history.icp_calibration
),

-- Won deals have bands in odds, and so has a market with so many successes that multiples of the chance exceed 1.
averages as (
    select
        calibrations.icp_id,
        calibrations.icp_version,
        calibrations.prior_points,
        calibrations.market_average,
        calibrations.market_average / nullif(1 - calibrations.market_average, 0) as odds,
        live.basis = 'wins' or calibrations.market_average >= 0.5 as is_by_odds,
        least(run.band_a * calibrations.market_average, run.band_ceiling) as a,
        least(run.band_b * calibrations.market_average, run.band_ceiling) as b,
        least(run.band_d * calibrations.market_average, run.band_ceiling) as d
    from calibrations
    inner join live
        on calibrations.icp_id = live.icp_id and calibrations.icp_version = live.icp_version and live.recency = 1
    cross join settings.run as run
    where calibrations.market_average is not null
),

bands as (
    select
        averages.icp_id,
        averages.icp_version,
        averages.prior_points,
        averages.market_average,
        case when is_by_odds then run.band_a * odds else a / nullif(1 - a, 0) end as odds_a,
        case when is_by_odds then run.band_b * odds else b / nullif(1 - b, 0) end as odds_b,
        case when is_by_odds then run.band_d * odds else d / nullif(1 - d, 0) end as odds_d
    from averages
    cross join settings.run as run
)

select
    -- #not_null #unique #same_count_as[settings.icps]
    icps.icp_id,
    -- Its filter as the settings say it; NULL where it is about every account.
    icps.filter_sql,
    -- The live version; NULL before the first one.
    live.icp_version,
    -- What it was learned from; NULL before the first version. #accepted[outcomes,wins,proxy,none]
    live.basis,
    -- What the basis means here: the outcome metrics that were known, with their weights, or deals won.
    live.measured_by,
    -- What fit_probability is a chance of: to be won and turn out among the best, to turn out among the best (of customers,
    -- where no lost deal says what is won), to be won, or to advance in buying. #accepted[won_and_best,best,won,advanced]
    live.chance,
    -- Outcome of segments.icp_observations and segments.icp_segment_lift that it is about. #not_null
    -- #accepted[quality,win]
    case when live.basis = 'wins' then 'win' else 'quality' end as outcome,
    -- Ranked customers when it was learned.
    live.n_customers,
    -- Whether held-out accounts were ranked better than chance.
    live.has_signal,
    -- Whether its shares of the market count accounts of one parent once (else each account); NULL before the first one.
    live.counts_parents,
    -- How many criteria it has; 0 where there is no signal. #not_null
    coalesce(criteria_counts.criteria, 0) as criteria,
    -- How many different attributes they are about. #not_null
    coalesce(criteria_counts.criteria_attributes, 0) as criteria_attributes,
    -- Log-odds of an account about which nothing is known.
    bands.prior_points,
    -- Mean fit probability of the market when it was learned. #between[0,1]
    bands.market_average,
    -- Band A begins here, in log-odds. #finite
    ln(bands.odds_a) as edge_a,
    -- Band B begins here, in log-odds. #finite
    ln(bands.odds_b) as edge_b,
    -- Below this is band D, in log-odds. #finite
    ln(bands.odds_d) as edge_d,
    -- Below this no trigger makes tier 1, in log-odds. #finite
    ln(case run.tier_1_min_fit when 'a' then bands.odds_a when 'c' then bands.odds_d else bands.odds_b end) as edge_tier_1,
    -- Log-odds by which an account must pass an edge to change tier at once; closer to the edge it moves on the second
    -- day.
    run.tier_margin,
    -- Share of the criteria's traits that must be known about an account before it is scored. #between[0,1]
    run.min_known_share,
    -- The same as a number of traits. #not_null
    cast(ceil(run.min_known_share * coalesce(criteria_counts.criteria_attributes, 0) - 0.000000001) as integer)
        as min_known_attributes
from settings.icps as icps
cross join settings.run as run
left join live on icps.icp_id = live.icp_id and live.recency = 1
left join criteria_counts on live.icp_id = criteria_counts.icp_id and live.icp_version = criteria_counts.icp_version
left join bands on live.icp_id = bands.icp_id and live.icp_version = bands.icp_version
