-- One row per override: what became of the account that somebody saw differently from the ICP, beside those of the same
-- tier, relationship and day that nobody judged. No winner is named, because an override changes the effort that an
-- account gets.
select
    -- #not_null
    account_id,
    -- #not_null
    icp_id,
    -- Tier that the ICP gave. #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    machine_tier,
    -- Tier that a person gave it instead. #not_null #accepted[tier_1,tier_2,tier_3,not_icp]
    said as override_tier,
    -- Relationship of the account to us then; NULL on the day of the first run.
    relationship,
    -- Reason code.
    reason_code,
    -- Respondent's code, such as ae-3. #not_null #unique_with[account_id,icp_id,override_tier]
    respondent as overridden_by,
    -- Day on which a run first saw it. #not_null
    given_on,
    -- Last day on which it is valid. #not_null
    until,
    -- won, lost, or unworked: no deal of new business has closed since. #not_null #accepted[won,lost,unworked]
    outcome,
    -- Accounts of the same tier, relationship and day that nobody judged. #not_null
    peers,
    -- Those with a deal closed since. #not_null
    peers_worked,
    -- Those with a deal won since. #not_null
    peers_won,
    -- Share of the worked accounts that won. #between[0,1] #finite
    peers_rate,
    -- Lower end of its 90 % interval. #between[0,1] #finite
    peers_rate_low,
    -- Upper end of its 90 % Wilson interval. #between[0,1] #finite
    peers_rate_high
from voice.judgement_results
where kind = 'override'
