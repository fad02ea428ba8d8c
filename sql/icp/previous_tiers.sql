-- One row per account and ICP with a tier from a past run: that tier, under whatever id the account had then.
-- #compared_by[account_id]
select
    -- #not_null
    successors.now_account_id as account_id,
    -- #not_null #unique_with[account_id]
    previous.icp_id,
    -- Account id then. #not_null
    previous.account_id as former_account_id,
    -- Whether it has another id now. #not_null
    successors.fate = 'moved' as is_moved,
    -- First day on which no export had it any more; NULL if the last run saw it.
    previous.gone_on,
    -- Tier that the last run gave. #not_null #accepted[tier_1,tier_2,tier_3,not_icp,unscored]
    previous.tier,
    -- The same as a number; NULL for unscored. #between[1,4]
    case previous.tier when 'tier_1' then 1 when 'tier_2' then 2 when 'tier_3' then 3 when 'not_icp' then 4 end as tier_rank,
    -- Day it entered that tier; today where a clock that was ahead dated it later.
    case when this_run.is_of_its_day then least(previous.tier_since, this_run.as_of) else previous.tier_since end as tier_since,
    -- Version that gave it.
    previous.icp_version,
    -- Tier rule then; NULL for runs of releases that did not record it.
    previous.tier_rule,
    -- Tier that its points gave then, if not its own.
    previous.candidate_tier,
    -- The same as a number. #between[1,4]
    case previous.candidate_tier when 'tier_1' then 1 when 'tier_2' then 2 when 'tier_3' then 3 when 'not_icp' then 4
    end as candidate_rank,
    -- First day on which they gave it; today where a clock that was ahead dated it later.
    case when this_run.is_of_its_day then least(previous.candidate_as_of, this_run.as_of) else previous.candidate_as_of
    end as candidate_as_of,
    -- Why, as the run found that first saw it there.
    previous.candidate_cause,
    -- The same in words.
    previous.candidate_because,
    -- Fit then, in log-odds.
    try_cast(previous.fit_points as decimal(18, 9)) as fit_points,
    -- Log-odds of its triggers then.
    try_cast(previous.trigger_score as decimal(18, 9)) as trigger_score
from history.account_tiers as previous
inner join icp.account_successors as successors
    on previous.account_id = successors.account_id and successors.fate in ('same', 'moved')
cross join icp.run_order as this_run
where this_run.is_current
