-- One row per respondent, ICP and verdict on its tiers: what became of those accounts, beside comparable ones. Counts
-- and intervals only: no winner is named, because an override changes the effort that an account gets.
with
run as (
    select interval_z from settings.run
),

counted as (
    select
        icp_id,
        respondent,
        kind,
        verdict,
        count(*) as cases,
        sum(case when outcome = 'unworked' then 1 else 0 end) as unworked,
        sum(case when outcome <> 'unworked' then 1 else 0 end) as worked,
        sum(case when outcome = 'won' then 1 else 0 end) as won,
        sum(case when outcome <> 'unworked' and peers_rate is not null then 1 else 0 end) as compared,
        sum(case when outcome <> 'unworked' then cast(peers_rate as decimal(18, 9)) end) as expected
    from voice.judgement_results
    where verdict is not null
    group by icp_id, respondent, kind, verdict
),

rated as (
    select
        counted.*,
        cast(counted.won as double) / nullif(counted.worked, 0) as rate,
        run.interval_z
    from counted
    cross join run
)

select
    -- #not_null
    icp_id,
    -- Respondent's code, such as ae-3. #not_null
    respondent,
    -- Override or feedback. #not_null #accepted[override,feedback]
    kind,
    -- What was said of the ICP's tier. #not_null #accepted[agrees,too_high,too_low] #unique_with[icp_id,respondent,kind]
    verdict,
    -- Accounts with this verdict. #not_null
    cases,
    -- Those without a deal of new business closed since then. #not_null
    cast(unworked as bigint) as unworked,
    -- Those with such a deal. #not_null
    cast(worked as bigint) as worked,
    -- Those that won such a deal. #not_null
    cast(won as bigint) as won,
    -- Share of the worked accounts that won. #between[0,1] #finite
    round(rate, 9) as rate,
    -- Lower end of its 90 % Wilson interval. #between[0,1] #finite
    case
        when worked > 0
            then round(
                greatest(
                    0,
                    (won + interval_z * interval_z / 2 - interval_z * sqrt(won * (1 - rate) + interval_z * interval_z / 4))
                    / nullif(worked + interval_z * interval_z, 0)
                ),
                9
            )
    end as rate_low,
    -- Upper end of its 90 % Wilson interval. #between[0,1] #finite
    case
        when worked > 0
            then round(
                least(
                    1,
                    (won + interval_z * interval_z / 2 + interval_z * sqrt(won * (1 - rate) + interval_z * interval_z / 4))
                    / nullif(worked + interval_z * interval_z, 0)
                ),
                9
            )
    end as rate_high,
    -- Mean win rate of accounts of the same tier, relationship and day that nobody judged, over the worked accounts
    -- that have such peers. #between[0,1] #finite
    round(cast(expected as double) / nullif(compared, 0), 9) as peers_rate
from rated
