-- One row per ICP and tier: how far people agree with it, with one vote per respondent and account: the last one.
with
run as (
    select interval_z from settings.run
),

votes as (
    select
        icp_id,
        machine_tier as tier,
        respondent,
        account_id,
        verdict,
        row_number() over (partition by icp_id, respondent, account_id order by given_on desc, said asc) as recency
    from voice.judgements
    where kind = 'feedback' and verdict is not null and machine_tier is not null
),

counted as (
    select
        icp_id,
        tier,
        count(distinct respondent) as respondents,
        count(*) as votes,
        sum(case when verdict = 'agrees' then 1 else 0 end) as agrees,
        sum(case when verdict = 'too_high' then 1 else 0 end) as too_high,
        sum(case when verdict = 'too_low' then 1 else 0 end) as too_low
    from votes
    where recency = 1
    group by icp_id, tier
),

rated as (
    select
        counted.*,
        cast(counted.agrees as double) / nullif(counted.votes, 0) as rate,
        run.interval_z
    from counted
    cross join run
)

select
    -- #not_null
    icp_id,
    -- Tier that the ICP gave on the day of the feedback. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    -- #unique_with[icp_id]
    tier,
    -- Respondents. #not_null
    respondents,
    -- Votes that the tier is right. #not_null
    cast(agrees as bigint) as agrees,
    -- Votes that the account belongs in a lower tier. #not_null
    cast(too_high as bigint) as too_high,
    -- Votes that the account belongs in a higher tier. #not_null
    cast(too_low as bigint) as too_low,
    -- Share of votes that the tier is right. #between[0,1] #finite
    round(rate, 9) as rate,
    -- Lower end of its 90 % Wilson interval. #between[0,1] #finite
    round(
        greatest(
            0,
            (agrees + interval_z * interval_z / 2 - interval_z * sqrt(agrees * (1 - rate) + interval_z * interval_z / 4))
            / nullif(votes + interval_z * interval_z, 0)
        ),
        9
    ) as rate_low,
    -- Upper end of its 90 % Wilson interval. #between[0,1] #finite
    round(
        least(
            1,
            (agrees + interval_z * interval_z / 2 + interval_z * sqrt(agrees * (1 - rate) + interval_z * interval_z / 4))
            / nullif(votes + interval_z * interval_z, 0)
        ),
        9
    ) as rate_high
from rated
