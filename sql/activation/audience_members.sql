-- One row per audience and account that is in it now.
select
    -- Audience. #not_null
    candidates.audience,
    -- #not_null #unique_with[audience] #references[core.accounts.account_id]
    candidates.account_id,
    -- Day it came in. #not_null
    coalesce(standing.added_on, run.as_of) as added_on,
    -- Why it is in: its tier and its relationship to us. #not_null
    candidates.tier || ', ' || candidates.relationship as reason
from activation.audience_candidates as candidates
cross join settings.run
left join activation.audience_standing as standing
    on candidates.audience = standing.audience and candidates.account_id = standing.account_id
where candidates.kept_out_by is null
