-- One row per judgement of a tier that an account had that day: what became of the account, beside those of the same
-- tier, relationship and day that nobody judged. No winner is named, because a judgement changes the effort that an
-- account gets.
with
run as (
    select interval_z from settings.run
),

peers as (
    select
        icp_id,
        machine_tier,
        relationship,
        given_on,
        count(*) as peers,
        sum(case when deals_closed > 0 then 1 else 0 end) as peers_worked,
        sum(case when deals_won > 0 then 1 else 0 end) as peers_won
    from voice.judged_outcomes
    where not is_judged
    group by icp_id, machine_tier, relationship, given_on
),

cases as (
    select
        judgements.*,
        outcomes.relationship,
        coalesce(outcomes.deals_closed, 0) as deals_closed,
        coalesce(outcomes.deals_won, 0) as deals_won,
        coalesce(peers.peers, 0) as peers,
        coalesce(peers.peers_worked, 0) as peers_worked,
        coalesce(peers.peers_won, 0) as peers_won,
        cast(peers.peers_won as double) / nullif(peers.peers_worked, 0) as peers_rate,
        run.interval_z
    from voice.judgements as judgements
    cross join run
    left join voice.judged_outcomes as outcomes
        on judgements.icp_id = outcomes.icp_id
        and judgements.machine_tier = outcomes.machine_tier
        and judgements.given_on = outcomes.given_on
        and judgements.account_id = outcomes.account_id
    left join peers
        on judgements.icp_id = peers.icp_id
        and judgements.machine_tier = peers.machine_tier
        and judgements.given_on = peers.given_on
        and outcomes.relationship = peers.relationship
    where judgements.is_tiered_then
)

select
    -- Override or feedback. #not_null #accepted[override,feedback]
    cases.kind,
    -- #not_null
    cases.account_id,
    -- #not_null
    cases.icp_id,
    -- Respondent's code, such as ae-3. #not_null
    cases.respondent,
    -- What was said: the override's tier, or the feedback's verdict. #not_null
    -- #accepted[tier_1,tier_2,tier_3,not_icp,agrees,too_high,too_low]
    -- #unique_with[kind,account_id,icp_id,respondent,given_on]
    cases.said,
    -- The same as a verdict: agrees, too_high or too_low. #accepted[agrees,too_high,too_low]
    cases.verdict,
    -- Tier that the ICP gave that day. #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    cases.machine_tier,
    -- Relationship of the account to us that day; NULL on the day of the first run.
    cases.relationship,
    -- Reason code.
    cases.reason_code,
    -- Day on which it was said. #not_null
    cases.given_on,
    -- Last day on which an override holds; NULL for feedback.
    cases.until,
    -- won, lost, or unworked: no deal of new business has closed since. #not_null #accepted[won,lost,unworked]
    case when cases.deals_won > 0 then 'won' when cases.deals_closed > 0 then 'lost' else 'unworked' end as outcome,
    -- Accounts of the same tier, relationship and day that nobody judged. #not_null
    cases.peers,
    -- Those with a deal closed since. #not_null
    cast(cases.peers_worked as bigint) as peers_worked,
    -- Those with a deal won since. #not_null
    cast(cases.peers_won as bigint) as peers_won,
    -- Share of the worked accounts that won. #between[0,1] #finite
    round(cases.peers_rate, 9) as peers_rate,
    -- Lower end of its 90 % Wilson interval. #between[0,1] #finite
    case
        when cases.peers_worked > 0
            then round(
                greatest(
                    0,
                    (
                        cases.peers_won + cases.interval_z * cases.interval_z / 2
                        - cases.interval_z
                        * sqrt(cases.peers_won * (1 - cases.peers_rate) + cases.interval_z * cases.interval_z / 4)
                    )
                    / nullif(cases.peers_worked + cases.interval_z * cases.interval_z, 0)
                ),
                9
            )
    end as peers_rate_low,
    -- Upper end of its 90 % Wilson interval. #between[0,1] #finite
    case
        when cases.peers_worked > 0
            then round(
                least(
                    1,
                    (
                        cases.peers_won + cases.interval_z * cases.interval_z / 2
                        + cases.interval_z
                        * sqrt(cases.peers_won * (1 - cases.peers_rate) + cases.interval_z * cases.interval_z / 4)
                    )
                    / nullif(cases.peers_worked + cases.interval_z * cases.interval_z, 0)
                ),
                9
            )
    end as peers_rate_high
from cases
